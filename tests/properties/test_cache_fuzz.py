"""The plan cache executes nothing of what is in its files."""

from __future__ import annotations

from tests.helpers.apart import run_apart


def test_nothing_in_a_file_of_the_cache_is_executed() -> None:
    done = run_apart("tests/properties/cache_fuzz.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
