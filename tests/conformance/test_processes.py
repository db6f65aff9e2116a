"""Several processes on one store: opened by all at once, killed while they write, forked."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from polaris._model.records import Receipt, Verdict
from polaris.protocols import Store
from polaris.stores import open_store
from polaris.testing.conformance.moves import Worker, delivery, ids
from tests.conformance.addresses import EMPTY
from tests.helpers.postgres_server import fresh_url

PROCESSES = 8

OPEN_AND_DELIVER = """
import sys
from polaris.stores import open_store
from polaris.testing.conformance.moves import Worker, delivery

print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1])
for number in range(5):
    Worker(store).accept(delivery(f"{sys.argv[2]}/{number}"), claims=False)
store.close()
"""

WRITE_UNTIL_KILLED = """
import sys
from itertools import count
from polaris._model.keys import Key
from polaris._model.records import Cell
from polaris.stores import open_store
from polaris.testing.conformance.moves import Worker, delivery, opens

worker = Worker(open_store(sys.argv[1]))
worker.accept(delivery("d1"))
for number in count(worker.revision + 1):
    cells = (Cell(key=Key(f"K{place}"), present=True, text=str(number), changed=number, different=1, by=None)
             for place in range(20))
    print(worker.save(f"o{number}", opens(*cells)).revision, flush=True)
"""


FRESH = EMPTY | {
    "sqlite, full": lambda folder: nullcontext(f"sqlite:///{folder}/runs.db"),
    "postgres": lambda _: fresh_url(),
}


@pytest.fixture(params=sorted(FRESH.keys() - {"memory"}))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with FRESH[request.param](tmp_path) as new:
        yield new


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_many_processes_open_a_new_store_at_once_and_lose_nothing(url: str) -> None:
    processes = [start(OPEN_AND_DELIVER, url, str(number)) for number in range(PROCESSES)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    ends = [process.communicate("go\n", timeout=60) for process in processes]
    assert ends == [("", "")] * PROCESSES
    store = open_store(url)
    accepted = ids(store.load("r1"))
    store.close()
    assert sorted(accepted) == sorted(f"{number}/{count}" for number in range(PROCESSES) for count in range(5))


@pytest.mark.parametrize("lines", [1, 7, 30])
def test_a_writer_that_is_killed_leaves_its_last_commit(url: str, lines: int) -> None:
    with start(WRITE_UNTIL_KILLED, url) as process:
        assert process.stdout is not None
        answered = [int(process.stdout.readline()) for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        answered += [int(line) for line in process.stdout if line.endswith("\n")]
    store = open_store(url)
    worker = Worker(store)
    state = worker.load()
    assert state.revision >= answered[-1]
    assert {cell.text for cell in state.cells} == {str(state.revision)}
    assert worker.save("after", at=state.revision).receipt is Receipt.OK
    store.close()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


def deliver_some(store: Store, name: str) -> None:
    for number in range(20):
        answer = Worker(store).accept(delivery(f"{name}/{number}"), claims=False)
        assert answer.verdict is Verdict.QUEUED


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_store_can_be_used_on_both_sides_of_a_fork(store: Store) -> None:
    deliver_some(store, "before")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=deliver_some, args=(store, f"child {number}")) for number in range(3)]
    for child in children:
        child.start()
    deliver_some(store, "parent")
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0]
    names = ["before", "parent", "child 0", "child 1", "child 2"]
    assert sorted(ids(store.load("r1"))) == sorted(f"{name}/{number}" for name in names for number in range(20))
