"""Does chaos to many processes that share a store, and checks that nothing was lost, doubled or done by two at once.

Some processes deliver to run after run, others take over what is left behind. Any of them may be killed at any moment,
or stopped for longer than its lease and woken again; where the store has a server of its own time, their clocks are
wrong by up to an hour; a server of ours is ended without notice and started again. In the end everything is brought to
its end, and then every run must hold exactly what was delivered to it.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polaris
from polaris import Engine, Status
from tools.chaos.flow import Item, Total, chaos
from tools.chaos.worker import LEASE, deliveries

DELIVER, WORK = 3, 3
STORES = ("sqlite", "postgres", "redis")
LEAST_PER_SECOND = 0.5
"""How many runs must be completed in a second, on any machine."""


class Place(NamedTuple):
    """A store.

    Attributes:
        restart: ends its server without notice and starts it again; None if that is not ours to do.
        has_time: whether the time is that of a server, so that clocks of workers may be wrong.
    """

    url: str
    restart: Callable[[], None] | None
    has_time: bool


@contextmanager
def opened(store: str, folder: Path) -> Generator[Place]:
    """Give the store that a URL or a kind names, with a server of our own if it is a kind."""
    if store == "postgres":
        from tests.helpers.postgres_server import PostgresServer

        database = PostgresServer(settings={})

        def restart_database() -> None:
            database.stop(signal.SIGQUIT)
            database.start()

        try:
            yield Place(database.url, restart_database, has_time=True)
        finally:
            database.close()
    elif store == "redis":
        from tests.helpers.redis_server import running

        with running("--appendonly", "yes", "--appendfsync", "always") as server:

            def restart_server() -> None:
                server.kill()
                server.start()

            yield Place(server.url, restart_server, has_time=True)
    elif store == "sqlite":
        yield Place(f"sqlite:///{folder}/runs.db", None, has_time=False)
    else:
        yield Place(store, None, has_time=not store.startswith("sqlite"))


@dataclass
class Crowd:
    """The processes, and what was done to them."""

    place: Place
    folder: Path
    chance: random.Random
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopped: dict[int, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    done: Counter[str] = field(default_factory=Counter)

    def start(self, name: str) -> None:
        """Start a process, or start it again."""
        skew = self.chance.uniform(-3600, 3600) if self.place.has_time else 0.0
        kind = name.split("-", maxsplit=1)[0]
        command = [sys.executable, "-m", "tools.chaos.worker", kind, name, self.place.url, str(skew)]
        with (self.folder / f"{name}.err").open("ab") as errors:
            self.processes[name] = subprocess.Popen(command, stderr=errors)

    def disturb(self) -> None:
        """Do something to one of them."""
        name = self.chance.choice(sorted(self.processes))
        process = self.processes[name]
        if process.poll() is not None:
            message = (self.folder / f"{name}.err").read_text()
            sys.exit(f"chaos: {name} ended by itself, with exit code {process.returncode}:\n{message}")
        if self.chance.random() < 0.7:
            process.kill()
            process.wait()
            self.done["killed"] += 1
            self.start(name)
        else:
            begun, pause = time.monotonic_ns(), self.chance.uniform(0.1, 2 * LEASE)
            process.send_signal(signal.SIGSTOP)
            self.stopped[process.pid].append((begun, pause))
            self.done["stopped"] += 1
            os.posix_spawn("/bin/sh", ["sh", "-c", f"sleep {pause:.3f}; kill -CONT {process.pid} 2>&-"], os.environ)

    def wait(self, kind: str) -> None:
        """Wait until all of a kind have ended; the stopped ones are woken in time."""
        for name, process in self.processes.items():
            if name.startswith(kind) and (code := process.wait(120)):
                sys.exit(f"chaos: {name} failed, with exit code {code}:\n{(self.folder / f'{name}.err').read_text()}")


def do_chaos(place: Place, folder: Path, seconds: float, seed: int) -> Crowd:
    """Let processes work, disturb them for so long, and then let them come to an end."""
    crowd = Crowd(place, folder, random.Random(seed))  # noqa: S311 - it must be repeatable, not secret
    for name in [*(f"deliver-{n}" for n in range(DELIVER)), *(f"work-{n}" for n in range(WORK))]:
        crowd.start(name)
    begun = time.monotonic()
    restarts = [seconds / 3, 2 * seconds / 3] if place.restart else []
    while (now := time.monotonic() - begun) < seconds:
        time.sleep(crowd.chance.uniform(0.1, 0.5))
        crowd.disturb()
        if restarts and place.restart and now > restarts[0]:
            restarts.pop(0)
            place.restart()
            crowd.done["server restarted"] += 1
    (folder / "stop").touch()
    crowd.wait("deliver")
    (folder / "over").touch()
    crowd.wait("work")
    return crowd


# --- the checker ------------------------------------------------------------------------------------------------------


def faults_of(engine: Engine, run_id: str) -> Generator[str]:
    """Say what is wrong with a run that came to its end."""
    given = [value for delivery in deliveries(run_id) for value in delivery.values()]
    items = [value.amount for value in given if isinstance(value, Item)]
    state = engine.get(run_id)
    if state.status is not Status.COMPLETED:
        yield f"{run_id} is {state.status}, and not completed: {state.error}"
    if state.get(Total) != Total(sum(items), len(items)):
        yield f"{run_id} holds {state.get(Total)} of {items}"
    events = engine.history(run_id)
    taken = sum(event.kind == "call_started" and bool(event.keys) for event in events)
    if taken != len(given):
        yield f"{run_id} took {taken} of {len(given)} deliveries"
    saved = Counter(event.builder for event in events if event.kind == "builder_finished")
    if (saved["greet"], saved["prepare"], saved["add"], saved["thank"]) != (1, 1, len(items), 1):
        yield f"{run_id} saved {dict(saved)} for {len(items)} items"


class Ran(NamedTuple):
    """A line of the log: a builder that ran in some process, in nanoseconds of the machine."""

    builder: str
    run_id: str
    process: int
    begun: int
    ended: int


def overlaps(log: Iterable[str], stopped: dict[int, list[tuple[int, float]]]) -> Generator[str]:
    """Say which builders of one run ran at the same time in two processes.

    A process that was stopped cannot know that it has lost its lease: what it was doing then is left out, and so is
    what took longer than half a lease, because the machine was busy with something else.
    """
    runs: dict[str, list[Ran]] = defaultdict(list)
    for line in log:
        builder, run_id, process, begun, ended = line.rstrip("\n").split("\t")
        ran = Ran(builder, run_id, int(process), int(begun), int(ended))
        pauses = [(at, at + int(pause * 1e9)) for at, pause in stopped.get(ran.process, ())]
        was_stopped = any(at < ran.ended and until > ran.begun - LEASE * 1e9 for at, until in pauses)
        if not was_stopped and ran.ended - ran.begun < LEASE * 1e9 / 2:
            runs[run_id].append(ran)
    for run_id, all_ran in runs.items():
        all_ran.sort(key=lambda ran: ran.begun)
        for one, other in itertools.pairwise(all_ran):
            if one.process != other.process and other.begun < one.ended:
                yield f"{run_id}: {one} and {other} ran at the same time"


def check(place: Place, folder: Path, crowd: Crowd, seconds: float, seed: int) -> list[str]:
    """Bring everything to its end, and say all that is wrong."""
    run_ids = [f"{path.stem}/{number}" for path in folder.glob("*.progress") for number in range(int(path.read_text()))]
    with polaris.open_engine(place.url, chaos, lease=LEASE) as engine:
        time.sleep(LEASE + 0.5)  # the last leases end
        while engine.recover():
            pass
        faults = [fault for run_id in run_ids for fault in faults_of(engine, run_id)]
    lines = (folder / "log").read_text().splitlines()
    faults += overlaps(lines, crowd.stopped)
    if len(run_ids) < LEAST_PER_SECOND * seconds:
        faults.append(f"only {len(run_ids)} runs were completed in {seconds:g} seconds")
    done = ", ".join(f"{count} {what}" for what, count in sorted(crowd.done.items()))
    kind = place.url.partition(":")[0]
    sys.stdout.write(
        f"chaos: {kind} for {seconds:g} seconds, seed {seed}: "
        f"{len(run_ids)} runs, {len(lines)} builders ran; {done}; {len(faults)} faults\n"
    )
    return faults


def endured(store: str, seconds: float, seed: int) -> int:
    """Do chaos to one store, print what was wrong and give the exit code."""
    with tempfile.TemporaryDirectory(prefix="polaris-chaos-") as name, opened(store, Path(name)) as place:
        os.environ["POLARIS_CHAOS_LOG"] = str(Path(name) / "log")
        crowd = do_chaos(place, Path(name), seconds, seed)
        faults = check(place, Path(name), crowd, seconds, seed)
    sys.stdout.writelines(f"chaos: {fault}\n" for fault in faults[:50])
    return 1 if faults else 0


def main() -> int:
    """Read the command line, do chaos to all stores at once, each from a process of its own; give the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for how long (default: 60)")
    parser.add_argument("--store", action="append", help=f"a URL, or one of {', '.join(STORES)} (default: all three)")
    parser.add_argument("--seed", type=int, default=time.time_ns(), help="of what is done to whom")
    given = parser.parse_args()
    if given.store and len(given.store) == 1:
        return endured(given.store[0], given.seconds, given.seed)
    options = ["--seconds", str(given.seconds), "--seed", str(given.seed)]
    command = [sys.executable, "-m", "tools.chaos", *options, "--store"]
    all_of = [subprocess.Popen([*command, store]) for store in given.store or STORES]
    return max(abs(process.wait()) for process in all_of)


if __name__ == "__main__":
    sys.exit(main())
