"""Faults before they have a place."""

from polaris._compiler.codes import NO_HINT
from polaris._compiler.faults import RETURN, Anchor, fault


def make() -> None: ...


def test_a_fault_fills_the_words_into_its_row() -> None:
    at = Anchor(thing=make, part="x")
    other = Anchor(thing=make, part=RETURN)
    found = fault(NO_HINT, at, ("there", other), parameter="x", builder="`make`")
    assert found.message == "parameter `x` of `make` has no type hint"
    assert found.hint == "Say what it consumes: `x: SomeType`."
    assert found.at == at
    assert found.related == (("there", other),)
    assert found.rule is NO_HINT


def test_an_anchor_is_the_whole_thing_if_nothing_else_is_said() -> None:
    assert Anchor(thing=make).part == ""
