"""Plans on disk: a hit while nothing has changed, a miss for whatever is doubtful, and never an error."""

import gc
import json
import os
import sys
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from polaris import Workflow, builder
from polaris._cache import disk
from polaris._cache.disk import DiskCache, default_folder
from polaris._compiler.compile import compile_workflow
from polaris._model.plan import Plan
from tests.unit._compiler.modules import HEADER, Write, import_file, workflow_of

RIDES = (
    HEADER
    + """
@builder
def make(a: A) -> B | None: ...
@builder
def end(b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
)

LATER = 2.0**40
"""A moment long after these tests."""


class Asked: ...


class Told: ...


@builder
def tell(asked: Asked) -> Told: ...


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "plans"


@pytest.fixture
def cache(folder: Path) -> DiskCache:
    """Give the cache of a process that reads its modules later than anything here is written."""
    return DiskCache(folder, loaded_at=LATER)


@pytest.fixture
def rides(write: Write) -> ModuleType:
    return write(RIDES)


def keep(cache: DiskCache, workflow: Workflow[object]) -> Plan:
    """Compile a workflow and keep its plan."""
    compiled = compile_workflow(workflow)
    assert compiled.cacheable
    cache.save(workflow, compiled.plan, compiled.sources)
    return compiled.plan


def again(module: ModuleType) -> Workflow[object]:
    """Import a module again, as another process would, and give its workflow."""
    return workflow_of(import_file(source(module), module.__name__))


def source(module: ModuleType) -> Path:
    assert module.__file__ is not None
    return Path(module.__file__)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


# --- hits ------------------------------------------------------------------------------------------------------------


def test_what_was_kept_is_found_while_nothing_has_changed(cache: DiskCache, rides: ModuleType) -> None:
    plan = keep(cache, workflow_of(rides))
    assert cache.load(again(rides)) == plan


def test_a_hit_leaves_alone_what_somebody_put_aside_from_the_collector(
    cache: DiskCache, rides: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = keep(cache, workflow_of(rides))
    monkeypatch.setattr(gc, "get_freeze_count", lambda: 1)
    monkeypatch.setattr(gc, "unfreeze", lambda: pytest.fail("it was let go"))
    assert cache.load(again(rides)) == plan
    assert gc.isenabled()


def test_what_was_never_kept_is_a_miss(cache: DiskCache, rides: ModuleType) -> None:
    assert cache.load(workflow_of(rides)) is None


def test_a_workflow_of_a_type_without_end_is_a_miss(cache: DiskCache) -> None:
    deep: object = Told
    for _ in range(5_000):
        deep = list[deep]
    assert cache.load(Workflow("flow", target=deep, builders=[tell])) is None


def test_a_touched_file_is_a_hit(cache: DiskCache, rides: ModuleType) -> None:
    plan = keep(cache, workflow_of(rides))
    os.utime(source(rides), ns=(1, 1))
    assert cache.load(again(rides)) == plan


def test_keeping_a_plan_leaves_one_file_and_nothing_beside_it(
    cache: DiskCache, folder: Path, rides: ModuleType
) -> None:
    for _ in range(3):
        keep(cache, workflow_of(rides))
    assert [path.suffix for path in files(folder)] == [".json"]


# --- misses ----------------------------------------------------------------------------------------------------------


def test_an_edited_file_is_a_miss(cache: DiskCache, rides: ModuleType) -> None:
    keep(cache, workflow_of(rides))
    source(rides).write_text(RIDES.replace("B | None", "B"), encoding="utf-8")
    assert cache.load(again(rides)) is None


def test_an_edit_of_the_same_size_is_a_miss(cache: DiskCache, rides: ModuleType) -> None:
    keep(cache, workflow_of(rides))
    source(rides).write_text(RIDES.replace("def make(a: A)", "def make(d: D)"), encoding="utf-8")
    os.utime(source(rides), ns=(1, 1))
    assert cache.load(again(rides)) is None


def test_an_edit_of_the_same_size_and_time_is_a_miss(cache: DiskCache, rides: ModuleType) -> None:
    keep(cache, workflow_of(rides))
    before = source(rides).stat()
    source(rides).write_text(RIDES.replace("def make(a: A)", "def make(d: D)"), encoding="utf-8")
    os.utime(source(rides), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cache.load(again(rides)) is None


def test_an_edit_that_was_taken_back_is_a_hit(cache: DiskCache, rides: ModuleType) -> None:
    plan = keep(cache, workflow_of(rides))
    source(rides).write_text(RIDES.replace("def make(a: A)", "def make(d: D)"), encoding="utf-8")
    source(rides).write_text(RIDES, encoding="utf-8")
    assert cache.load(again(rides)) == plan


def test_a_source_that_is_gone_is_a_miss(cache: DiskCache, rides: ModuleType) -> None:
    keep(cache, workflow_of(rides))
    source(rides).unlink()
    assert cache.load(workflow_of(rides)) is None


def signed(body: bytes) -> bytes:
    """Put the checksum of an entry before it."""
    return b"%08x\n" % zlib.crc32(body) + body


def _json(change: Callable[[Any], None], line: int) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        lines = content.split(b"\n")
        noun = json.loads(lines[line])
        change(noun)
        lines[line] = json.dumps(noun).encode()
        return signed(b"\n".join(lines[1:]))

    return changed


def _entry(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    return _json(change, 1)


def _plan(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    return _json(change, 2)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-10],
        lambda content: b"\xff\xfe" + content,
        lambda content: b"[" * 100_000,
        lambda content: b'{"some": "other program"}',
        _entry(lambda entry: entry.update(made_by="polaris 0.0.1, format 1, python 3.11")),
        _entry(lambda entry: entry.update(identity="another workflow")),
        _entry(lambda entry: entry.update(sources=[])),
        _plan(lambda plan: plan.pop("steps")),
        _plan(lambda plan: plan["keys"][0].update(reference="antigravity:A")),
        _plan(lambda plan: plan["predecessors"][0].append(99)),
        lambda content: content.replace(b"make", b"mark"),
        lambda content: signed(b"[" * 100_000),
        lambda content: signed(b""),
        lambda content: signed(content.split(b"\n")[1]),
        lambda content: signed(content.split(b"\n")[1] + b"\n"),
    ],
    ids=[
        *("empty", "cut", "not text", "deep", "foreign", "other version", "other workflow", "no source", "no steps"),
        *("module that was not read", "step that is not there", "garbled", "signed and deep", "signed and empty"),
        *("one line", "no plan"),
    ],
)
def test_a_damaged_or_foreign_entry_is_a_miss(
    damage: Callable[[bytes], bytes], cache: DiskCache, folder: Path, rides: ModuleType
) -> None:
    plan = keep(cache, workflow_of(rides))
    (entry,) = files(folder)
    entry.write_bytes(damage(entry.read_bytes()))
    assert cache.load(workflow_of(rides)) is None
    assert keep(cache, workflow_of(rides)) == plan
    assert cache.load(workflow_of(rides)) == plan


def test_another_python_or_another_version_of_ours_is_a_miss(
    cache: DiskCache, rides: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = keep(cache, workflow_of(rides))
    with monkeypatch.context() as other:
        other.setattr(disk, "made_by", lambda: "polaris 99.0, format 1, python 3.99")
        assert cache.load(workflow_of(rides)) is None
    assert cache.load(workflow_of(rides)) == plan


def test_an_entry_says_which_version_and_which_python_made_it() -> None:
    assert version("polaris-workflows") in disk.made_by()
    assert sys.version in disk.made_by()


def test_a_source_that_was_written_after_modules_were_read_is_neither_kept_nor_believed(
    cache: DiskCache, folder: Path, rides: ModuleType
) -> None:
    earlier = DiskCache(folder, loaded_at=1.0)
    keep(earlier, workflow_of(rides))
    assert not folder.exists()
    keep(cache, workflow_of(rides))
    assert earlier.load(workflow_of(rides)) is None


def test_a_source_that_was_written_in_this_process_is_not_believed(folder: Path, rides: ModuleType) -> None:
    keep(DiskCache(folder), workflow_of(rides))
    assert not folder.exists()


# --- never an error --------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path, rides: ModuleType) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    cache = DiskCache(tmp_path / "file" / "plans", loaded_at=LATER)
    keep(cache, workflow_of(rides))
    assert cache.load(workflow_of(rides)) is None


def test_a_source_that_is_missing_when_a_plan_is_kept_is_no_error(
    cache: DiskCache, folder: Path, rides: ModuleType
) -> None:
    plan = compile_workflow(workflow_of(rides)).plan
    cache.save(workflow_of(rides), plan, [str(folder / "gone.py")])
    assert not folder.exists()


@pytest.mark.parametrize(("module", "failing"), [(Path, "replace"), (os, "fdopen"), (Path, "mkdir")])
def test_a_write_that_fails_leaves_nothing_behind(
    module: object,
    failing: str,
    cache: DiskCache,
    folder: Path,
    rides: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = keep(cache, workflow_of(rides))
    before = files(folder)

    def full(*given: object, **named: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(module, failing, full)
        keep(cache, workflow_of(rides))
    assert files(folder) == before
    assert cache.load(workflow_of(rides)) == plan


def test_a_write_that_is_interrupted_leaves_nothing_behind(
    cache: DiskCache, folder: Path, rides: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keep(cache, workflow_of(rides))
    assert files(folder) == []


def test_what_a_killed_writer_left_behind_is_removed_by_the_next_one(
    cache: DiskCache, folder: Path, rides: ModuleType
) -> None:
    keep(cache, workflow_of(rides))
    (entry,) = files(folder)
    for name in (f"{entry.stem}.part", f"{entry.stem}abc.part", "other.part", "new.part"):
        (folder / name).write_bytes(b"half")
    os.utime(folder / "other.part", (1, 1))
    keep(cache, workflow_of(rides))
    assert files(folder) == [entry, folder / "new.part"]


def test_what_cannot_be_removed_is_no_error(cache: DiskCache, folder: Path, rides: ModuleType) -> None:
    plan = keep(cache, workflow_of(rides))
    (entry,) = files(folder)
    (folder / f"{entry.stem}.part").mkdir()
    keep(cache, workflow_of(rides))
    assert cache.load(workflow_of(rides)) == plan


# --- which workflow an entry is of -----------------------------------------------------------------------------------


def test_two_workflows_of_one_name_in_one_module_do_not_share_an_entry(
    cache: DiskCache, folder: Path, write: Write
) -> None:
    module = write(RIDES + 'other = Workflow("flow", target=B)\n')
    one, other = keep(cache, workflow_of(module)), keep(cache, workflow_of(module, "other"))
    assert one != other
    assert len(files(folder)) == 2
    assert cache.load(workflow_of(module)) == one
    assert cache.load(workflow_of(module, "other")) == other


def test_two_modules_with_one_workflow_do_not_share_an_entry(cache: DiskCache, write: Write) -> None:
    plan = keep(cache, workflow_of(write(RIDES)))
    other = write(RIDES + "# elsewhere\n", "elsewhere")
    assert cache.load(workflow_of(other)) is None
    assert compile_workflow(workflow_of(other)).plan == plan


def test_a_script_is_neither_kept_nor_looked_for(cache: DiskCache, folder: Path, rides: ModuleType) -> None:
    names: dict[str, object] = {"__name__": "__main__", "__spec__": None, "__file__": str(source(rides))}
    exec(RIDES, names)
    workflow = names["flow"]
    assert isinstance(workflow, Workflow)
    assert not compile_workflow(workflow).cacheable
    assert cache.load(workflow) is None


def test_a_workflow_with_something_local_in_it_is_not_kept() -> None:
    class Answer: ...

    @builder
    def answer(told: Told) -> Answer: ...

    local: Workflow[object] = Workflow("local", target=Answer, builders=[tell, answer])
    assert not compile_workflow(local).cacheable
    assert compile_workflow(Workflow("told", target=Told, builders=[tell])).cacheable


# --- where the cache is ----------------------------------------------------------------------------------------------


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("POLARIS_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("platform", "variable", "usual"),
    [
        ("linux", "XDG_CACHE_HOME", ".cache"),
        ("win32", "LOCALAPPDATA", "AppData/Local"),
        ("darwin", "", "Library/Caches"),
    ],
)
def test_the_folder_is_where_the_platform_would_have_it(
    platform: str, variable: str, usual: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert default_folder() == home / usual / "polaris-workflows"
    if variable:
        monkeypatch.setenv(variable, str(home / "chosen"))
        assert default_folder() == home / "chosen" / "polaris-workflows"


def test_the_folder_can_be_chosen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARIS_CACHE_DIR", str(home / "mine"))
    assert default_folder() == home / "mine"


def test_a_cache_without_a_folder_uses_the_default_one(rides: ModuleType) -> None:
    plan = keep(DiskCache(loaded_at=LATER), workflow_of(rides))
    assert DiskCache(default_folder(), loaded_at=LATER).load(workflow_of(rides)) == plan


def test_where_there_is_no_home_nothing_is_kept(rides: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    cache = DiskCache(loaded_at=LATER)
    keep(cache, workflow_of(rides))
    assert cache.load(workflow_of(rides)) is None
