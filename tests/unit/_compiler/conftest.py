"""Modules that are written and imported for one test, and forgotten after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit._compiler.modules import Write, writing


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    with writing(tmp_path) as function:
        yield function
