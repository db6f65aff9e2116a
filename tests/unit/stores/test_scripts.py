"""Lua beside the stores."""

import hashlib
from pathlib import Path

import pytest

from polaris.stores import scripts as module
from polaris.stores.scripts import script

FOLDER = Path(module.__file__).with_name("lua")


@pytest.mark.parametrize("parts", [("shared", "load"), ("shared", "many", "find")])
def test_a_script_has_what_it_shares_before_it_and_is_named_by_its_digest(parts: tuple[str, ...]) -> None:
    found = script(parts[-1])
    assert found.text == "".join(FOLDER.joinpath(f"{part}.lua").read_text() for part in parts)
    assert found.digest == hashlib.sha1(found.text.encode()).hexdigest()


def test_every_script_is_used_and_begins_with_what_it_takes() -> None:
    source = FOLDER.with_name("redis.py").read_text()
    for path in FOLDER.glob("*.lua"):
        assert f'"{path.stem}"' in source or path.stem in {"shared", "many"}
        assert path.read_text().startswith("-- ")


def test_no_script_reads_a_value() -> None:
    """Only the list of texts is taken apart, and what a run waits for is read: names of keys."""
    lines = [line.strip() for path in FOLDER.glob("*.lua") for line in path.read_text().splitlines()]
    assert [line for line in lines if "cjson" in line or "cmsgpack" in line] == [
        "local ARGV = cmsgpack.unpack(ARGV[1])",
        "for _, key in ipairs(cjson.decode(before)) do",
        "for _, key in ipairs(cjson.decode(after)) do",
    ]
