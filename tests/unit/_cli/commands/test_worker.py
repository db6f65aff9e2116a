"""In this process, where builders raise the signals themselves; and in others, as a supervisor sees a worker."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import polaris as package
from polaris._cli.commands import worker as worker_module
from polaris._cli.stopping import Stop
from polaris._cli.stored import read_stored
from polaris._model.records import Stored
from polaris.errors import StoreUnavailableError
from polaris.stores import open_store
from tests.unit._cli.folder import STORE, Polaris, Write

FERRIES = """
import os
import signal
import time
from pathlib import Path
from typing import NewType

from polaris import Workflow, builder

Ticket = NewType("Ticket", str)
Ferry = NewType("Ferry", str)
Shore = NewType("Shore", str)


@builder
{maybe_async}def board(ticket: Ticket) -> Ferry:
    if ticket == "none":
        raise ValueError("nobody sails without a ticket")
    if ticket == "stop":
        signal.raise_signal(signal.SIGTERM)
    if ticket == "stop at once":
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    if ticket == "slow":
        Path("boarding").touch()
        while not Path("go").exists():
            {sleep}
    return Ferry(ticket)


@builder
def land(ferry: Ferry) -> Shore:
    return Shore(ferry)


ferry = Workflow("ferry", target=Shore)
"""

PLAIN = FERRIES.format(maybe_async="", sleep="time.sleep(0.01)")
ASYNC = FERRIES.format(maybe_async="async ", sleep="await __import__('asyncio').sleep(0.01)")

WORKER = ("worker", "ferries:ferry", *STORE)

Queue = Callable[[str, str], None]


@pytest.fixture(params=[PLAIN, ASYNC], ids=["plain", "async"])
def queue(request: pytest.FixtureRequest, polaris: Polaris, write: Write) -> Queue:
    """Make a run with something in its inbox."""
    write("ferries.py", request.param)

    def queue(run_id: str, ticket: str) -> None:
        assert polaris("run", "ferries:ferry", *STORE, "--run-id", run_id, "--new")[0] == 0
        data = f"Ticket={json.dumps(ticket)}"
        assert polaris("deliver", "ferries:ferry", run_id, *STORE, "--data", data)[0] == 0

    return queue


def status_of(run_id: str) -> str:
    return read_stored(STORE[1], run_id).header.status


# --- here -------------------------------------------------------------------------------------------------------------


def test_it_carries_runs_until_it_is_told_to_stop_and_then_no_other(queue: Queue, polaris: Polaris) -> None:
    queue("f-1", "a")
    queue("f-2", "stop")
    queue("f-3", "b")
    status, out, err = polaris(*WORKER)
    assert (status, err) == (0, "")
    assert out == "ferry f-1: completed\nferry f-2: completed\n"
    assert [status_of(run_id) for run_id in ("f-1", "f-2", "f-3")] == ["completed", "completed", "waiting"]
    assert len(read_stored(STORE[1], "f-3").inbox) == 1


def test_as_json_each_call_that_ended_is_an_object_on_a_line(queue: Queue, polaris: Polaris) -> None:
    queue("f-1", "none")
    queue("f-2", "stop")
    status, out, _ = polaris(*WORKER, "--json")
    assert status == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        {"workflow": "ferry", "run_id": "f-1", "status": "failed", "error": "ValueError"},
        {"workflow": "ferry", "run_id": "f-2", "status": "completed", "error": None},
    ]


def test_a_second_signal_breaks_a_run_off_and_lets_go_of_it(queue: Queue, polaris: Polaris) -> None:
    queue("f-1", "stop at once")
    assert polaris(*WORKER)[:2] == (130, "")
    store = open_store(STORE[1])
    answer = store.claim("f-1", claim_id="next", lease=1.0, wanted=False)
    store.close()
    assert answer.verdict == "claimed"
    assert answer.state is not None
    assert answer.state.header.is_open


def test_rounds_follow_each_other_and_a_limit_says_how_many_runs_are_in_one(
    queue: Queue, polaris: Polaris, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run_id in ("f-1", "f-2", "f-3"):
        queue(run_id, "a")
    carried: list[int] = []

    def pause(stop: Stop, seconds: float) -> None:
        assert seconds == 0.25
        carried.append(sum(status_of(run_id) == "completed" for run_id in ("f-1", "f-2", "f-3")))
        stop.is_asked = len(carried) == 3

    monkeypatch.setattr(Stop, "pause", pause)
    assert polaris(*WORKER, "--limit", "2", "--poll", "0.25")[0] == 0
    assert carried == [2, 3, 3]


class Moody:
    """A store that cannot be reached when somebody looks for work the first times."""

    def __init__(self, url: str, refusals: int) -> None:
        self._store = open_store(url)
        self._url = url
        self._refusals = refusals

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def claim_abandoned(self, **asked: Any) -> tuple[Stored, ...]:  # noqa: ANN401 - the arguments of a store
        if self._refusals:
            self._refusals -= 1
            raise StoreUnavailableError(self._url, why="the server is away")
        return self._store.claim_abandoned(**asked)


@pytest.mark.parametrize(
    ("poll", "pauses"),
    [("1s", [2, 4, 8, 16, 30, 30]), ("0", [0.5, 1, 2, 4, 8, 16]), ("60s", [60] * 6)],
)
def test_a_store_that_is_away_is_told_once_and_tried_again_after_longer_and_longer_pauses(
    poll: str, pauses: list[float], queue: Queue, polaris: Polaris, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue("f-1", "stop")
    waited: list[float] = []
    monkeypatch.setattr(Stop, "pause", lambda _stop, seconds: waited.append(seconds))
    monkeypatch.setattr(worker_module, "open_store", lambda url: Moody(url, refusals=6))
    status, out, err = polaris(*WORKER, "--poll", poll)
    assert (status, out) == (0, "ferry f-1: completed\n")
    assert waited[:-1] == pauses
    assert err == (
        "Warning: The store sqlite:///rides.db cannot be used: the server is away. "
        "Check the address and the permissions. It is tried again.\n"
        "The store is there again.\n"
    )


def test_a_store_that_cannot_be_opened_in_the_beginning_is_wrong_use(polaris: Polaris, write: Write) -> None:
    write("ferries.py", PLAIN)
    status, out, err = polaris("worker", "ferries:ferry", "--store", "sqlite:///no/where/rides.db")
    assert (status, out) == (2, "")
    assert "sqlite:///no/where/rides.db cannot be used" in err


def test_a_store_that_is_not_there_yet_is_made(
    polaris: Polaris, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("ferries.py", PLAIN)
    monkeypatch.setattr(Stop, "pause", lambda stop, _seconds: setattr(stop, "is_asked", True))
    assert polaris(*WORKER) == (0, "", "")
    assert (folder / "rides.db").exists()


# --- as a process -----------------------------------------------------------------------------------------------------

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def started(folder: Path) -> Iterator[Start]:
    """Start a worker in the folder; it does not outlive the test."""
    workers: list[subprocess.Popen[str]] = []
    source = str(Path(package.__file__).parents[1])

    def start() -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "polaris", *WORKER],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": source, "PYTHONWARNINGS": "error"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.kill()
        worker.communicate()


def wait_for(file: Path) -> None:
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until, f"{file.name} is not there"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_finishes_the_run_at_hand(
    number: signal.Signals, queue: Queue, started: Start, folder: Path
) -> None:
    queue("f-1", "slow")
    queue("f-2", "a")
    worker = started()
    wait_for(folder / "boarding")
    worker.send_signal(number)
    (folder / "go").touch()
    out, err = worker.communicate(timeout=60)
    assert (worker.returncode, out) == (0, "ferry f-1: completed\n")
    assert err.startswith("Stopping when the run at hand is done")
    assert (status_of("f-1"), status_of("f-2")) == ("completed", "waiting")


def test_a_worker_that_is_told_twice_leaves_the_run_to_the_next(queue: Queue, started: Start, folder: Path) -> None:
    queue("f-1", "slow")
    worker = started()
    wait_for(folder / "boarding")
    worker.send_signal(signal.SIGTERM)
    worker.send_signal(signal.SIGINT)
    out, err = worker.communicate(timeout=60)
    assert (worker.returncode, out) == (130, "")
    assert "Traceback" not in err
    (folder / "boarding").unlink()
    (folder / "go").touch()
    another = started()
    assert another.stdout is not None
    assert another.stdout.readline() == "ferry f-1: completed\n"
    another.send_signal(signal.SIGTERM)
    another.communicate(timeout=60)
    assert another.returncode == 0
