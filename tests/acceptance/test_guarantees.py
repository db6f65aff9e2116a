"""Every guarantee names a test that proves it, and the test is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "guarantees.md"


def test_each_promise_has_a_test_that_is_there() -> None:
    rows = re.findall(r"^\| (G\d+) \|.*\| `([\w/]+\.py)::(\w+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _, _ in rows] == [f"G{number}" for number in range(1, 14) if number != 10]
    missing = [
        f"{name}: {path}::{test}"
        for name, path, test in rows
        if not re.search(rf"^ *(?:async )?def {test}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert missing == []
