"""Cycles among names, compared with looking for all of them the slow way."""

from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from polaris._compiler.cycles import cycles

NAMES = "abcdefg"
GRAPHS = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), unique=True, max_size=4))


def reachable(start: str, after: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(after.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(after.get(name, ()))
    return found


def knots(after: Mapping[str, list[str]]) -> set[frozenset[str]]:
    """Give the sets of at least two names that reach each other."""
    reach = {name: reachable(name, after) for name in NAMES}
    sets = {frozenset(other for other in reach[name] if name in reach[other]) for name in NAMES}
    return {knot for knot in sets if len(knot) > 1}


def test_names_without_a_cycle_have_none() -> None:
    assert list(cycles("abc", {"a": ["b", "c"], "b": ["c"]})) == []
    assert list(cycles("", {})) == []


def test_a_cycle_begins_with_its_smallest_name() -> None:
    assert list(cycles("cba", {"b": ["c"], "c": ["a"], "a": ["b"]})) == [("a", "b", "c")]


def test_a_cycle_is_as_short_as_it_can_be() -> None:
    assert list(cycles("abcd", {"a": ["b", "d"], "b": ["c"], "c": ["a"], "d": ["a"]})) == [("a", "d")]


def test_every_knot_is_told_once() -> None:
    after = {"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["c", "e"]}
    assert sorted(cycles("abcde", after)) == [("a", "b"), ("c", "d")]


@given(GRAPHS)
def test_every_knot_has_a_way_round_that_exists_and_goes_through_its_smallest_name(
    after: dict[str, list[str]],
) -> None:
    after = {name: [other for other in others if other != name] for name, others in after.items()}
    expected = knots(after)
    found = list(cycles(NAMES, after))
    assert {min(knot) for knot in expected} == {cycle[0] for cycle in found}
    assert len(found) == len(expected)
    for cycle in found:
        assert any(knot.issuperset(cycle) and min(knot) == cycle[0] for knot in expected)
        assert len(set(cycle)) == len(cycle)
        assert all(other in after[name] for name, other in pairwise((*cycle, cycle[0])))


def test_a_long_cycle_needs_no_recursion() -> None:
    names = [f"n{number:05}" for number in range(20_000)]
    after = {name: [other] for name, other in pairwise([*names, names[0]])}
    assert list(cycles(names, after)) == [tuple(names)]
