"""The questions to a graph, beyond the one fault of each kind in `test_codes`."""

import pytest

from tests.unit._compiler.modules import HEADER, Write, faults_of, texts, workflow_of


def told(write: Write, text: str) -> list[tuple[str, str]]:
    """Give the code and the message of every fault in a module."""
    found = faults_of(workflow_of(write(HEADER + text)))
    return [(each.code, each.message) for each in found]


def hint(write: Write, text: str) -> str:
    (found,) = faults_of(workflow_of(write(HEADER + text)))
    return found.hint


# --- names and types -------------------------------------------------------------------------------------------------


def test_an_old_name_may_not_be_the_name_of_another(write: Write) -> None:
    text = """
@builder
def one(a: A) -> B: ...
@builder(renamed_from="one")
def two(b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
    message = "`two` says it was called `one`, which `one` is or was called"
    assert told(write, text) == [("POL205", message)]


def test_two_builders_may_not_have_had_one_name(write: Write) -> None:
    text = """
@builder(renamed_from=["old", "older"])
def one(a: A) -> B: ...
@builder(renamed_from="older")
def two(b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
    message = "`two` says it was called `older`, which `one` is or was called"
    assert told(write, text) == [("POL205", message)]


def test_a_builder_may_have_its_old_name_again(write: Write) -> None:
    text = "@builder(renamed_from='one')\ndef one(a: A) -> B: ...\nflow = Workflow('flow', target=B)\n"
    assert told(write, text) == []


def test_a_type_that_was_defined_again_is_told_so(write: Write) -> None:
    text = """
@builder
def one(a: A) -> C: ...
class A: ...
@builder
def two(a: A, c: C) -> B: ...
@builder
def three(a: A, b: B) -> D: ...
flow = Workflow("flow", target=D)
"""
    assert hint(write, text) == "A was defined again after it had been used: run what uses it again."


def test_two_types_with_one_key_are_found_among_resources_slots_and_arguments(write: Write) -> None:
    text = """
def other():
    class A: ...
    class B: ...
    class C: ...
    return A, B, C
A2, B2, C2 = other()
@builder
def one(a: A, c: Resource[C]) -> B: ...
@builder
def two(b: B, c: Resource[C2]) -> D: ...
flow = Workflow("flow", target=D, inputs=[A2], transients=[B2])
"""
    found = told(write, text)
    assert [code for code, _ in found] == ["POL204"] * 3
    assert {message[0] for _, message in found} == {"A", "B", "C"}


def test_a_generic_of_two_types_with_one_key_is_two_types_too(write: Write) -> None:
    text = """
def other():
    class A: ...
    return A
A2 = other()
@builder
def one(a: list[A]) -> B: ...
@builder
def two(a: list[A2], b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
    ((code, message),) = told(write, text)
    assert (code, message.split(":")[0]) == ("POL204", "list[A] is the key of two types")


def test_one_type_in_two_spellings_is_one_type(write: Write) -> None:
    text = """
@builder
def one(a: list[A | None]) -> B: ...
@builder
def two(a: list[None | A], b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
    assert told(write, text) == []


@pytest.mark.parametrize(
    "builders",
    [
        "def one(a: A) -> B: ...\n@builder\ndef two(b: B) -> A2: ...\n@builder\ndef three(a: A2) -> C: ...",
        "def one(a: A) -> A2: ...\n@builder\ndef two(a: A2) -> C: ...",
        "def one(b: B) -> A: ...\n@builder\ndef two(b: B) -> A2: ...\n@builder\ndef three(a: A) -> C: ...",
        "def one(a: Take[A]) -> B: ...\n@builder\ndef two(b: B, a: A2) -> C: ...",
    ],
    ids=["a cycle", "its own product", "two makers", "taken and read"],
)
def test_what_only_follows_from_two_types_with_one_key_is_not_told(builders: str, write: Write) -> None:
    other = "def other():\n    class A: ...\n    return A\nA2 = other()\n"
    text = f"{other}@builder\n{builders}\nflow = Workflow('flow', target=C)\n"
    assert [code for code, _ in told(write, text)] == ["POL204"]


def test_a_cycle_beside_two_types_with_one_key_is_told(write: Write) -> None:
    text = """
def other():
    class A: ...
    return A
A2 = other()
@builder
def one(a: A, c: C) -> B: ...
@builder
def two(a: A2, b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
    assert [code for code, _ in told(write, text)] == ["POL203", "POL204"]


# --- who makes what --------------------------------------------------------------------------------------------------


def test_several_producers_that_nobody_needs_are_only_unused(write: Write) -> None:
    text = """
@builder
def make(a: A) -> B: ...
@builder
def one(a: A) -> C: ...
@builder
def two(a: A) -> C: ...
flow = Workflow("flow", target=B)
"""
    assert [code for code, _ in told(write, text)] == ["POL301", "POL301"]


def test_a_producer_that_was_not_preferred_is_not_called_unused(write: Write) -> None:
    text = """
@builder
def one(a: A) -> B: ...
@builder
def two(a: A) -> B: ...
flow = Workflow("flow", target=B, prefer={B: two})
"""
    assert told(write, text) == []


def test_three_producers_are_listed_as_in_a_sentence(write: Write) -> None:
    text = """
@builder
def one(a: A) -> B: ...
@builder
def two(a: A) -> B: ...
@builder
def three(a: A) -> B: ...
flow = Workflow("flow", target=B)
"""
    assert told(write, text) == [("POL202", "B is produced by `one`, `three` and `two`")]


def test_a_preference_for_a_key_that_nobody_makes_is_told(write: Write) -> None:
    text = """
@builder
def one(a: A) -> B: ...
def stranger(a: A) -> B: ...
flow = Workflow("flow", target=B, prefer={C: one, B: stranger})
"""
    assert told(write, text) == [
        ("POL211", "`prefer` names `one` for C, but it makes `B`"),
        ("POL211", "`prefer` names `stranger` for B, but it is no builder of the workflow"),
    ]


def test_a_target_of_several_keys_needs_all_producers(write: Write) -> None:
    text = "@builder\ndef make(a: A) -> B: ...\nflow = Workflow('flow', target=tuple[B, C])\n"
    assert told(write, text) == [("POL201", "no builder of workflow 'flow' produces its target C")]


def test_an_input_may_be_left_out_where_nothing_requires_it(write: Write) -> None:
    text = """
@builder
def make(a: A | C, b: Access[D], e: E | None = None) -> B: ...
flow = Workflow("flow", target=B, inputs=[C])
"""
    assert told(write, text) == []


def test_what_is_missing_is_not_asked_while_something_could_not_be_read(write: Write) -> None:
    text = """
@builder
def make(a: A, c: C): ...
@builder
def unused(a: A) -> D: ...
flow = Workflow("flow", target=B, inputs=[A])
"""
    assert [code for code, _ in told(write, text)] == ["POL102"]


# --- order -----------------------------------------------------------------------------------------------------------


def test_a_builder_may_read_its_own_product_without_waiting_for_it(write: Write) -> None:
    text = """
@builder
def one(a: A, before: Access[B]) -> B: ...
@builder
def two(b: B, before: Feedback[C] | None = None) -> C: ...
flow = Workflow("flow", target=C)
"""
    assert told(write, text) == []


def test_taking_ones_own_product_is_waiting_for_it(write: Write) -> None:
    text = "@builder\ndef make(a: A, b: Take[B]) -> B: ...\nflow = Workflow('flow', target=B)\n"
    assert told(write, text) == [("POL206", "`make` waits for B, which it makes itself")]


def test_a_cycle_through_an_access_is_a_cycle(write: Write) -> None:
    text = """
@builder
def one(c: Access[C]) -> B: ...
@builder
def two(b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
    assert texts(faults_of(workflow_of(write(HEADER + text)))) == {
        "POL203": "builders wait for each other: `one` -> `two` -> `one`"
    }


def test_a_loop_that_is_closed_by_feedback_is_no_cycle(write: Write) -> None:
    text = """
@builder
def one(a: A, c: Feedback[C] | None = None) -> B: ...
@builder
def two(b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
    assert told(write, text) == []


def test_a_cycle_of_feedback_alone_says_that_one_must_wait(write: Write) -> None:
    text = """
@builder
def one(a: A, c: Feedback[C]) -> B: ...
@builder
def two(b: Feedback[B]) -> C: ...
flow = Workflow("flow", target=C)
"""
    (found,) = faults_of(workflow_of(write(HEADER + text)))
    assert found.message == "builders wait for each other: `one` -> `two` -> `one`"
    assert [related.message for related in found.related] == [
        "`one` reads C as it was before `two` makes it",
        "`two` reads B as it was before `one` makes it",
    ]
    assert found.hint == (
        "Not all of them can read the pass before: let one consume what another makes without Feedback."
    )


def test_a_way_through_feedback_and_needs_can_be_broken_at_the_need(write: Write) -> None:
    text = """
@builder
def one(c: Feedback[C], d: D) -> B: ...
@builder
def two(a: A) -> tuple[C, D]: ...
flow = Workflow("flow", target=tuple[B, C])
"""
    assert "`d: Feedback[D]` in `one`" in hint(write, text)


# --- what does not last ----------------------------------------------------------------------------------------------


def test_two_takers_are_one_too_many(write: Write) -> None:
    text = """
@builder
def one(a: Take[A]) -> B: ...
@builder
def two(a: Take[A]) -> C: ...
flow = Workflow("flow", target=tuple[B, C])
"""
    assert told(write, text) == [("POL207", "`one` takes A away, but `two` takes it too")]


def test_who_does_not_require_a_taken_key_may_read_it(write: Write) -> None:
    text = """
@builder
def one(a: Take[A]) -> B: ...
@builder
def two(d: D, a: A | None = None) -> C: ...
@builder
def three(d: D, a: Access[A]) -> E: ...
flow = Workflow("flow", target=tuple[B, C, E])
"""
    assert told(write, text) == []


def test_the_maker_of_a_transient_must_be_able_to_make_it_again(write: Write) -> None:
    text = """
@builder(once=True)
def one(a: A) -> B: ...
@builder
def two(b: B, t: Take[D]) -> C: ...
@builder
def three(c: C, f: Feedback[A]) -> E: ...
class F: ...
@builder
def four(e: E) -> F: ...
flow = Workflow("flow", target=F, transients=[B, C, E])
"""
    assert told(write, text) == [
        ("POL208", "B is transient, but its maker `one` runs once, so it cannot be made again when it is lost"),
        ("POL208", "C is transient, but its maker `two` reads with Take, so it cannot be made again"),
        ("POL208", "E is transient, but its maker `three` reads with Feedback, so it cannot be made again"),
    ]


def test_who_makes_no_transient_may_do_all_that(write: Write) -> None:
    text = """
@builder(once=True)
def make(a: A, t: Take[D], f: Feedback[C] | None = None) -> B: ...
flow = Workflow("flow", target=B, transients=[A])
"""
    assert told(write, text) == []


# --- doubtful --------------------------------------------------------------------------------------------------------


def test_an_access_does_not_pull_a_builder_in(write: Write) -> None:
    text = """
@builder
def make(a: A, c: Access[C]) -> B: ...
@builder
def one(a: A) -> C: ...
flow = Workflow("flow", target=B | D)
@builder
def two(a: A) -> D: ...
"""
    assert told(write, text) == [("POL301", "`one` is not on the way to the target B or D and never runs")]


def test_a_target_of_all_is_told_with_and(write: Write) -> None:
    text = """
@builder
def make(a: A) -> tuple[B, C]: ...
@builder
def one(a: A) -> D: ...
flow = Workflow("flow", target=tuple[B, C])
"""
    assert told(write, text) == [("POL301", "`one` is not on the way to the target B and C and never runs")]
