"""The door of the stores: `open_store`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import polaris.stores
from polaris.errors import StoreUnavailableError
from polaris.stores import MemoryStore, open_store
from tests.conformance.addresses import EMPTY


class FixedClock:
    def time(self) -> float:
        return 5.0

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError


def test_memory_is_a_fresh_store_each_time() -> None:
    first, second = open_store("memory://"), open_store("memory://")
    assert isinstance(first, MemoryStore)
    first.put_plan("f", b"x")
    assert second.get_plan("f") is None


def test_a_file_is_the_same_store_each_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/runs.db"
    first, second = open_store(url), open_store(url)
    first.put_plan("f", b"x")
    assert second.get_plan("f") == b"x"
    first.close()
    second.close()


def test_three_slashes_are_a_path_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///runs.db")
    monkeypatch.chdir("/")
    store.put_plan("f", b"x")
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["runs.db"]


@pytest.mark.parametrize("kind", list(EMPTY))
def test_the_clock_that_is_given_is_used(kind: str, tmp_path: Path) -> None:
    with EMPTY[kind](tmp_path) as url:
        store = open_store(url, clock=FixedClock())
        answer = store.accept(
            "r1",
            workflow="rides",
            uid="u1",
            new=True,
            delivery=None,
            claim_id=None,
            lease=1.0,
            must_hold=False,
            wanted=False,
            changes=None,
        )
        store.close()
    assert answer.state is not None
    assert answer.state.created.timestamp() == 5.0


@pytest.mark.parametrize("url", ["mysql://host/db", "://", "SQLITE:///a.db"])
def test_an_unknown_kind_of_store_is_refused_with_those_that_there_are(url: str) -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        open_store(url)
    assert caught.value.url == url
    assert caught.value.do.startswith("A store URL starts with memory:// or postgres:// or postgresql:// or ")


def test_the_password_of_an_unknown_kind_of_store_is_not_told() -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        open_store("mysql://me:s3cret@host/db")
    assert caught.value.url == "mysql://me:***@host/db"


def test_a_driver_is_loaded_only_when_a_url_asks_for_it() -> None:
    late = {"polaris.stores.sqlite", "polaris.stores.postgres", "polaris.stores.redis", "redis", "psycopg", "msgspec"}
    program = f"import sys, polaris.stores; print({late} & sys.modules.keys())"
    source = Path(polaris.stores.__file__).parents[2]
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(source)!r}); {program}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"
