import subprocess
import sys
from pathlib import Path

import pytest

import polaris
from polaris import Outcome, Status
from polaris.testing import check_workflow

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from rides import (  # noqa: E402 - the example lies beside its test
    RESOURCES,
    CabbieArrived,
    DestinationReached,
    Fleet,
    PaymentMade,
    RideEnded,
    RideRequest,
    RideStarted,
    cab_ride,
    match_cabbie,
)

REQUEST = RideRequest("u1", "home", "airport")


def test_a_ride_waits_for_one_thing_after_another(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'rides.db'}"
    happenings = [REQUEST, CabbieArrived(7), RideStarted(9), DestinationReached(31), PaymentMade("p1")]
    outcomes: list[Outcome[RideEnded]] = []
    for happened in happenings:
        with polaris.open_engine(store, cab_ride, resources=RESOURCES) as engine:
            outcomes.append(engine.run(cab_ride, "ride-1", happened))
    waited_for = [form for outcome in outcomes for form in outcome.waiting_for]
    assert waited_for == [CabbieArrived, RideStarted, DestinationReached, PaymentMade]
    assert outcomes[-1].status is Status.COMPLETED
    assert outcomes[-1].result.receipt.cents == 24 * 90


def test_all_at_once_comes_to_the_same() -> None:
    outcome = polaris.run(
        cab_ride, REQUEST, CabbieArrived(7), RideStarted(9), DestinationReached(31), PaymentMade("p1"),
        resources=RESOURCES,
    )  # fmt: skip
    assert outcome.result.receipt.cents == 24 * 90


def test_a_ride_is_blocked_while_nobody_is_free() -> None:
    outcome = polaris.run(cab_ride, RideRequest("u1", "island", "airport"), resources={Fleet: Fleet()})
    assert outcome.status is Status.BLOCKED


def test_nobody_pays_twice() -> None:
    with polaris.open_engine("memory://", cab_ride, resources=RESOURCES) as engine:
        ride = [CabbieArrived(7), RideStarted(9), DestinationReached(31), PaymentMade("p1")]
        first = engine.run(cab_ride, "ride-1", REQUEST, *ride).result
        again = engine.run(cab_ride, "ride-1", PaymentMade("p2")).result
    assert again == first


def test_every_ride_comes_to_the_same_whatever_the_order() -> None:
    check_workflow(cab_ride, stub=[match_cabbie])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_the_demo_survives_its_kill(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "demo.py"), str(tmp_path)], capture_output=True, text=True, check=True, timeout=100
    )
    said = done.stdout
    assert "killed with SIGKILL (exit status -9)" in said
    assert [line for line in said.splitlines() if "waits for" in line] == [
        "  status waiting, waits for CabbieArrived",
        "  status waiting, waits for RideStarted",
        "  status waiting, waits for DestinationReached",
        "  status waiting, waits for PaymentMade",
        "  status completed, waits for nothing",
    ]
    assert (tmp_path / "ride.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert (tmp_path / "ride.png").read_bytes().startswith(b"\x89PNG")
