from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest

from polaris import Context, Outcome, Workflow
from polaris._assembly import compiled, desk_of
from polaris._model.keys import Key
from polaris._model.outcome import late
from polaris._model.records import Receipt, Saved
from polaris._runtime.bind import bind
from polaris._runtime.express import _course
from polaris._runtime.holder import LeaseLostError
from polaris._runtime.keeper import Keeper
from polaris._runtime.setup import Request, Setup
from polaris.errors import CodecError
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.unit._runtime.straights import A, B, C

LEASE = 30.0


@dataclass(frozen=True)
class Token:
    text: str


def split(a: A, ctx: Context) -> tuple[B, Token]:
    return B(a.n), Token(ctx.run_id)


def choose(b: B) -> C | None:
    return C(b.n) if b.n else None


flow = Workflow("flow", target=C, builders=[split, choose], transients=[Token])
BOUND = bind(compiled(flow), {})

Make = Callable[..., Keeper]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(SetClock())


@pytest.fixture
def setups(store: MemoryStore) -> dict[str, Setup]:
    return {each: desk_of(store, BOUND, lease=LEASE, checkpoint=each).setup for each in ("builder", "call")}  # type: ignore[arg-type]


@pytest.fixture
def keeper_of(setups: dict[str, Setup]) -> Make:
    def keeper_of(checkpoint: Literal["builder", "call"] = "builder", *, data: object = A(5)) -> Keeper:  # noqa: B008 - frozen
        setup, order = setups[checkpoint], (Key("A"),)
        course = _course(setup, BOUND, order, frozenset())
        assert course is not None
        request = Request(run_id="r", data=(data,), wait=0, delivery_id="d", new=None)
        return Keeper(setup, course, request, order, (data,))

    return keeper_of


@pytest.fixture(params=["builder", "call"])
def keeper(request: pytest.FixtureRequest, keeper_of: Make) -> Keeper:
    """A keeper whose run has been made."""
    keeper = keeper_of(request.param)
    assert keeper.accept() is None
    return keeper


def texts(store: MemoryStore) -> dict[str, str | None]:
    state = store.load("r")
    assert state is not None
    return {cell.key: cell.text for cell in state.cells}


def test_a_delivery_is_kept_as_it_will_be_read_again(keeper_of: Make) -> None:
    keeper = keeper_of(data=A(5))
    assert keeper.values == [A(5)]
    assert (keeper.own.delivery_id, keeper.own.passing) == ("d", {})
    with pytest.raises(CodecError):
        keeper_of(data=A("x"))  # type: ignore[arg-type]


def test_ids_are_random(keeper_of: Make) -> None:
    one, other = keeper_of(), keeper_of()
    assert len({one.uid, one.claim_id, other.uid, other.claim_id}) == 4


def test_a_run_is_made_and_claimed_in_one_step(keeper: Keeper, store: MemoryStore) -> None:
    state = store.load("r")
    assert state == keeper.state
    assert (state.uid, state.inbox, keeper.revision) == (keeper.uid, (), state.revision)
    assert texts(store) == {"A": '{"n":5}'}


def test_a_run_that_is_there_is_not_made_again(keeper: Keeper, keeper_of: Make) -> None:
    other = keeper_of()
    answer = other.accept()
    assert answer is not None
    assert (answer.verdict, answer.repeated) == ("queued", True)


@pytest.mark.parametrize("checkpoint", ["builder", "call"])
def test_what_a_step_makes_is_saved_with_the_checkpoint(checkpoint: str, keeper_of: Make, store: MemoryStore) -> None:
    keeper = keeper_of(checkpoint)
    keeper.accept()
    keeper.begin()
    assert keeper.keep_all(0, (B(5), Token("r"))) == [B(5), Token("r")]
    made: dict[str, str | None] = {"A": '{"n":5}', "B": '{"n":5}', "Token": None}
    assert texts(store) == (made if checkpoint == "builder" else {"A": '{"n":5}'})
    assert keeper.writes == (1 if checkpoint == "builder" else 0)
    assert keeper.keep(1, C(5)) == C(5)
    outcome: Outcome[object] = late(str)
    assert keeper.end(outcome).receipt is Receipt.RELEASED
    assert texts(store) == made | {"C": '{"n":5}'}


def test_a_step_that_declines_has_run(keeper: Keeper, store: MemoryStore) -> None:
    keeper.keep_all(0, (B(0), Token("r")))
    assert keeper.keep(1, None) is None
    assert keeper.made[1] == (1, ())
    walk = keeper.walk(BOUND.index, lambda *_: False)
    assert [walk.ledger.marks[name].ran_at for name in ("split", "choose")] == [2, 2]


def test_a_walk_is_brought_to_where_the_call_stands(keeper: Keeper) -> None:
    keeper.keep_all(0, (B(5), Token("r")))
    walk = keeper.walk(BOUND.index, lambda *_: False)
    assert walk.ledger.values() == {"A": A(5), "B": B(5), "Token": Token("r")}
    assert walk.ready() == (1,)
    entries, marks = walk.ledger.take_changes()
    is_saved = keeper.writes == 1
    assert [key for key, _ in entries] == ([] if is_saved else ["B", "Token"])
    assert [name for name, _ in marks] == ([] if is_saved else ["split"])
    assert keeper.texts == ({} if is_saved else {"B": '{"n":5}'})


def test_nothing_is_started_without_a_lease(keeper: Keeper, setups: dict[str, Setup]) -> None:
    keeper.begin()
    for setup in setups.values():
        setup.heartbeat.drop(keeper.claim_id)
    with pytest.raises(LeaseLostError):
        keeper.begin()


def test_a_write_that_is_lost_is_no_write(keeper: Keeper, store: MemoryStore) -> None:
    store.cancel("r", op="another")
    with pytest.raises(LeaseLostError):
        keeper._took(store.save, keeper.state.header)
    assert keeper.revision == keeper.state.revision


def test_each_write_names_the_revision_before_and_an_id_of_its_own(keeper: Keeper) -> None:
    seen: list[tuple[int, str]] = []

    def write(_run_id: str, *, revision: int, op: str, **_: object) -> Saved:
        seen.append((revision, op))
        return Saved(Receipt.OK, revision + 1)

    before = keeper.revision
    for _ in range(2):
        keeper._took(write, keeper.state.header)
    assert seen == [(before, f"{keeper.claim_id}/0"), (before + 1, f"{keeper.claim_id}/1")]
