"""Every crash point of two workflows, on every store: the same end, nothing done twice, nothing lost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal

import pytest

from polaris import Outcome
from polaris._model.records import Saved
from polaris._runtime import specialise
from polaris._runtime.keeper import Keeper
from polaris.testing import every_crash
from tests.conformance.addresses import EMPTY
from tests.helpers import claims
from tests.helpers.profiles import EXAMPLES

Checkpoint = Literal["builder", "call"]

CHECKPOINTS: tuple[Checkpoint, ...] = ("builder", "call") if EXAMPLES >= 50 else ("call",)
"""Both, but where everything is only tried once more on another Python."""

Tell = Callable[[str], None]

RIDES = Path(__file__).parents[2] / "examples" / "02_cab_ride" / "rides.py"

CLAIM = [
    {claims.Claim: claims.Claim(0)},
    {claims.Claim: claims.Claim(70), claims.Account: claims.Account("a1")},
    {claims.Photo: claims.Photo(damaged=True)},
    {claims.Verdict: claims.Verdict(granted=False)},
    {claims.Claim: claims.Claim(150)},
    {claims.Verdict: claims.Verdict(granted=True)},
    {claims.Account: claims.Account("a2")},
]


@pytest.fixture(scope="module")
def rides() -> Iterator[Any]:
    spec = spec_from_file_location("rides_that_crash", RIDES)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(params=list(EMPTY))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store."""
    with EMPTY[request.param](tmp_path) as url:
        yield url


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Print a line for whoever reads the report, also of a test that passes."""

    def tell(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{line}\n")

    return tell


def ride(rides: Any) -> list[dict[Any, object]]:  # noqa: ANN401 - a module
    """Give the deliveries of a ride."""
    return [
        {rides.RideRequest: rides.RideRequest("u1", "nowhere", "work")},
        {rides.RideRequest: rides.RideRequest("u1", "home", "work")},
        {rides.CabbieArrived: rides.CabbieArrived(7), rides.RideStarted: rides.RideStarted(9)},
        {rides.DestinationReached: rides.DestinationReached(20)},
        {rides.PaymentMade: rides.PaymentMade("p1")},
    ]


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
def test_the_cab_ride_survives_every_crash(rides: Any, store: str, checkpoint: Checkpoint, tell: Tell) -> None:  # noqa: ANN401
    script = ride(rides)
    count = every_crash(rides.cab_ride, store=store, script=script, checkpoint=checkpoint, resources=rides.RESOURCES)
    tell(f"cab_ride on {store.partition(':')[0]}, a checkpoint for each {checkpoint}: {count} crash points")
    assert count > 90


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
def test_a_plan_with_branches_survives_every_crash(store: str, checkpoint: Checkpoint, tell: Tell) -> None:
    count = every_crash(claims.claims, store=store, script=CLAIM, checkpoint=checkpoint)
    tell(f"claims on {store.partition(':')[0]}, a checkpoint for each {checkpoint}: {count} crash points")
    assert count > 150


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
def test_a_run_made_by_an_express_call_survives_every_crash(
    rides: Any,  # noqa: ANN401 - a module
    store: str,
    checkpoint: Checkpoint,
    tell: Tell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(specialise, "FEW", 0)
    made = set[str]()
    end = Keeper.end

    def noted(keeper: Keeper, outcome: Outcome[object]) -> Saved:
        made.add(outcome.workflow)
        return end(keeper, outcome)

    monkeypatch.setattr(Keeper, "end", noted)
    scripts = {
        rides.cab_ride: [ride(rides)[1], *ride(rides)[:3]],
        claims.offers: [
            {claims.Claim: claims.Claim(150), claims.Photo: claims.Photo(damaged=True)},
            {claims.Claim: claims.Claim(0)},
            {claims.Photo: claims.Photo(damaged=False), claims.Claim: claims.Claim(70)},
        ],
    }
    resources = rides.RESOURCES
    counts = [
        every_crash(flow, store=store, script=script, checkpoint=checkpoint, resources=resources)
        for flow, script in scripts.items()
    ]
    tell(f"express on {store.partition(':')[0]}, a checkpoint for each {checkpoint}: {sum(counts)} crash points")
    assert min(counts) > 50
    assert made == {"cab_ride", "offers"}
