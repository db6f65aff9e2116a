"""Random modules of a user: builders with good and bad signatures, and a workflow of them.

A module that Python itself would not import is nobody's compiler's business: a hint that cannot be evaluated stands
in quotes, unless the module has a future import. Everything else may be wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

FUTURE = "from __future__ import annotations\n"
NEW = sys.version_info >= (3, 12)
"""Whether Python knows type parameters and the statement `type`."""

_TYPES = """\
import enum, functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING, Annotated, Any, ClassVar, Concatenate, Final, Generic, Literal, NamedTuple, Never, NewType, NoReturn,
    Optional, ParamSpec, Protocol, TypedDict, TypeVar, Union,
)
import typing as t
from typing_extensions import TypeAliasType
from polaris import Access, Context, Feedback, Resource, Retry, Take, Workflow, builder
import polaris as p

if TYPE_CHECKING:
    from decimal import Decimal
    import fractions as parts
    class Typed: ...

T = TypeVar("T")
P = ParamSpec("P")

class A: ...
class B: ...
class C: ...
class Größe: ...
class Page(Generic[T]): ...
class Talks(Protocol):
    def talk(self) -> str: ...
class Row(NamedTuple):
    a: "A"
    gone: "Gone" = None
class Shape(TypedDict, total=False):
    row: Row
    more: "list[Shape]"
class Color(enum.Enum):
    RED = 1
    ODD = object()
@dataclass
class Item(Page[A]):
    a: "A | None"
    more: "list[Item]" = field(default_factory=list)
    kind: ClassVar["Gone"] = None
    wrong: "1 / 0" = 0
class Outer:
    class Inner: ...

Number = NewType("Number", int)
Pages = NewType("Pages", "list[Page[A]]")
Either = A | B
Maybe = Optional[A]
Text = "A"
Chain = "Chase"
Chase = "Chain"
Named = TypeAliasType("Named", "A | B")
Loop = TypeAliasType("Loop", "list[Loop]")
Itself = TypeAliasType("Itself", "Itself")
Taken = Take[A]
value = A()

def noisy(function):
    @functools.wraps(function)
    def call(*given, **named):
        return function(*given, **named)
    return call

"""

_LATER = """\
type Both = A | B
type Many[X] = list[X]
type Round = list[Round]
type Same = Same
class Box[X]: ...

