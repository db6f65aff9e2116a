"""What a store holds may be anything: nothing but the declared type is ever made of it."""

from __future__ import annotations

from tests.helpers.apart import run_apart


def test_hostile_text_makes_nothing_that_is_not_declared() -> None:
    done = run_apart("tests/unit/stores/codecs_hostile.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
