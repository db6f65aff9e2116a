from dataclasses import dataclass

import pytest

from polaris._model.words import BUILDER, coloured, listed, name_of


@dataclass(frozen=True)
class Order:
    n: int


@pytest.mark.parametrize(("names", "expected"), [("", ""), ("A", "A"), ("A B", "A and B"), ("A B C", "A, B and C")])
def test_names_are_put_together_as_people_do(names: str, expected: str) -> None:
    assert listed(names.split(), "and") == expected


def test_a_type_is_called_by_its_key_and_a_key_is_one() -> None:
    assert [name_of(Order), name_of(list[Order]), name_of("Order")] == ["Order", "list[Order]", "Order"]


def test_colours_are_put_on_patterns() -> None:
    text = coloured("`ship` waits", (BUILDER,))
    assert text.plain == "`ship` waits"
    assert [(span.start, span.end, span.style) for span in text.spans] == [(0, 6, "cyan")]