"""

_GOOD = (
    "A",
    "B",
    "C",
    "Größe",
    "Item",
    "Row",
    "Shape",
    "Color",
    "Number",
    "Pages",
    "Outer.Inner",
    "Page[A]",
    "list[B]",
)
_ODD = (
    "int", "str", "None", "object", "Any", "list", "dict[str, int]", "Either", "Maybe", "Text", "Chain", "Named",
    "Loop", "Itself", "Taken", "Context", "T", "P", "Page", "Page[T]", "Talks", "Decimal", "parts.Fraction", "Typed",
    "Gone", "t.Any", "t.Gone", "p.Take[C]", "value", "3", "'A'", "''", "'A |'", "' A'", "'A\\n'", "b'A'", "1 / 0",
    "A.gone", "[A]", "(A, B)", "()", "...", "Local", "lambda: A", "Literal['a']", "Never", "NoReturn", "Access",
    "Take[A, B]", "Access[None]", "Union", "tuple", "tuple[()]", "type[A]", "len", "f'{A}'", "Final[A]", "ClassVar[A]",
    "Callable[P, A]", "Callable[..., A]", "Concatenate[A, P]", "print", "A if value else B", "[A for A in (B,)][0]",
    "(yield)", "await A", "x := A", "list[*tuple[A]]", "'\\0'", "'" + "(" * 150 + "A" + ")" * 150 + "'",
    "'" + "list[" * 60 + "A" + "]" * 60 + "'", "'🙂'", "__import__('no_such_module_of_ours')",
)  # fmt: skip
_NEW = ("Both", "Many[A]", "Many", "Round", "Same", "Box[B]", "Many[Round]")
_AROUND = (
    "Access[{}]", "Take[{}]", "Feedback[{}]", "Resource[{}]", "Optional[{}]", "{} | None", "list[{}]", "Page[{}]",
    "tuple[{}]", "tuple[{}, ...]", "Annotated[{}, 'note']", "Annotated[{}, []]", "Awaitable[{}]", "Iterator[{}]",
    "Literal[{}]", "type[{}]", "frozenset[{}]",
)  # fmt: skip
_BETWEEN = ("{} | {}", "Union[{}, {}]", "tuple[{}, {}]", "dict[{}, {}]", "Callable[[{}], {}]", "Annotated[{}, {}]")

_NAMES = ("make", "end", "größe", "find")
_DECORATORS = (
    "@builder", "@builder", "@builder()", "@builder(once=True)", "@builder(\n    local=True,\n    rerun=True,\n)",
    "@builder(retry=Retry(on=(OSError, KeyError)), timeout=3)", "@noisy\n@builder",
)  # fmt: skip
_ODD_DECORATORS = ("@builder(name='same')", "@builder\n@noisy", "@builder(renamed_from='make')", "")
_BODIES = ("...", "'''Says\x0c nothing.'''", "...  # ends")
_ODD_BODIES = ("yield value", "value = yield")
_OLD = ("'Old'", "'A'", "''", "3")


class Module(NamedTuple):
    """A module of a user.

    Attributes:
        text: its source.
        future: whether its hints are text.
    """

    text: str
    future: bool


class _Author:
    """Writes the parts of a module, sound ones and others.

    Args:
        draw: what chooses.
        future: whether hints are text anyway.
        wild: of ten parts, how many may be anything.
    """

    def __init__(self, draw: st.DrawFn, *, future: bool, wild: int) -> None:
        self.draw = draw
        self._future = future
        self._wild = wild

    def strays(self, one_in: int = 1) -> bool:
        """Say whether the next part may be anything."""
        return bool(self._wild) and self.draw(st.integers(0, 9)) < self._wild and self.one_in(one_in)

    def one_in(self, number: int) -> bool:
        return number == 1 or self.draw(st.integers(1, number)) == number

    def one_of(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def hint(self, depth: int = 2) -> str:
        """Write any hint."""
        shape = self.draw(st.integers(0, 9 if depth else 5))
        if shape <= 3:
            return self.one_of(*_GOOD)
        if shape <= 5:
            return self.one_of(*_ODD, *(_NEW if NEW else ()))
        if shape <= 7:
            return self.one_of(*_AROUND).format(self.hint(depth - 1))
        return self.one_of(*_BETWEEN).format(self.hint(depth - 1), self.hint(depth - 1))

    def written(self, hint: str) -> str:
        """Write a hint as it can stand in a signature."""
        is_fine = not self.one_in(10) and _is_fine(hint, evaluated=not self._future)
        return hint if is_fine else repr(hint)

    def form(self, *sound: str) -> str:
        """Write a type as it can stand in an argument of a workflow."""
        hint = self.hint(1) if self.strays() else self.one_of(*sound)
        return hint if _is_fine(hint, evaluated=True) else repr(hint)


def _is_fine(hint: str, *, evaluated: bool) -> bool:
    """Say whether Python takes a hint where it stands."""
    try:
        exec(f"from __future__ import annotations\ndef f(a: {hint}): ...\n", {})
        if evaluated:
            eval(hint, dict(_KNOWN))
    except Exception:  # noqa: BLE001 - the odder the better
        return False
    return True


def _names() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": __name__}
    exec(_TYPES + (_LATER if NEW else ""), names)
    return names


_KNOWN = _names()


def _parameter(author: _Author, name: str, known: Sequence[str]) -> tuple[str, bool]:
    """Write a parameter; say whether it has a default."""
    if author.strays():
        default = author.one_of("", "", " = None", " = 3")
        hint = "" if author.one_in(8) else f": {author.written(author.hint())}"
        return f"{name}{hint}{default}", bool(default)
    form = author.one_of(*known)
    hint, default = author.draw(st.sampled_from([(form, ""), (f"{form} | None", " = None"), (f"Access[{form}]", "")]))
    return f"{name}: {author.written(hint)}{default}", bool(default)


def _parameters(author: _Author, known: Sequence[str]) -> list[str]:
    kinds = author.draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
    written = [_parameter(author, name, [kind]) for name, kind in zip("abö", kinds, strict=False)]
    parameters = [text for text, _ in sorted(written, key=lambda each: each[1])]
    if author.strays(3):
        parameters.append(author.one_of("*args", f"*args: {author.written(author.hint())}", "**named: A", "**named"))
    elif parameters and author.one_in(8):
        parameters.insert(len(parameters) - 1, "*")
    elif parameters and author.one_in(8):
        parameters.insert(1, "/")
    return parameters


def _returned(author: _Author, makes: Sequence[str]) -> str:
    if author.strays():
        return "" if author.one_in(8) else f" -> {author.written(author.hint())}"
    shape = author.one_of("{0}", "{0} | None", "{0} | {1}", "tuple[{0}, {1}]", "tuple[{1}, {0}] | None")
    return f" -> {author.written(shape.format(*makes))}"


def _builder(author: _Author, number: int) -> tuple[str, str]:
    """Write a builder, a sound one so that it consumes what those before it make; give its name and its text."""
    known = _GOOD if author.strays(3) else _GOOD[: 2 + 2 * number]  # a cycle, if it strays far enough
    makes = _GOOD[2 + 2 * number : 4 + 2 * number]
    name = author.one_of(*_NAMES) if author.strays(4) else _NAMES[number]
    decorator = author.one_of(*(_ODD_DECORATORS if author.strays(3) else _DECORATORS))
    word = author.one_of("def", "def", "async def")
    generic = "[X]" if NEW and author.strays(3) else ""
    parameters = _parameters(author, known)
    inside = ", ".join(parameters)
    if parameters and author.one_in(5):
        inside = "\n    " + ",\n    ".join(parameters) + "\n"
    body = author.one_of(*(_ODD_BODIES if author.strays(5) else _BODIES))
    text = f"{decorator}\n{word} {name}{generic}({inside}){_returned(author, makes)}: {body}\n"
    if author.one_in(10):  # made by a function, where a class of its own can be seen
        lines = "".join(f"    {line}\n" for line in text.split("\n") if line)
        text = f"def factory():\n    class Local: ...\n{lines}    return {name}\n{name} = factory()\n"
    return name, text


def _workflow(author: _Author, names: Sequence[str]) -> str:
    """Write the workflow; a sound one wants what the last builder makes."""
    known = _GOOD[: 2 + 2 * len(names)]
    arguments = [f"target={author.form(known[-2])}"]
    if author.strays(3):
        arguments.append(f"builders=[{', '.join(author.draw(st.lists(st.sampled_from(names), max_size=4)))}]")
    if author.strays(3):
        arguments.append(f"inputs=[{author.form(*known)}, {author.form(*known)}]")
    if author.strays(3):
        arguments.append(f"transients=[{author.form(*known)}]")
    if author.strays(3):
        arguments.append(f"prefer={{{_hashable(author.form(*known))}: {author.one_of(*names, 'value', 'noisy')}}}")
    if author.strays(3):
        arguments.append(f"renamed={{{author.one_of(*_OLD)}: {author.form(*known)}}}")
    call = author.one_of('Workflow("flow"', 'Workflow(\n    "flow"', 'p.Workflow[Any](name="flow"')
    return f"flow = {call}, {', '.join(arguments)})\n"


def _hashable(form: str) -> str:
    try:
        hash(eval(form, dict(_KNOWN)))
    except TypeError:
        return repr(form)
    return form


@st.composite
def modules(draw: st.DrawFn) -> Module:
    """Give a random module; its workflow is called ``flow``."""
    future = draw(st.booleans())
    author = _Author(draw, future=future, wild=draw(st.sampled_from([0, 1, 3, 9])))
    builders = [_builder(author, number) for number in range(draw(st.integers(1, len(_NAMES))))]
    flow = _workflow(author, [name for name, _ in builders])
    head = f"{FUTURE if future else ''}{_TYPES}{_LATER if NEW else ''}"
    return Module("".join([head, *(text for _, text in draw(st.permutations(builders))), flow]), future)
