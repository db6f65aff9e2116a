"""The sockets: what stores, codecs, clocks, observers and plan caches offer, so that rooms need not know each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from polaris._model.ahead import NextInputs
from polaris._model.events import Event
from polaris._model.keys import Key, TypeForm
from polaris._model.lineage import Lineage
from polaris._model.outcome import Status
from polaris._model.plan import Plan
from polaris._model.records import Answer, Changes, Delivery, Saved, Stored
from polaris._model.why import Why
from polaris._model.workflow import Workflow

__all__ = [
    "Answer",
    "Changes",
    "Clock",
    "Codec",
    "Delivery",
    "Event",
    "Flaw",
    "Insight",
    "Observer",
    "PlanCache",
    "Saved",
    "Sockets",
    "Store",
    "Stored",
    "sockets",
]


class Clock(Protocol):
    """Where the time comes from. Tests set their own."""

    def time(self) -> float:
        """Give the seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Codec(Protocol):
    """Turns values into text and back. The type comes from the plan, never from the text."""

    def encode(self, value: object, form: TypeForm) -> str:
        """Give the text of a value of type `form`.

        Raises:
            CodecError: the value cannot be stored. Name the field, never the value.
        """
        ...

    def decode(self, text: str, form: TypeForm) -> object:
        """Give the value of type `form` that a text stands for.

        Raises:
            CodecError: the text is no such value.
        """
        ...


class Flaw(NamedTuple):
    """Why values of a type cannot be stored, or would not come back equal.

    Attributes:
        code: the row of the compiler's table, such as ``POL409``.
        owner: the class in which it stands; None if it is the type of the datum itself.
        field: the name of the field of `owner`.
        words: for the braces of the row.
    """

    code: str
    owner: type | None
    field: str
    words: Mapping[str, str]


def _nothing(_: TypeForm, /) -> Sequence[Flaw]:
    return ()


class Sockets:
    """What the compiler asks rooms that it may not import; `polaris._assembly` fills them.

    Attributes:
        flaws: gives what the codec finds wrong with a type; until it is filled, nothing is.
    """

    def __init__(self) -> None:
        self.flaws: Callable[[TypeForm], Sequence[Flaw]] = _nothing


sockets = Sockets()


class Observer:
    """Is told what happens in calls: for metrics, traces, audit. Derive from it, and override what you care for.

    Its methods are called one after another, from the thread or event loop of the call: they should be quick.
    What they raise is logged and changes nothing.
    """

    def call_started(self, event: Event, /) -> None:
        """A call begins; `event.keys` is what was delivered."""

    def builder_started(self, event: Event, /) -> None:
        """A builder is started."""

    def builder_finished(self, event: Event, /) -> None:
        """A builder has run; `event.keys` is what it made."""

    def builder_failed(self, event: Event, /) -> None:
        """A builder failed, after its retries."""

    def checkpointed(self, event: Event, /) -> None:
        """What a builder made is saved."""

    def call_finished(self, event: Event, /) -> None:
        """A call has ended, well or not, and all of it is saved."""


