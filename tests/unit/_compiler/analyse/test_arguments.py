"""A workflow's own arguments: from types to keys, and what is wrong with them."""

import sys
from typing import Any, NewType, Union

import pytest
from typing_extensions import TypeAliasType

from polaris import Take, Workflow
from polaris._compiler.analyse.arguments import read_arguments
from polaris._compiler.nouns import Settings
from polaris._model.keys import TypeForm


class A: ...


class B: ...


class C: ...


UserId = NewType("UserId", str)


def make() -> A: ...  # type: ignore[empty-body]


def settings(**arguments: Any) -> Settings:  # noqa: ANN401 - whatever a workflow takes
    found, faults = read_arguments(Workflow("flow", builders=[], **arguments))
    assert faults == ()
    return found


def told(**arguments: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - whatever a workflow takes
    """Give the argument, the message and the hint of every fault."""
    _, faults = read_arguments(Workflow("flow", builders=[], **arguments))
    return [(fault.at.part, fault.message, fault.hint) for fault in faults]


@pytest.mark.parametrize(
    ("target", "keys", "every"),
    [
        (A, ("A",), False),
        (A | B, ("A", "B"), False),
        (Union[B, A], ("B", "A"), False),  # noqa: UP007 - the old form
        (TypeAliasType("Either", A | B), ("A", "B"), False),
        (tuple[A, B], ("A", "B"), True),
        (TypeAliasType("Both", tuple[A, B]), ("A", "B"), True),
        (tuple[A, ...], ("tuple[A, ...]",), False),
        (list[A], ("list[A]",), False),
    ],
    ids=str,
)
def test_a_target_is_a_type_or_any_of_a_union_or_all_of_a_tuple(
    target: TypeForm, keys: tuple[str, ...], every: bool
) -> None:
    found = settings(target=target)
    assert (found.target, found.target_all) == (keys, every)


def test_types_become_keys() -> None:
    found = settings(target=A, inputs=[B, UserId], transients=[UserId], prefer={A: make}, renamed={"Old": B})
    assert found.inputs == {"B", "UserId"}
    assert found.transients == {"UserId"}
    assert found.prefer == {"A": make}
    assert found.renamed == {"Old": "B"}
    assert set(found.types) == {
        ("A", A, "target"),
        ("B", B, "inputs"),
        ("UserId", UserId, "inputs"),
        ("UserId", UserId, "transients"),
        ("A", A, "prefer"),
        ("B", B, "renamed"),
    }


def test_inputs_that_were_left_out_are_not_an_empty_list() -> None:
    assert settings(target=A).inputs is None
    assert settings(target=A, inputs=[]).inputs == frozenset()


def test_all_faults_are_found_at_once_and_what_is_right_is_kept() -> None:
    workflow: Workflow[Any] = Workflow(
        "flow", target=A, builders=[], inputs=[str, B], transients=[Take[C]], renamed={"Old": C, "Older": int}
    )
    found, faults = read_arguments(workflow)
    assert [fault.at.part for fault in faults] == ["inputs", "transients", "renamed"]
    assert (found.inputs, found.transients, found.renamed) == ({"B"}, frozenset(), {"Old": "C"})


def test_a_builtin_is_no_datum_here_either() -> None:
    assert told(target=str) == [
        (
            "target",
            "`target` of workflow 'flow' names str, which does not say which datum it is",
            'Give it a name of its own: `Target = NewType("Target", str)`.',
        )
    ]


def test_no_type_is_no_target() -> None:
    ((part, message, hint),) = told(target=tuple[()])
    assert (part, message) == ("target", "`target` of workflow 'flow' names no type")
    assert hint == "Name the type that completes a run."


def test_markers_are_for_parameters() -> None:
    ((part, message, hint),) = told(target=A, inputs=[Take[B]])
    assert (part, message) == ("inputs", "`inputs` of workflow 'flow' names B, which has a marker")
    assert hint == "Name the type alone; markers are for parameters."


def test_a_preference_names_a_function() -> None:
    ((part, message, hint),) = told(target=A, prefer={A: "make"})
    assert (part, message) == ("prefer", "`prefer` of workflow 'flow' names 'make' for A, which is no builder")
    assert hint == "Name the function: `prefer={Quote: list_price}`."


def test_an_old_name_is_text() -> None:
    ((part, message, hint),) = told(target=A, renamed={B: A})
    assert (part, message) == ("renamed", "`renamed` of workflow 'flow' has B where the old name must stand")
    assert hint == 'Write the old name as text: `renamed={"Old": New}`.'


def endless() -> list[TypeForm]:
    """Give types that no key can be made of: one that is nested too deep, and aliases that stand for themselves."""
    deep: TypeForm = A
    for _ in range(5_000):
        deep = list[deep]
    names: dict[str, Any] = {}
    if sys.version_info >= (3, 12):
        exec("type Round = list[Round]\ntype Same = Same\ntype Deeper[X] = list[Deeper[X]]", names)
        return [deep, names["Round"], names["Same"], names["Deeper"][A]]
    return [deep]


@pytest.mark.parametrize("argument", ["target", "inputs", "transients", "prefer", "renamed"])
def test_a_type_without_end_is_refused_wherever_it_stands(argument: str) -> None:
    for form in endless():
        given = {"target": form, "prefer": {form: make}, "renamed": {"Old": form}}.get(argument, [form])
        [(part, message, hint)] = told(**{"target": A, argument: given})
        assert (part, hint) == (argument, "Name a class, or a NewType of it.")
        assert message.endswith("which stands for itself, or is nested too deep")
