"""Every kind of fault, once: what is said, where, and what to do, whether hints are live or text."""

from __future__ import annotations

from typing import NamedTuple

import pytest

import polaris._assembly  # noqa: F401 - which lets the codec say what cannot be stored
from polaris._compiler.codes import RULES
from polaris._model.diagnostic import Severity
from tests.unit._compiler.modules import FUTURE, HEADER, TODAY, Write, faults_of, read, spot_of, workflow_of


class Case(NamedTuple):
    """A module with one fault; the first brackets stand around its place, the others around related places."""

    code: str
    text: str
    message: str
    hint: str
    related: tuple[str, ...] = ()
    as_text: str = ""
    """The message where hints are text, if it is another one."""


CASES = (
    Case(
        "POL101",
        """
@builder
def make(⟦a⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "parameter `a` of `make` has no type hint",
        "Say what it consumes: `a: SomeType`.",
    ),
    Case(
        "POL102",
        """
@builder
def ⟦make⟧(a: A): ...
flow = Workflow("flow", target=B, builders=[make])
""",
        "`make` does not say what it produces",
        "Add a return type: `-> SomeType`, or `-> SomeType | None` if it may decline.",
    ),
    Case(
        "POL103",
        """
@builder
def make(⟦user_id: str⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "`str` in `make` does not say which datum it is: data are told apart by their types",
        'Give it a name of its own: `UserId = NewType("UserId", str)`.',
    ),
    Case(
        "POL104",
        """
class Customer: ...
@builder
def make(a: A, ⟦customer: "Custoner"⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "`Custoner` in a hint of `make` cannot be found",
        "Did you mean `Customer`?",
    ),
    Case(
        "POL105",
        """
if TYPE_CHECKING:
    from decimal import Decimal as Price
@builder
def make(⟦price: "Price"⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "`Price` in a hint of `make` is bound under TYPE_CHECKING only, and hints are read at run time",
        "Move it out of the `if TYPE_CHECKING:` block; ruff leaves it there if its configuration says "
        '`lint.flake8-type-checking.runtime-evaluated-decorators = ["polaris.builder"]`.',
    ),
    Case(
        "POL106",
        """
def made():
    class Local: ...
    @builder
    def make(⟦x: "Local"⟧) -> B: ...
    return Workflow("flow", target=B, builders=[make])
flow = made()
""",
        "`Local` in a hint of `make` is local to `made`, where a hint in text form cannot see it",
        "Move `Local` to module level, or drop the future import (or the quotes) that turns the hint into text.",
    ),
    Case(
        "POL107",
        """
@builder
def make(⟦x: "A +"⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "the hint `A +` in `make` cannot be evaluated: SyntaxError: invalid syntax (<string>, line 1)",
        "Correct the hint; it must be valid when the workflow is compiled.",
        as_text="the hint `'A +'` in `make` cannot be evaluated: SyntaxError: invalid syntax (<string>, line 1)",
    ),
    Case(
        "POL108",
        """
@builder
def make(a: A, ⟦c: C | None⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "parameter `c` of `make` allows None but has no default, and None is never a value",
        "Write `c: ... | None = None` if it is optional, or leave out `| None` if it is required.",
    ),
    Case(
        "POL109",
        """
@builder
def make(a: A, *, c: C, **⟦rest: D⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "`make` takes `**rest`, which does not say what it consumes",
        "Give every datum a parameter of its own.",
    ),
    Case(
        "POL110",
        """
@builder
def send(a: A) -> ⟦None⟧: ...
flow = Workflow("flow", target=B)
""",
        "`send` returns no datum, so nothing can depend on it",
        "Return a datum that says what was done, such as `-> ReceiptSent`.",
    ),
    Case(
        "POL111",
        """
@builder
def make(⟦x: Take[A | C]⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "`A | C` in `make` joins a marker and a union of types",
        "Write a parameter for each type; only `| None` may stand beside a type with a marker.",
    ),
    Case(
        "POL112",
        """
@builder
def make(⟦a: A⟧, ⟦other_a: A⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "A stands in two parameters of `make`",
        'Name it once, or tell the two apart: `OtherA = NewType("OtherA", A)`.',
        ("the other parameter",),
    ),
    Case(
        "POL113",
        """
@builder
def ⟦make⟧(a: A) -> B:
    yield B()
flow = Workflow("flow", target=B)
""",
        "`make` is a generator, but a builder returns what it made",
        "Return the values, as a list or tuple, instead of yielding them.",
    ),
    Case(
        "POL201",
        """
flow = Workflow("flow", ⟦target=B⟧, builders=[])
""",
        "no builder of workflow 'flow' produces its target B",
        "Add a builder that returns `B`, or check that the module or list holds it and that it is marked.",
    ),
    Case(
        "POL202",
        """
@builder
def one(a: A) -> ⟦B⟧: ...
@builder
def two(a: A) -> ⟦B⟧: ...
flow = Workflow("flow", target=B)
""",
        "B is produced by `one` and `two`",
        "Choose one: `prefer={B: one}`, or give the others a type of their own.",
        ("`two` makes it too",),
    ),
    Case(
        "POL203",
        """
@builder
def one(⟦c: C⟧) -> B: ...
@builder
def two(⟦b: B⟧) -> C: ...
flow = Workflow("flow", target=B)
""",
        "builders wait for each other: `one` -> `two` -> `one`",
        "Let one of them read the value of the pass before, which is not waited for: `c: Feedback[C]` in `one`.",
        ("`two` waits for B, which `one` makes", "`one` waits for C, which `two` makes"),
    ),
    Case(
        "POL204",
        """
def other():
    class A: ...
    return A
@builder
def one(⟦a: A⟧) -> C: ...
OtherA = other()
@builder
def two(⟦a: OtherA⟧, c: C) -> B: ...
flow = Workflow("flow", target=B)
""",
        "A is the key of two types: written.A and written.other.<locals>.A",
        "Rename one of them, or import the same one in both places.",
        ("here A is written.A",),
    ),
    Case(
        "POL205",
        """
@builder
def ⟦make⟧(a: A) -> B: ...
@builder(name="make")
def ⟦make_c⟧(a: A) -> C: ...
flow = Workflow("flow", target=tuple[B, C])
""",
        "two builders have the name `make`",
        'Give one of them another name: `@builder(name="...")`.',
        ("the other builder",),
    ),
    Case(
        "POL206",
        """
@builder
def make(a: A, ⟦before: B⟧) -> B: ...
flow = Workflow("flow", target=B)
""",
        "`make` waits for B, which it makes itself",
        "Read the value of the pass before: `before: Feedback[B]`, or without waking: `Access[B]`.",
    ),
    Case(
        "POL207",
        """
@builder
def one(⟦a: Take[A]⟧) -> B: ...
@builder
def two(⟦a: A⟧) -> C: ...
flow = Workflow("flow", target=tuple[B, C])
""",
        "`one` takes A away, but `two` requires it too",
        "Leave A to one builder: let `one` produce what the others need, or consume it without Take.",
        ("`one` takes it here",),
    ),
    Case(
        "POL208",
        """
@builder
def make(a: A, ⟦c: Feedback[C]⟧) -> B: ...
flow = Workflow("flow", target=B, transients=[C])
""",
        "C is transient, but `make` reads it as it was in the pass before",
        "Take C out of `transients`, or read it without Feedback.",
    ),
    Case(
        "POL209",
        """
@builder
def one(a: A) -> ⟦tuple[B, C]⟧: ...
@builder
def two(a: A) -> B: ...
flow = Workflow("flow", target=tuple[B, C], prefer={B: two})
""",
        "`one` is in the plan for `C` and makes B too, for which `two` is preferred",
        "Split `one` so that what makes B is a builder of its own.",
    ),
    Case(
        "POL210",
        """
@builder
def make(a: A, ⟦c: C | D⟧) -> B: ...
flow = Workflow("flow", target=B, inputs=[A])
""",
        "`make` requires C | D, which is neither in `inputs` nor made by a builder",
        "Add C | D to `inputs`, or add a builder that returns it.",
    ),
    Case(
        "POL211",
        """
@builder
def one(a: A) -> B: ...
@builder
def two(a: A, b: B) -> C: ...
flow = Workflow("flow", target=C, ⟦prefer={B: two}⟧)
""",
        "`prefer` names `two` for B, but it makes `C`",
        "Name one of the producers of B: `one`.",
    ),
    Case(
        "POL212",
        """
@builder
def make(a: A) -> B: ...
flow = Workflow("flow", ⟦target=B⟧, transients=[B])
""",
        "the target B is transient, so it would be lost when the call that makes it ends",
        "Take B out of `transients`, or produce a target that can be kept.",
    ),
    Case(
        "POL213",
        """
@builder
def make(a: A) -> B: ...
flow = Workflow("flow", target=B, ⟦inputs=[A, "C"]⟧)
""",
        "`inputs` of workflow 'flow' names 'C', which is not a type of data",
        "Use a class, a NewType or a generic such as `list[Item]`.",
    ),
    Case(
        "POL301",
        """
@builder
def make(a: A) -> B: ...
@builder
def ⟦send⟧(a: A) -> C | D: ...
flow = Workflow("flow", target=B)
""",
        "`send` is not on the way to the target B and never runs",
        "If it is there for its effect, put its product into the target: `target=tuple[..., C, D]`.",
    ),
    Case(
        "POL302",
        """
@builder
def make(a: A) -> ⟦B | C⟧: ...
flow = Workflow("flow", target=B)
""",
        "when `make` makes C, the run ends there: nobody reads it, and it is no target",
        "Add a builder that takes it from there, or make it a target: `target=... | C`.",
    ),
    Case(
        "POL303",
        """
@builder
def make(a: A) -> ⟦B | C⟧: ...
@builder
def end(b: B, c: C | None = None) -> D: ...
flow = Workflow("flow", target=D)
""",
        "once `make` has made C, the target D cannot be reached with data that are still absent",
        "Let a builder lead from C to the target, or make what it leads to a target too.",
    ),
    Case(
        "POL304",
        """
@builder
def make(⟦either: A | B⟧) -> C: ...
flow = Workflow("flow", target=C)
""",
        "what `make` makes depends on the order in which data arrive: A, then B: it sees B; B, then A: it sees A",
        "Read them with two parameters, and decide in `make`.",
    ),
    Case(
        "POL305",
        """
@builder
def decide(⟦a: A⟧, ⟦b: B⟧) -> C | None: ...
flow = Workflow("flow", target=C)
""",
        "`decide` decides on A and B, which may arrive apart: a new A meets the old B",
        "If a B counts for one decision only, take it: `b: Take[B]`.",
        related=("the other one",),
    ),
    Case(
        "POL306",
        """
@builder
def make(⟦a: A⟧, b: B) -> C: ...
flow = Workflow("flow", target=C, transients=[A])
""",
        "`make` requires A, which later calls cannot see: a later B undoes its product",
        "Make what is needed of A in a builder of its own, whose product is kept.",
    ),
    Case(
        "POL307",
        """
@dataclass
class Cart:
    items: tuple[str, ...]
@builder
def make(⟦cart: Cart⟧) -> C: ...
flow = Workflow("flow", target=C)
""",
        "values of Cart can be changed in place, by one builder for all the others",
        "Freeze the class (`@dataclass(frozen=True)`), or deliver a tuple instead of a list.",
    ),
    Case(
        "POL308",
        """
def hidden():
    @builder
    def ⟦make⟧(a: A) -> C: ...
    return make
flow = Workflow("flow", target=C, builders=[hidden()])
""",
        "`make` cannot be found by name in its module: it stays in this process, and its plan is not kept",
        "Define it at the top level of a module.",
    ),
    Case(
        "POL401",
        """
@dataclass
class Order:
    ⟦note: Any⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order.note: Any` does not say what it holds, so that what is stored would be read back as something else",
        "Name the type, or a union of types that JSON can tell apart.",
        related=("the field",),
    ),
    Case(
        "POL402",
        """
from collections.abc import Sequence
@dataclass
class Order:
    ⟦lines: Sequence[str]⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order.lines: Sequence[str]` names an interface, which does not say as what a stored value is read back",
        "Name the class: `list[str]` or `tuple[str, ...]`.",
        related=("the field",),
    ),
    Case(
        "POL403",
        """
import threading
@dataclass
class Order:
    number: int
    ⟦busy: threading.Event⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order.busy: Event` cannot be stored: nobody knows how to write an Event as JSON",
        "Make it a dataclass of what it is made from; a service belongs in `Resource[Event]`.",
        related=("the field",),
    ),
    Case(
        "POL404",
        """
@dataclass
class Order:
    ⟦seats: dict[tuple[int, int], str]⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order.seats: dict[tuple[int, int], str]` cannot be stored: JSON has no keys that are tuple[int, int]",
        "Use keys of text, numbers, dates or enums, or a list of pairs: `list[tuple[tuple[int, int], str]]`.",
        related=("the field",),
    ),
    Case(
        "POL405",
        """
from dataclasses import InitVar
@dataclass
class Order:
    number: int
    ⟦rate: InitVar[int]⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order.rate: int` is an InitVar: it is not kept, so that it is missing when a stored value is read back",
        "Make `rate` a field of its own, or work it out before the value is made.",
        related=("the field",),
    ),
    Case(
        "POL406",
        """
import attrs
@attrs.define
class Order:
    ⟦_number: int⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order._number: int` is a private field of an attrs class, which is not written",
        "Call it `number`, or make the class a dataclass, whose private fields are kept.",
        related=("the field",),
    ),
    Case(
        "POL407",
        """
@dataclass(eq=False)
class Order:
    number: int
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order` cannot be stored: Order has no equality, so that nobody can check that it comes back as it was",
        "Take `eq=False` from Order, or give it an `__eq__`.",
    ),
    Case(
        "POL408",
        """
from dataclasses import field
@dataclass
class Order:
    number: int
    ⟦note: str = field(compare=False)⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order.note: str` is left out of comparisons, but it is stored, and must come back equal all the same",
        "Let `note` take part in comparisons, or leave it out of the class if it is no part of the value.",
        related=("the field",),
    ),
    Case(
        "POL409",
        """
@dataclass
class Card:
    number: str
@dataclass
class Upi:
    address: str
@dataclass
class Order:
    ⟦pay: Card | Upi⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order.pay: Card | Upi` cannot be read back: JSON cannot tell Card from Upi: both are objects",
        "Make all of them Structs with a tag: `class Card(msgspec.Struct, tag=True)`.",
        related=("the field",),
    ),
    Case(
        "POL410",
        """
@dataclass
class Order:
    ⟦scan: memoryview⟧
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        "`Order.scan: memoryview` is a view of memory that belongs to something else, which is not stored with it",
        "Use `bytes`.",
        related=("the field",),
    ),
    Case(
        "POL411",
        """
from enum import Enum
class Seat(Enum):
    WINDOW = (1, 2)
@dataclass
class Order:
    seat: Seat
@builder
def make(a: A) -> ⟦Order⟧: ...
flow = Workflow("flow", target=Order, transients=[A])
""",
        (
            "`Order` cannot be stored: enums must contain either all str or all int values - "
            "type `<enum 'Seat'>` is not supported"
        ),
        "Change the type, or open the engine with a codec of your own: `codec=...`.",
    ),
)

ELSEWHERE = {"POL309": "needs more builders than a text can hold: test_doubts.py"}


@pytest.mark.parametrize("first_line", [FUTURE, TODAY], ids=["text", "live"])
@pytest.mark.parametrize("case", CASES, ids=[case.code for case in CASES])
def test_a_fault_is_told_at_its_place_with_what_to_do(case: Case, first_line: str, write: Write) -> None:
    text = read(first_line + HEADER + case.text)
    stored = case.code.startswith("POL4")
    (found,) = faults_of(workflow_of(write(text.plain)), thorough=True, stored=stored)
    assert found.code == case.code
    assert found.message == ((first_line == FUTURE and case.as_text) or case.message)
    assert found.hint == case.hint
    assert found.severity is (Severity.WARNING if case.code >= "POL3" else Severity.ERROR)
    related = tuple(each.message for each in found.related)
    assert related == case.related
    places = [found.place, *(each.place for each in found.related)]
    assert {(place.line, place.column, place.end_column) for place in places if place} == {
        spot[:3] for spot in text.spots
    }


def test_every_code_has_a_case() -> None:
    assert [case.code for case in CASES] == [rule.code for rule in RULES if rule.code not in ELSEWHERE]


def test_a_fault_stands_where_the_brackets_are_and_shows_the_line(write: Write) -> None:
    text = read(HEADER + CASES[0].text)
    (found,) = faults_of(workflow_of(write(text.plain)))
    assert spot_of(found) == text.spots[0]
    assert found.place is not None
    assert found.place.file.endswith("written.py")


def test_no_two_kinds_of_fault_share_a_code_or_a_title() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.title for rule in RULES}) == len(RULES)


def test_a_code_tells_its_family() -> None:
    families = {"POL1": Severity.ERROR, "POL2": Severity.ERROR, "POL3": Severity.WARNING, "POL4": Severity.ERROR}
    told = {rule.code: rule.severity for rule in RULES if rule.code != "POL408"}  # it can be stored all the same
    assert told == {code: families[code[:4]] for code in told}
