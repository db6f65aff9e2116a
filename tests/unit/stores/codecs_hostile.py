"""What stands in a store may have been written by anybody: it becomes a value of the declared type, or a CodecError.

Whatever the bytes name, no module is imported, nothing is compiled or executed, no file, process or connection is
opened, and nothing is made that the type does not list: an audit hook listens to the interpreter while they are read.
"""

from __future__ import annotations

import base64
import json
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris._model.keys import TypeForm
from polaris.errors import CodecError
from polaris.stores.codecs import JsonCodec
from polaris.stores.exact import parts
from tests.unit.stores.registry import EXACT
from tests.unit.stores.shapes import Account, Card, Cat, Dog, Order, Tree, User

FORBIDDEN = ("import", "exec", "compile", "open", "os.", "subprocess.", "socket.", "pickle.", "marshal.", "ctypes.")
HEARD: list[str] = []
LISTENING: list[bool] = []


def listen(event: str, arguments: tuple[object, ...]) -> None:
    if LISTENING and event.startswith(FORBIDDEN):
        HEARD.append(event)


sys.addaudithook(listen)  # cannot be taken back: it is deaf but for `nothing_happens`


@contextmanager
def nothing_happens() -> Iterator[None]:
    HEARD.clear()
    LISTENING.append(True)
    try:
        yield
    finally:
        LISTENING.clear()
    assert HEARD == []


@dataclass
class Unlisted:
    """Is imported and could be named, but stands in no type that is read."""

    number: int = 0
    made: ClassVar[list[object]] = []

    def __post_init__(self) -> None:
        Unlisted.made.append(self)

    def __reduce__(self) -> tuple[object, ...]:
        return Unlisted, (5,)


@dataclass
class Basket:
    card: Card
    pet: Cat | Dog | None = None
    trees: dict[str, list[Tree]] = field(default_factory=dict[str, list[Tree]])
    price: Decimal = Decimal(0)
    path: Path = Path()


FORMS: list[TypeForm] = [Basket, Order, Account, User, Cat | Dog, list[Card], dict[str, Card], str, int, bytes]
HERE = f"{Unlisted.__module__}.{Unlisted.__qualname__}"

NAMING: list[object] = [
    {"__class__": HERE, "number": 1},
    {"__type__": HERE, "__module__": Unlisted.__module__},
    {"type": "Unlisted", "number": 1},
    {"type": HERE},
    {"$type": HERE, "py/object": HERE},
    {"py/reduce": [{"py/type": "os.system"}, {"py/tuple": ["true"]}]},
    {"card": {"__class__": HERE, "number": "1"}, "pet": {"type": "Unlisted"}},
    {"number": "1", "__dict__": {"number": 5}, "__post_init__": "x", "__init__": {}},
    {"__reduce__": ["os.system", ["true"]]},
    f"!!python/object:{HERE} {{}}",
    "!!python/object/apply:os.system [true]",
    base64.b64encode(pickle.dumps(Unlisted())).decode(),
    "${jndi:ldap://localhost/a}",
    "__import__('os').system('true')",
]
TEXTS = [
    *map(json.dumps, NAMING),
    *(str(each) for each in NAMING),
    pickle.dumps(Unlisted(), 0).decode(),
    pickle.dumps(Unlisted()).decode("latin-1"),
    f"!!python/object:{HERE}\nnumber: 1\n",
    "",
    "\x00",
    "null",
    "[" * 10_000,
    '{"a":' * 10_000,
]


def deep(value: object) -> Iterator[tuple[str, object]]:
    for path, child in parts(value):
        yield path, child
        yield from deep(child)


def read(text: str, form: TypeForm) -> None:
    """Read a text: it is a value of the type, or a CodecError that says so; nothing else happens."""
    codec = JsonCodec()
    codec._reader(form)  # made from the plan, before anything is read
    found: object = None
    with nothing_happens():
        try:
            found = codec.decode(text, form)
        except CodecError as error:
            assert error.reading
            return
    assert_made_of(found, form)


def assert_made_of(value: object, form: TypeForm) -> None:
    """Check that a value is what reading its own text as this type gives, exactly: so the type lists all of it."""
    JsonCodec().encode(value, form)
    assert not any(isinstance(child, Unlisted) for _, child in deep(value))


@pytest.fixture(autouse=True)
def warm() -> Iterator[None]:
    for form in FORMS:  # what is loaded late, and once
        with pytest.raises(CodecError):
            JsonCodec().decode("!", form)
    Unlisted.made.clear()
    yield
    assert Unlisted.made == []


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_text_that_names_another_type_makes_nothing_of_it(form: TypeForm) -> None:
    for text in TEXTS:
        read(text, form)


def test_the_ear_hears_what_must_not_happen() -> None:
    with pytest.raises(AssertionError), nothing_happens():
        compile("1", "here", "eval")
    with pytest.raises(AssertionError), nothing_happens():
        pickle.loads(pickle.dumps(Path()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(NAMING),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.text(max_size=5)
            | st.sampled_from(
                ["__class__", "type", "card", "pet", "number", "name", "id", "pay", "user", "trees", "path"]
            ),
            children,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(value=JSON, form=st.sampled_from(FORMS))
def test_any_json_is_a_value_of_the_type_or_refused(value: object, form: TypeForm) -> None:
    read(json.dumps(value), form)


@given(text=st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), form=st.sampled_from(FORMS))
def test_any_text_is_a_value_of_the_type_or_refused(text: str, form: TypeForm) -> None:
    read(text, form)


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_a_damaged_text_is_a_value_of_the_type_or_refused(name: str, data: st.DataObject) -> None:
    form, values = EXACT[name]
    text = JsonCodec().encode(data.draw(values), form)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    read(text[:start] + data.draw(st.text(max_size=3) | st.sampled_from(TEXTS[:12])) + text[end:], form)
