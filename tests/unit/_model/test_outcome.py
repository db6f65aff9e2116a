import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NewType, Optional

import pytest
from typing_extensions import TypeAliasType

from polaris._model.keys import TypeForm
from polaris._model.outcome import Outcome, RunState, Status, late
from polaris.errors import MissingDataError, NotFinishedError
from tests.unit._model.nouns import assert_frozen, assert_keyword_only, assert_noun


@dataclass(frozen=True)
class Matched:
    n: int


@dataclass(frozen=True)
class Ended:
    n: int


UserId = NewType("UserId", str)
Fares = TypeAliasType("Fares", list[int])
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


Read = Callable[[dict[Any, object]], Outcome[Any] | RunState]


def outcome(data: dict[Any, object], *target: object, every: bool = False, **changed: object) -> Outcome[Any]:
    fields: dict[str, Any] = {"status": Status.WAITING, "produced": {}, "waiting_for": (), "run_id": "ride-42"}
    return Outcome(workflow="ride", data=data, target=target or (Ended,), target_all=every, **fields | changed)


def state(data: dict[Any, object]) -> RunState:
    return RunState(
        run_id="ride-42",
        workflow="ride",
        fingerprint="f" * 64,
        status=Status.WAITING,
        data=data,
        waiting_for=(Ended,),
        revision=3,
        error=None,
        created=NOON,
        updated=NOON,
    )


@pytest.fixture(params=[outcome, state], ids=["outcome", "state"])
def read(request: pytest.FixtureRequest) -> Read:
    found: Read = request.param
    return found


def test_an_outcome_is_frozen_and_keyword_only() -> None:
    assert_frozen(outcome({}))
    assert_keyword_only(outcome({}))


def test_the_state_of_a_run_is_a_noun() -> None:
    assert_noun(state({}))


def test_a_value_is_read_by_its_type(read: Read) -> None:
    found = read({Matched: Matched(1), UserId: "u1", list[int]: [1]})
    assert found[Matched] == Matched(1)
    assert found[UserId] == "u1"
    assert found[list[int]] == [1]
    assert found[Fares] == [1]
    assert found.get(Matched) == Matched(1)
    assert Matched in found


def test_a_value_that_counts_as_false_is_there(read: Read) -> None:
    found = read({UserId: "", list[int]: []})
    assert (found[UserId], found.get(UserId, "nobody"), UserId in found) == ("", "", True)
    assert found[list[int]] == []


def test_what_is_not_there_is_an_error_that_names_its_key(read: Read) -> None:
    with pytest.raises(MissingDataError) as caught:
        read({Matched: Matched(1)})[Ended]
    assert caught.value.key == "Ended"
    assert isinstance(caught.value, KeyError)


def test_what_may_not_be_there_is_asked_for_with_get(read: Read) -> None:
    found = read({Matched: Matched(1)})
    assert found.get(Ended) is None
    assert found.get(Ended, Ended(0)) == Ended(0)
    assert Ended not in found


@pytest.mark.parametrize("key", ["Matched", 3, None, str, Matched(1)], ids=repr)
def test_what_is_no_type_of_the_run_is_not_in_it(read: Read, key: object) -> None:
    assert key not in read({Matched: Matched(1)})


@pytest.mark.parametrize("form", [Matched | Ended, Optional[Matched | Ended]], ids=str)  # noqa: UP045
def test_of_a_union_the_first_that_is_there_is_given(read: Read, form: TypeForm) -> None:
    assert read({Ended: Ended(2), Matched: Matched(1)})[form] == Matched(1)
    assert read({Ended: Ended(2)})[form] == Ended(2)
    assert form not in read({})


def test_of_a_union_the_order_is_the_one_it_is_written_in(read: Read) -> None:
    assert read({Ended: Ended(2), Matched: Matched(1)})[Ended | Matched] == Ended(2)


def test_the_error_of_a_union_names_all_that_were_asked_for(read: Read) -> None:
    with pytest.raises(MissingDataError) as caught:
        read({})[Matched | Ended]
    assert caught.value.key == "Ended | Matched"


def test_a_class_that_was_defined_again_is_found_by_its_key(read: Read) -> None:
    again = type("Matched", (), {})
    found = read({Ended: Ended(2), Matched: Matched(1)})
    assert found[again] == Matched(1)
    assert again in found


def test_the_result_is_the_target() -> None:
    assert outcome({Matched: Matched(1), Ended: Ended(2)}, Ended).result == Ended(2)


def test_the_result_of_a_union_is_the_one_that_is_there() -> None:
    assert outcome({Ended: Ended(2)}, Matched, Ended).result == Ended(2)


def test_the_result_of_a_tuple_is_all_of_them_in_the_order_of_the_target() -> None:
    data: dict[Any, object] = {Matched: Matched(1), Ended: Ended(2)}
    assert outcome(data, Ended, Matched, every=True).result == (Ended(2), Matched(1))


@pytest.mark.parametrize(
    ("data", "target", "every"),
    [
        pytest.param({}, (Ended,), False, id="one"),
        pytest.param({}, (Matched, Ended), False, id="none of a union"),
        pytest.param({Ended: Ended(2)}, (Matched, Ended), True, id="one of a tuple"),
    ],
)
def test_the_result_is_an_error_while_the_target_is_not_made(
    data: dict[Any, object], target: tuple[object, ...], every: bool
) -> None:
    with pytest.raises(NotFinishedError) as caught:
        _ = outcome(data, *target, every=every, waiting_for=(UserId, list[int])).result
    assert caught.value.workflow == "ride"
    assert caught.value.status == Status.WAITING
    assert caught.value.waiting_for == ("UserId", "list[int]")


def test_an_outcome_crosses_processes() -> None:
    found = outcome({Matched: Matched(1)}, run_id=None)
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_status_is_a_text_that_can_be_stored_and_printed() -> None:
    assert f"{Status.WAITING}" == "waiting"
    assert [status.value for status in Status] == [
        *("running", "waiting", "blocked", "queued", "completed", "failed", "cancelled")
    ]


# --- late ------------------------------------------------------------------------------------------------------------


def test_a_late_outcome_works_a_field_out_once_when_it_is_asked_for() -> None:
    asked: list[str] = []

    def read(field: str, *known: object) -> object:
        asked.append(field)
        return {Matched: Matched(1)} if field in {"data", "produced"} else (field, known)

    found = late(read, 1, 2)
    assert asked == []
    assert (found.status, found.status) == (("status", (1, 2)), ("status", (1, 2)))
    assert found[Matched] == Matched(1)
    assert asked == ["status", "data"]


def test_a_late_outcome_is_like_any_other() -> None:
    found = outcome({Matched: Matched(1)}, run_id=None)
    again = late(lambda field: getattr(found, field))
    assert_frozen(again)
    assert again == found
    assert repr(again) == repr(found)
    assert pickle.loads(pickle.dumps(late(lambda field: getattr(found, field)))) == found


def test_an_outcome_has_no_other_fields() -> None:
    found: Any = late(lambda field: field)
    with pytest.raises(AttributeError, match="'Outcome' object has no attribute 'stats'"):
        _ = found.stats
