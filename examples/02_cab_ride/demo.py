"""A ride that pauses, is killed, goes on in another process, ends in a third, and is drawn.

python demo.py [folder]         the whole story; files go to the folder (a new one in the temporary directory)
python demo.py folder STAGE     one process of it: request, arrival or rest
"""

import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from rides import (
    RESOURCES,
    CabbieArrived,
    DestinationReached,
    PaymentMade,
    RideEnded,
    RideRequest,
    RideStarted,
    cab_ride,
)

import polaris
from polaris import Engine, Outcome, export

tell = partial(print, flush=True)  # three processes write to one output, in the order of the story
RUN = "ride-42"
STAGES: dict[str, tuple[object, ...]] = {
    "request": (RideRequest("u1", "home", "airport"),),
    "arrival": (CabbieArrived(at_minute=7),),
    "rest": (RideStarted(at_minute=9), DestinationReached(at_minute=31), PaymentMade("upi-7731")),
}


def one_process(folder: Path, stage: str) -> None:
    """Deliver what happened at one stage; after the request, wait to be killed."""
    store = f"sqlite:///{folder / 'rides.db'}"
    with polaris.open_engine(store, cab_ride, resources=RESOURCES) as engine:
        outcomes = [deliver(engine, happened) for happened in STAGES[stage]]
        if stage == "rest":
            draw(folder, outcomes[-1])
        if stage == "request":
            tell("  paused; this process now waits, holding nothing")
            time.sleep(60)


def deliver(engine: Engine, happened: object) -> Outcome[RideEnded]:
    outcome = engine.run(cab_ride, RUN, happened)
    say(happened, outcome)
    return outcome


def say(happened: object, outcome: Outcome[RideEnded]) -> None:
    made = ", ".join(form.__name__ for form in outcome.produced if isinstance(form, type)) or "nothing"
    waits = ", ".join(form.__name__ for form in outcome.waiting_for if isinstance(form, type)) or "nothing"
    tell(f"  {type(happened).__name__} delivered: made {made}")
    tell(f"  status {outcome.status}, waits for {waits}")


def draw(folder: Path, outcome: Outcome[RideEnded]) -> None:
    plan = polaris.compile_plan(cab_ride)
    for name in ("ride.svg", "ride.png"):
        export.render(plan, folder / name)
        tell(f"  drew {folder / name}")
    tell(f"  the ride has ended: {outcome.result}")


def whole_story(folder: Path) -> None:
    tell("process 1: a rider asks for a cab")
    command = [sys.executable, __file__, str(folder)]
    with subprocess.Popen([*command, "request"], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        for line in first.stdout:
            tell(line, end="")
            if "paused" in line:
                break
        first.send_signal(signal.SIGKILL)
    tell(f"process 1: killed with SIGKILL (exit status {first.returncode})")
    tell("process 2: the cabbie arrives")
    subprocess.run([*command, "arrival"], check=True)
    tell("process 3: the ride starts, reaches its destination and is paid")
    subprocess.run([*command, "rest"], check=True)


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="polaris-demo-"))
    where.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        one_process(where, sys.argv[2])
    else:
        whole_story(where)
