"""A file is there as a whole or not at all; what happens when it is not is tested where pictures are drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from polaris.export.files import write


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    for content in (b"old", b"new"):
        write(tmp_path / "file", content)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"new")]


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="file"):
        write(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
