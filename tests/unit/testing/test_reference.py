"""The rules of a call, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from polaris.testing.reference import Given, Reference, Role

Behaviour = Callable[..., Mapping[str, object] | None]


class Run(Reference):
    """A run of a few builders, each with what it makes of the values that it reads."""

    def __init__(
        self, *builders: tuple[Role, Behaviour], target: Sequence[str] = ("Z",), transients: str = "", passes: int = 5
    ) -> None:
        self.makes = {role.name: makes for role, makes in builders}
        self.ran_in_order: list[str] = []
        super().__init__(
            order=[role for role, _ in builders],
            target=target,
            target_all=False,
            transients=frozenset(transients),
            max_passes=passes,
        )

    def behave(self, role: Role, arguments: Sequence[str | None]) -> Mapping[str, object] | None:
        self.ran_in_order.append(role.name)
        return self.makes[role.name](*[None if key is None else self.value[key] for key in arguments])

    def calls(self, *deltas: Mapping[str, object]) -> Run:
        for delta in deltas:
            self.call(delta)
        return self


def needs(*keys: str, kind: str = "consumes", required: bool = True) -> Given:
    return Given(keys, kind, required)


def role(name: str, *inputs: Given, makes: str = "Z", once: bool = False) -> Role:
    """Give a builder; ``X|Y Z`` are two slots, of which the first has two variants."""
    return Role(name, inputs, [slot.split("|") for slot in makes.split()], once)


def double(number: int) -> Mapping[str, object]:
    return {"Z": 2 * number}


def fails(*_: object) -> None:
    return None


def declines(*_: object) -> Mapping[str, object]:
    return {}


def test_a_builder_has_to_be_told_what_it_does() -> None:
    reference = Reference(order=[], target=[], target_all=True, transients=frozenset(), max_passes=1)
    with pytest.raises(NotImplementedError):
        reference.behave(role("a"), [])


def test_a_builder_runs_when_what_it_needs_is_there_and_again_when_that_changes() -> None:
    run = Run((role("double", needs("A")), double)).calls({})
    assert (run.status, run.data) == ("open", {})
    run.call({"A": 1})
    assert (run.status, run.produced, run.data) == ("completed", {"Z": 2}, {"A": 1, "Z": 2})
    run.calls({}, {})
    assert run.ran_in_order == ["double"]
    run.call({"A": 1})
    assert run.ran_in_order == ["double"] * 2


def test_all_of_a_target_may_have_to_be_there() -> None:
    run = Run((role("double", needs("A")), double), target=("A", "B"))
    run.target_all = True
    assert run.calls({"A": 1}).status == "open"
    assert run.calls({"B": 1}).status == "completed"


def test_what_nothing_wakes_runs_once() -> None:
    run = Run((role("start", makes="A"), lambda: {"A": 4}), (role("double", needs("A")), double)).calls({}, {})
    assert (run.data, run.ran_in_order) == ({"A": 4, "Z": 8}, ["start", "double"])


def test_an_access_does_not_wake() -> None:
    run = Run((role("sum", needs("A"), needs("B", kind="access", required=False)), lambda a, b: {"Z": a + (b or 0)}))
    assert run.calls({"A": 1}, {"B": 2}).data["Z"] == 1
    assert run.calls({"A": 1}).data["Z"] == 3


def test_the_other_variant_withdraws_what_was_made_of_the_first() -> None:
    choose = role("choose", needs("A"), makes="X|Y"), lambda a: {"X": a} if a else {"Y": a}
    run = Run(choose, (role("use", needs("X")), lambda x: {"Z": x})).calls({"A": 1})
    assert run.data == {"A": 1, "X": 1, "Z": 1}
    assert run.calls({"A": 0}).data == {"A": 0, "Y": 0}


def test_who_declines_withdraws_what_it_had_made() -> None:
    run = Run((role("some", needs("A")), lambda a: {"Z": a} if a else {})).calls({"A": 1})
    assert run.data["Z"] == 1
    assert run.calls({"A": 0}).data == {"A": 0}


def test_what_is_taken_is_gone() -> None:
    run = Run((role("add", needs("A", kind="take"), needs("Z", kind="access", required=False)), _add))
    assert run.calls({"A": 1}, {"A": 2}).data == {"Z": 3}


def _add(a: int, z: int | None) -> Mapping[str, object]:
    return {"Z": a + (z or 0)}


def test_the_newest_alternative_is_read() -> None:
    run = Run((role("either", needs("A", "B")), lambda found: {"Z": found}))
    assert run.calls({"A": 1}, {"B": 2}).data["Z"] == 2
    assert run.calls({"A": 3}).data["Z"] == 3


def test_what_runs_once_does_so_unless_it_declines() -> None:
    run = Run((role("once", needs("A"), once=True), lambda a: {"Z": a} if a else {}))
    assert run.calls({"A": 0}, {"A": 1}, {"A": 2}).data == {"A": 2, "Z": 1}


def test_a_failure_leaves_what_was_made_before_it_and_is_tried_again() -> None:
    run = Run((role("first", needs("A"), makes="B"), lambda a: {"B": a}), (role("second", needs("B")), fails))
    run.call({"A": 1})
    assert (run.failed, run.status, run.data) == ("second", "failed", {"A": 1, "B": 1})
    run.makes["second"] = double
    run.call({})
    assert (run.status, run.data["Z"], run.ran_in_order) == ("completed", 2, ["first", "second", "second"])


class TestALoop:
    def loop(self, passes: int, most: int) -> Run:
        """Count up to a number, once in each pass."""
        count = role("count", needs("A"), needs("Z", kind="feedback", required=False))
        return Run((count, lambda a, z: {"Z": min((z or 0) + a, most)}), passes=passes)

    def test_it_ends_when_nothing_becomes_different(self) -> None:
        run = self.loop(9, 3).calls({"A": 1})
        assert (run.status, run.data["Z"], len(run.ran_in_order)) == ("completed", 3, 4)

    def test_it_is_stopped(self) -> None:
        run = self.loop(5, 100).calls({"A": 1})
        assert (run.failed, run.data["Z"]) == ("count", 5)


class TestADelivery:
    def test_of_the_variants_of_a_slot_the_last_counts(self) -> None:
        run = Run((role("choose", needs("A"), makes="X|Y"), fails), target=("X",))
        assert run.calls({"X": 1, "Y": 2}).data == {"Y": 2}
        assert run.calls({"X": 3}).data == {"X": 3}

    def test_gives_way_to_the_other_variant_when_that_is_made(self) -> None:
        run = Run((role("choose", needs("A"), makes="X|Y"), lambda a: {"Y": a}), target=("Y",))
        assert run.calls({"X": 1}).data == {"X": 1}
        assert run.calls({"A": 2}).data == {"A": 2, "Y": 2}

    def test_of_all_that_a_builder_makes_stands_for_its_run(self) -> None:
        run = Run((role("double", needs("A")), double), (role("once", needs("A"), makes="O", once=True), fails))
        run.call({"Z": 5, "O": 6})
        assert run.calls({}).data == {"Z": 5, "O": 6}
        assert run.calls({"A": 1}).data == {"A": 1, "Z": 2, "O": 6}
        assert run.ran_in_order == ["double"]

    def test_with_what_wakes_the_builder_does_not(self) -> None:
        run = Run((role("double", needs("A")), double))
        assert run.calls({"A": 1, "Z": 5}).data == {"A": 1, "Z": 2}


class TestTransients:
    def test_one_that_was_made_is_there_when_its_call_goes_on_and_gone_in_the_next(self) -> None:
        make = role("make", needs("A"), makes="T"), lambda a: {"T": a}
        run = Run(make, (role("use", needs("T")), fails), transients="T").calls({"A": 1})
        assert (run.status, run.data) == ("failed", {"A": 1})
        run.makes["use"] = double
        run.call({})
        assert (run.status, run.data, run.ran_in_order) == ("completed", {"A": 1, "Z": 2}, ["make", "use", "use"])
        run.makes["use"] = declines
        assert run.calls({"B": 1}).data["Z"] == 2

    def test_one_that_was_delivered_is_gone_when_its_call_goes_on(self) -> None:
        run = Run((role("use", needs("T")), fails), transients="T").calls({"T": 1})
        run.makes["use"] = double
        assert run.calls({}).status == "open"

    def test_one_that_was_made_of_what_is_gone_is_gone_too(self) -> None:
        make = role("make", needs("T"), makes="U"), lambda t: {"U": t}
        run = Run(make, (role("use", needs("U")), fails), transients="TU").calls({"T": 1})
        run.makes["use"] = double
        assert run.calls({}).status == "open"
