"""What a call gives, and what a read of a run gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType, UnionType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from polaris._model.keys import key_of, members
from polaris._model.notebook import as_html
from polaris.errors import MissingDataError, NotFinishedError

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)


class Status(StrEnum):
    """Where a run stands.

    RUNNING: a call is going on. WAITING: it needs data from outside. BLOCKED: no data that is absent now could get
    it further. QUEUED: a delivery was accepted and another worker will take it. COMPLETED: the target is there.
    FAILED: a builder failed; the next call tries it again. CANCELLED: it takes nothing more.
    """

    RUNNING = "running"
    WAITING = "waiting"
    BLOCKED = "blocked"
    QUEUED = "queued"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Readable:
    """Reading values by type: ``x[T]``, ``x.get(T)``, ``T in x``."""

    data: Mapping[object, object]

    def __post_init__(self) -> None:
        for name in ("data", "produced"):
            if hasattr(self, name):
                object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by fields: a view of a mapping cannot be pickled, the mapping can."""
        values: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(cast("Outcome[object]", self))}
        for name in values.keys() & {"data", "produced"}:
            values[name] = dict(values[name])
        return _restore, (type(self), values)

    @overload
    def __getitem__(self, key: type[T], /) -> T: ...
    @overload
    def __getitem__(self, key: TypeForm[T], /) -> T: ...
    @overload
    def __getitem__(self, key: Callable[[Any], T], /) -> T: ...
    @overload
    def __getitem__(self, key: UnionType, /) -> Any: ...  # noqa: ANN401 - a union made at run time has no type
    def __getitem__(self, key: Any, /) -> Any:
        """Give the value of a type; of a union, the first member that is there.

        Raises:
            MissingDataError: there is no such value now.
        """
        found = self._find(key)
        if found is None:
            raise MissingDataError(key_of(key))
        return found

    @overload
    def get(self, key: TypeForm[T], default: None = None) -> T | None: ...
    @overload
    def get(self, key: TypeForm[T], default: T) -> T: ...
    def get(self, key: TypeForm[T], default: T | None = None) -> T | None:
        """Give the value of a type, or `default` if there is none now."""
        found = self._find(key)
        return default if found is None else cast("T", found)

    def __contains__(self, key: object) -> bool:
        return self._find(key) is not None

    def _repr_html_(self) -> str:
        """Show in a notebook where the run stands and which data are there; the text of it has the values, too."""
        return as_html(cast("Outcome[object]", self))

    def _find(self, key: object) -> object | None:
        data = self.data
        for member in members(key):
            found = data.get(member)
            if found is None:
                name = key_of(member)
                found = next((value for form, value in data.items() if key_of(form) == name), None)
            if found is not None:
                return found
        return None


def _restore(kind: Callable[..., object], values: dict[str, object]) -> object:
    return kind(**values)


@dataclass(frozen=True, kw_only=True)  # no slots: frozen, slotted and generic cannot be combined before 3.13
class Outcome(_Readable, Generic[R_co]):
    """What one call came to.

    Attributes:
        workflow: name of the workflow.
        run_id: id of the run; None for `polaris.run`.
        status: where the run stands now.
        produced: what builders made in this call and still stands, by type (transient values too).
        data: all current values, by type.
        waiting_for: the types from outside that a step on the way to the target needs next.
        target: the target as it was given to the workflow.
    """

    workflow: str
    run_id: str | None
    status: Status
    produced: Mapping[object, object]
    waiting_for: tuple[object, ...]
    target: tuple[object, ...]
    target_all: bool

    if not TYPE_CHECKING:  # to a type checker an outcome has its fields and nothing else

        def __getattr__(self, name: str) -> object:
            """Work a field out that nobody has asked for yet, and keep it; see `late`."""
            if name not in _LATE:
                msg = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(msg, name=name, obj=self)
            read, *known = self._late
            value = read(name, *known)
            object.__setattr__(self, name, value)
            return value

    @property
    def result(self) -> R_co:
        """The target: its value; of a union the one that is there; of ``tuple[A, B]`` a tuple of all.

        Raises:
            NotFinishedError: the target has not been made, or was withdrawn.
        """
        found = [self._find(key) for key in self.target]
        there = [value for value in found if value is not None]
        if (len(there) < len(found)) if self.target_all else not there:
            names = tuple(key_of(key) for key in self.waiting_for)
            raise NotFinishedError(self.workflow, status=self.status, waiting_for=names)
        return cast("R_co", tuple(there) if self.target_all else there[0])


_LATE = frozenset(one.name for one in fields(Outcome))

Read = Callable[..., object]
"""Gives a field of an outcome, by its name, out of what is known of it; a mapping must be read-only."""


def late(read: Read, *known: object) -> Outcome[object]:
    """Make an outcome whose fields are worked out when they are asked for: most callers want one or two of them."""
    kind: type[Outcome[object]] = Outcome
    outcome = object.__new__(kind)
    object.__setattr__(outcome, "_late", (read, *known))
    return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState(_Readable):
    """One consistent revision of a stored run.

    Attributes:
        run_id: id of the run.
        workflow: name of its workflow.
        fingerprint: the plan it was last advanced under.
        status: where it stands.
        data: all current values, by type.
        waiting_for: the types from outside that it needs next.
        revision: number of this saved state.
        error: why it failed, without any value; None if it did not.
        created: when the run was made, by the store's clock.
        updated: when it was last saved, by the store's clock.
    """

    run_id: str
    workflow: str
    fingerprint: str
    status: Status
    waiting_for: tuple[object, ...]
    revision: int
    error: str | None
    created: datetime
    updated: datetime
