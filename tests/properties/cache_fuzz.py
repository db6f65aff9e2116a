"""Whatever stands in a file of the plan cache, it is read and nothing else: never executed, never imported."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

import polaris
from polaris import Workflow, _assembly
from polaris._cache import disk
from polaris._cache.disk import DiskCache
from polaris._model.compiled import Compiled
from polaris._model.declaration import declaration_of
from tests.helpers.audit import watched
from tests.helpers.profiles import CHEAP
from tests.unit._compiler.modules import HEADER, workflow_of, writing

TEXT = (
    HEADER
    + """
@builder(retry=Retry(on=(OSError, KeyError)))
def make(a: A, store: Resource[D]) -> B | None: ...
@builder
def end(b: B, more: list[A] | None = None) -> C: ...
flow = Workflow("flow", target=C)
"""
)


def from_cache(flow: Workflow[object]) -> Compiled | None:
    """Look for what was kept, and into it, but compile nothing."""
    reader = DiskCache().find(flow)
    plan = None if reader is None else reader()
    return _assembly._found(plan, flow)  # pyright: ignore[reportPrivateUsage]


STRANGE = (
    "antigravity:fly", "this:s", "os:system", "builtins:eval", "eval", "exec", "__import__", "subprocess:Popen",
    "idlelib.idle:main", "list[antigravity:x]", ":make.__globals__", "turtledemo:x", "", ":", "[", "a:b:c", ":make | ",
    "__main__:x", "no_such_module_of_ours:x", "Literal['antigravity:x']", "99", "null", "é", "\x00",
)  # fmt: skip
QUOTED = re.compile(rb'"[^"\\]*"')


class Kept(NamedTuple):
    """A plan that is kept: whose it is, in which file, and what is in that."""

    flow: Workflow[object]
    path: Path
    body: bytes


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("fuzzed")
    with writing(folder) as write, pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "_loaded_at", lambda: 2.0**40)
        patch.setattr(disk, "default_folder", lambda: folder / "plans")
        flow = workflow_of(write(TEXT, "fuzzed_rides"))
        polaris.compile_plan(flow)
        (path,) = (folder / "plans").iterdir()
        assert from_cache(flow) is not None  # with the first, msgspec reads the hints of our own nouns
        yield Kept(flow, path, path.read_bytes().partition(b"\n")[2])


class Change(NamedTuple):
    """A change of bytes: of what stands from a place on for a while, or of the text in quotes nearest to there."""

    place: float
    length: int
    put: bytes
    is_text: bool

    def made(self, body: bytes) -> bytes:
        start = int(self.place * len(body))
        found = QUOTED.search(body, start) if self.is_text else None
        if found:
            return b'%s"%s"%s' % (body[: found.start()], self.put, body[found.end() :])
        return body[:start] + self.put + body[start + self.length :]


PLACES = st.floats(0, 1, exclude_max=True)
CHANGES = st.builds(Change, PLACES, st.integers(0, 12), st.binary(max_size=4), st.just(value=False)) | st.builds(
    Change, PLACES, st.just(0), st.sampled_from(STRANGE).map(str.encode), st.just(value=True)
)


def sign(body: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(body) + body


@CHEAP
@given(st.lists(CHANGES, max_size=3) | st.binary(max_size=200), st.booleans())
@example([], True)
@example(b"\x80\x04cos\nsystem\n(S'true'\ntR.", True)  # what pickle would run
def test_nothing_in_a_file_of_the_cache_is_executed(
    kept: Kept,
    changes: list[Change] | bytes,
    is_signed: bool,  # noqa: FBT001 - given
) -> None:
    body = changes if isinstance(changes, bytes) else kept.body
    for change in changes if isinstance(changes, list) else ():
        body = change.made(body)
    kept.path.write_bytes(sign(body) if is_signed else sign(kept.body)[:9] + body)
    with watched() as seen:
        found = from_cache(kept.flow)
    event("miss" if found is None else "hit")
    mine = {str(kept.path), str(kept.flow.namespace["__file__"])}
    assert [(what, where) for what, where in seen if what != "open" or where not in mine] == []
    assert found is None or all(declaration_of(function) for function in found.functions.values())
    if not is_signed and body != kept.body:
        assert found is None
