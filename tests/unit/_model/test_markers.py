from typing import Annotated, Optional, get_args, get_origin

import pytest

from polaris._model.keys import TypeForm
from polaris._model.markers import Access, Feedback, Mode, Resource, Take


class Item: ...


@pytest.mark.parametrize(
    ("form", "plain", "mode"),
    [
        (Access[Item], Optional[Item], Mode.ACCESS),  # noqa: UP045
        (Take[Item], Item, Mode.TAKE),
        (Feedback[Item], Item, Mode.FEEDBACK),
        (Resource[Item], Item, Mode.RESOURCE),
        (Access[list[Item]], Optional[list[Item]], Mode.ACCESS),  # noqa: UP045
        (Take[list[Item]], list[Item], Mode.TAKE),
    ],
    ids=str,
)
def test_a_marker_is_the_plain_type_with_a_mode(form: TypeForm, plain: TypeForm, mode: Mode) -> None:
    assert get_origin(form) is Annotated
    assert get_args(form) == (plain, mode)


def test_a_marker_can_be_joined_with_none() -> None:
    optional: TypeForm = Feedback[Item] | None
    assert get_args(optional) == (Feedback[Item], type(None))


def test_a_marker_takes_a_type_that_is_quoted() -> None:
    (quoted, mode) = get_args(Take["Item"])
    assert (quoted.__forward_arg__, mode) == ("Item", Mode.TAKE)


def test_the_modes_are_texts_because_plans_are_written_down() -> None:
    assert [str(mode) for mode in Mode] == ["consumes", "access", "take", "feedback", "resource"]
    assert Mode("take") is Mode.TAKE
