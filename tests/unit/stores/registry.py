"""Types that come back exactly, with values of each: for the tests of the codec and of what goes with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal
from uuid import UUID

from hypothesis import strategies as st

from tests.unit.stores.shapes import (
    Account,
    Address,
    Aliased,
    Card,
    Cat,
    Colour,
    Dog,
    Email,
    Level,
    Order,
    Page,
    Person,
    Point,
    Private,
    Right,
    Tree,
    User,
    UserId,
)

minutes = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
zones = st.none() | st.just(UTC) | minutes
finite = st.floats(allow_nan=False, allow_infinity=False)
cards = st.builds(Card, number=st.text(), limit=st.none() | finite)

EXACT: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "str": (str, st.text()),
    "bool": (bool, st.booleans()),
    "int": (int, st.integers() | st.integers(2**64, 2**200)),
    "float": (float, finite | st.just(-0.0)),
    "bytes": (bytes, st.binary()),
    "bytearray": (bytearray, st.binary().map(bytearray)),
    "UUID": (UUID, st.uuids()),
    "date": (date, st.dates()),
    "time": (time, st.times(timezones=zones).map(lambda moment: moment.replace(fold=0))),
    "timedelta": (timedelta, st.timedeltas(timedelta(days=-10_000), timedelta(days=10_000))),
    "datetime": (datetime, st.datetimes(timezones=zones).map(lambda moment: moment.replace(fold=0))),
    "Decimal": (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    "Enum": (Colour, st.sampled_from(Colour)),
    "IntEnum": (Level, st.sampled_from(Level)),
    "Flag": (Right, st.sampled_from([Right.READ, Right.WRITE, Right.READ | Right.WRITE, Right(0)])),
    "Literal": (Literal["a", 5], st.sampled_from(["a", 5])),
    "NewType": (Email, st.text()),
    "NamedTuple": (Point, st.builds(Point, st.integers(), st.integers())),
    "TypedDict": (Address, st.fixed_dictionaries({"street": st.text()}, optional={"zip": st.integers()})),
    "list": (list[int | None], st.lists(st.none() | st.integers())),
    "set": (set[str], st.sets(st.text())),
    "frozenset": (frozenset[Point], st.frozensets(st.builds(Point, st.integers()))),
    "tuple": (tuple[int, str], st.tuples(st.integers(), st.text())),
    "tuple of any length": (tuple[int, ...], st.lists(st.integers()).map(tuple)),
    "dict": (dict[str, list[int]], st.dictionaries(st.text(), st.lists(st.integers()))),
    "dict by int": (dict[int, str], st.dictionaries(st.integers(-(2**63), 2**64 - 1), st.text())),
    "dict by float": (dict[float, str], st.dictionaries(finite, st.text())),
    "dict by Enum": (dict[Colour, int], st.dictionaries(st.sampled_from(Colour), st.integers())),
    "dict by date": (dict[date, int], st.dictionaries(st.dates(), st.integers())),
    "dict by UUID": (dict[UUID, int], st.dictionaries(st.uuids(), st.integers())),
    "dict by Decimal": (
        dict[Decimal, int],
        st.dictionaries(st.decimals(allow_nan=False, allow_infinity=False), st.integers(), max_size=5),
    ),
    "dict by Literal": (dict[Literal["a", "b"], bool], st.dictionaries(st.sampled_from("ab"), st.booleans())),
    "dict by IntEnum": (dict[Level, str], st.dictionaries(st.sampled_from(Level), st.text())),
    "dict by path": (dict[PurePosixPath, int], st.dictionaries(st.just(PurePosixPath("a/b")), st.integers())),
    "nested": (
        dict[str, list[tuple[Point, Card | None]]],
        st.dictionaries(st.text(), st.lists(st.tuples(st.builds(Point, st.integers()), st.none() | cards), max_size=3)),
    ),
    "scalars that JSON can tell apart": (
        list[int | float | bool | str | None],
        st.lists(st.none() | st.booleans() | st.integers(-(2**60), 2**60) | finite | st.text()),
    ),
    "dict by NewType": (dict[UserId, int], st.dictionaries(st.text(), st.integers())),
    "dataclass": (
        Order,
        st.builds(
            Order, id=st.text(), pay=cards, lines=st.lists(cards), tags=st.dictionaries(st.text(), cards, max_size=2)
        ),
    ),
    "recursive dataclass": (
        Tree,
        st.recursive(st.builds(Tree, st.text(), st.just([])), lambda t: st.builds(Tree, st.text(), st.lists(t))),
    ),
    "private and derived fields": (Private, st.builds(Private, st.integers())),
    "attrs": (Person, st.builds(Person, st.text(), st.integers())),
    "tagged structs": (Cat | Dog, st.builds(Cat, st.integers()) | st.builds(Dog, st.text())),
    "struct": (Cat, st.builds(Cat, st.integers())),
    "generic of a generic": (Page[Page[UUID]], st.builds(Page, st.lists(st.builds(Page, st.lists(st.uuids()))))),
    "generic dataclass": (Page[Card], st.builds(Page, st.lists(cards), st.none() | st.integers())),
    "PurePath": (PurePosixPath, st.sampled_from(["a/b", "/", "", "Zürich/ü"]).map(PurePosixPath)),
    "Windows path": (PureWindowsPath, st.sampled_from(["C:/a", "b\\c"]).map(PureWindowsPath)),
    "Path": (Path, st.sampled_from(["a/b", "/", "."]).map(Path)),
    "IPv4Address": (IPv4Address, st.ip_addresses(v=4)),
    "IPv6Address": (IPv6Address, st.ip_addresses(v=6)),
    "IPv4Interface": (IPv4Interface, st.just(IPv4Interface("10.0.0.1/8"))),
    "IPv6Interface": (IPv6Interface, st.just(IPv6Interface("::1/64"))),
    "IPv4Network": (IPv4Network, st.just(IPv4Network("10.0.0.0/8"))),
    "IPv6Network": (IPv6Network, st.just(IPv6Network("fe80::/10"))),
    "Fraction": (Fraction, st.fractions()),
    "complex": (complex, st.complex_numbers(allow_nan=False, allow_infinity=False)),
    "pydantic": (User, st.builds(User, name=st.text(), born=st.dates(), home=st.just(Path("a")), friends=st.just([]))),
    "pydantic in a dataclass": (
        Account,
        st.builds(Account, st.builds(User, name=st.text(), born=st.dates()), st.none() | st.builds(Person, st.text())),
    ),
    "aliased pydantic": (Aliased, st.text().map(lambda name: Aliased(firstName=name))),
    "list of pydantic": (list[User], st.lists(st.builds(User, name=st.text(), born=st.dates()), max_size=3)),
}