@runtime_checkable
class Store(Protocol):
    """Keeps runs. Each operation is one atomic, durable read-modify-write of one run.

    A store keeps one clock and reads it inside the operation. Every operation may arrive late or twice (the same
    `claim_id`, `op` or `delivery_id`), and then changes nothing. `revision` grows with every claim and save and is
    the fencing token: whoever names an old one is told LOST and has written nothing.

    A run is *free* if it is not cancelled and has no holder, or one whose lease has expired.
    There is *work* if a call is open, a delivery is queued, or the caller says it is `wanted`.
    """

    def accept(
        self,
        run_id: str,
        *,
        workflow: str | None,
        uid: str,
        new: bool | None,
        delivery: Delivery | None,
        claim_id: str | None,
        lease: float,
        must_hold: bool,
        wanted: bool,
        changes: Changes | None,
    ) -> Answer:
        """Put a delivery into the inbox and, with a `claim_id`, claim the run in the same commit.

        Args:
            run_id: id of the run; it is made if it is not there and `workflow` is given and there is a delivery
                or `new` is True.
            workflow: name the run must have; None accepts whatever it has and makes none.
            uid: random identity that a run made here gets.
            new: True: the run must not be there; False: it must; None: either.
            delivery: what to put into the inbox; an id that was accepted before changes nothing.
            claim_id: random id of this claim; None only accepts.
            lease: seconds the claim is held.
            must_hold: accept only together with the lease.
            wanted: there is work even if no call is open and no delivery is queued.
            changes: what `begin` would write, if the run is made here.
        """
        ...

    def claim(self, run_id: str, *, claim_id: str, lease: float, wanted: bool) -> Answer:
        """Take a free run that has work; prolong a lease that this `claim_id` already holds."""
        ...

    def begin(
        self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, seq: int | None, changes: Changes
    ) -> Saved:
        """Open a call: take delivery `seq`, the oldest, out of the inbox, and write `changes`."""
        ...

    def save(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Write a checkpoint."""
        ...

    def end(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Close a call. With an empty inbox the lease is released; else the answer is NEXT, and the lease is kept."""
        ...

    def renew(self, run_id: str, *, claim_id: str, lease: float) -> Saved:
        """Prolong a lease; the revision stays."""
        ...

    def cancel(self, run_id: str, *, op: str) -> Saved:
        """Close a run for good, whoever holds it; its inbox is kept. LOST if there is no such run."""
        ...

    def claim_abandoned(
        self, *, claim_id: str, lease: float, limit: int, fingerprints: Collection[str], after: str | None
    ) -> tuple[Stored, ...]:
        """Take free runs with an open call or a queued delivery, each in a commit of its own.

        Args:
            claim_id: random id of this claim; what it holds already is given again.
            lease: seconds the claim is held.
            limit: of how many runs at most.
            fingerprints: only runs that were last advanced under one of these plans.
            after: only runs with a greater id.

        Returns:
            The runs, inboxes included, in the order of their ids; `find` says which that is.
        """
        ...

    def load(self, run_id: str) -> Stored | None:
        """Read one consistent revision of a run; None if there is none."""
        ...

    def find(
        self,
        *,
        workflows: Collection[str] | None,
        status: Status | None,
        waiting_for: Key | None,
        older_than: float | None,
        limit: int,
        after: str | None,
    ) -> tuple[Stored, ...]:
        """Read a page of runs, in the order of the UTF-8 bytes of their ids; each at one consistent revision.

        Args:
            workflows: only runs of these; None for all.
            status: only runs whose last save said so.
            waiting_for: only runs that wait for this key; there is an index on it.
            older_than: only runs that were not written to for so many seconds.
            limit: how many at most.
            after: only runs with a greater id.
        """
        ...

    def history(self, run_id: str) -> tuple[Event, ...] | None:
        """Read what happened in a run, in order, each with the time of its commit; None if there is no such run."""
        ...

    def purge(self, *, older_than: float, status: Status | None) -> int:
        """Delete runs, and all that belongs to them, that nobody holds and nothing is left to do in; say how many.

        That is: cancelled; or free, with no call open and an empty inbox.

        Args:
            older_than: only runs that were not written to for so many seconds.
            status: only runs whose last save said so; None for any.
        """
        ...

    def put_plan(self, fingerprint: str, content: bytes) -> None:
        """Keep a plan, unless it is kept already."""
        ...

    def get_plan(self, fingerprint: str) -> bytes | None:
        """Give a plan that was kept, or None."""
        ...

    def close(self) -> None:
        """Release whatever the store holds open; afterwards it is not used again."""
        ...


class PlanCache(Protocol):
    """Keeps compiled plans between processes. Never the truth: whatever is doubtful is a miss."""

    def load(self, workflow: Workflow[object]) -> Plan | None:
        """Give the plan of a workflow if everything it was compiled from is unchanged, else None."""
        ...

    def save(self, workflow: Workflow[object], plan: Plan, sources: Sequence[str]) -> None:
        """Keep a plan together with the source files it was compiled from; failing to is no error."""
        ...


class Insight(Protocol):
    """Answers questions about a stored run from it and the plan it was last advanced under; no value is decoded."""

    def plan_of(self, content: bytes) -> Plan:
        """Read a plan that a store kept.

        Raises:
            PlanFormatError: it is damaged, or of another format.
        """
        ...

    def why(self, plan: Plan, stored: Stored) -> Why:
        """Say why the run is where it is."""
        ...

    def next_inputs(self, plan: Plan, stored: Stored, until: Sequence[str]) -> NextInputs:
        """Give the minimal sets of outside data that get the run further, or to one of some builders or keys.

        Raises:
            DeclarationError: the workflow has no such builder or key.
        """
        ...

    def lineage(self, plan: Plan, stored: Stored, events: Sequence[Event], keys: Sequence[str]) -> Lineage:
        """Say where a value of the run comes from; of several keys, the first that is there.

        Raises:
            DeclarationError: the workflow has no such data.
            MissingDataError: it is not there.
        """
        ...

    def schema(self, plan: Plan, found: NextInputs) -> dict[str, object]:
        """Describe such sets as a JSON Schema."""
        ...
