import dataclasses
import pickle
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import NewType, get_args, get_origin, get_type_hints

import pytest

from polaris._model import plan as module
from polaris._model.keys import Key, TypeForm
from polaris._model.plan import Plan, sockets
from tests.unit._model.nouns import assert_noun
from tests.unit._model.plans import ENDED, REFUSED, REQUEST, plan, step

NOUNS = [plan(), *plan().keys, *plan().schemas, *plan().steps, plan().steps[0].retry]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_a_plan_is_made_of_nouns(noun: object) -> None:
    assert_noun(noun)


def test_plans_that_say_the_same_are_equal_and_have_one_hash() -> None:
    assert plan() == plan()
    assert len({plan(), plan(), plan(max_passes=7)}) == 2


def test_a_plan_crosses_processes() -> None:
    assert pickle.loads(pickle.dumps(plan())) == plan()


def parts(form: TypeForm) -> set[TypeForm]:
    """Give all that a field of a type can hold, down to the last field."""
    if isinstance(form, NewType):
        return parts(form.__supertype__)
    if get_origin(form) in {tuple, UnionType}:
        return set().union(*map(parts, get_args(form)))
    if dataclasses.is_dataclass(form):
        return set().union(*map(parts, get_type_hints(form).values()))
    return {form}


def test_a_plan_can_hold_data_only() -> None:
    held = parts(Plan)
    enums = {form for form in held if isinstance(form, type) and issubclass(form, Enum)}
    assert held - enums == {str, int, float, bool, NoneType, Ellipsis}
    assert all(issubclass(form, str) for form in enums)


@pytest.mark.parametrize(
    ("slots", "several", "may_decline", "text"),
    [
        (((ENDED,),), False, False, "Ended"),
        (((ENDED,),), False, True, "Ended | None"),
        (((ENDED, REFUSED),), False, False, "Ended | Refused"),
        (((ENDED, REFUSED),), False, True, "Ended | Refused | None"),
        (((ENDED,), (REFUSED,)), True, False, "tuple[Ended, Refused]"),
        (((ENDED, REFUSED), (REQUEST,)), True, True, "tuple[Ended | Refused, Request] | None"),
        (((ENDED,),), True, False, "tuple[Ended]"),
    ],
)
def test_a_step_says_what_it_returns_as_its_function_does(
    slots: tuple[tuple[Key, ...], ...], several: bool, may_decline: bool, text: str
) -> None:
    assert step(slots=slots, several=several, may_decline=may_decline).returns == text


def test_a_step_produces_every_variant_of_every_slot_in_order() -> None:
    assert step(slots=((ENDED, REFUSED), (REQUEST,)), several=True).produces == (ENDED, REFUSED, REQUEST)
    assert step().produces == (ENDED,)


def test_a_plan_is_saved_through_what_fills_its_sockets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[object] = []
    monkeypatch.setattr(sockets, "save", lambda *given: said.append(given), raising=False)
    one = plan()
    one.save(tmp_path / "plan.lock")
    assert said == [(one, tmp_path / "plan.lock")]


def test_a_plan_is_loaded_through_what_fills_its_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "load", lambda path: plan(workflow=path), raising=False)
    assert Plan.load("plan.lock") == plan(workflow="plan.lock")


def test_a_plan_shows_itself_through_what_fills_its_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "draw", lambda drawn: f"<svg>{drawn.workflow}</svg>", raising=False)
    assert plan()._repr_svg_() == "<svg>ride</svg>"


def test_the_front_door_gives_a_plan_whose_sockets_are_filled() -> None:
    import polaris

    assert polaris.Plan is module.Plan
    assert all(hasattr(sockets, name) for name in ("save", "load", "draw"))
