"""The keeper of an express call: accepts the delivery that makes a run, saves what each step makes, ends the call.

It does what a session, a holder and a ledger do for any call, knowing beforehand what that is: see `express`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import urandom
from time import monotonic
from typing import NamedTuple

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.outcome import Outcome, Status
from polaris._model.records import Answer, Cell, Changes, Delivery, Header, Receipt, Saved, Verdict, new
from polaris._model.snapshot import Mark
from polaris._runtime.holder import LeaseLostError, Own
from polaris._runtime.index import PlanIndex
from polaris._runtime.ledger import Equal
from polaris._runtime.setup import Request, Setup
from polaris._runtime.walk import Walk
from polaris.errors import CodecError

_STARTED, _BUILT, _FINISHED = EventKind.CALL_STARTED, EventKind.BUILDER_FINISHED, EventKind.CALL_FINISHED

Marked = tuple[str, Mark]
"""The name of a builder, and what is known of it."""

_LOST = Receipt.LOST


class Leg(NamedTuple):
    """A step of a course.

    Attributes:
        name: the name of its builder.
        keys: what it can make.
        forms: the types of those; None for a transient, which is not stored.
        made: it with its mark when it has made something.
        declined: the same when it has not.
    """

    name: str
    keys: tuple[Key, ...]
    forms: tuple[TypeForm | None, ...]
    made: Marked
    declined: Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is known of all calls that make a run of one plan with one set of delivered keys.

    Attributes:
        function: the straight-line function: takes values, a keeper, and the keys as they were delivered.
        forms: the type of each delivered key; None for a transient.
        passes: whether one of them is transient.
        legs: the steps, by number.
        marks: those that the delivery makes.
        opened: what is said of the run while the call goes on.
        completed: what is said of it in the end, if that is known.
    """

    function: Callable[[Sequence[object], Keeper, tuple[Key, ...]], Outcome[object]]
    forms: Mapping[Key, TypeForm | None]
    passes: bool
    legs: tuple[Leg, ...]
    marks: tuple[Marked, ...]
    opened: Header
    completed: Header | None


class Keeper:
    """Keeps one express call.

    Args:
        setup: what the engine's sessions share.
        course: what is known of the call.
        request: what is asked.
        order: the delivered keys.
        values: their values.

    Attributes:
        run_id: id of the run.
        uid: the identity of the run that is to be made.
        claim_id: the claim on it.
        values: the delivered values as they will be read again.
        made: what each step has made, by number, in order.
        writes: how many writes were made under the claim.
        state: the run as it was made.
        revision: the state of the run that the next one builds on.
        texts: encoded values that are not saved yet.
        notes: what happened since the last write.
        started: when the last step began, in seconds of the monotonic clock.
        since: when the call began.

    Raises:
        CodecError: something delivered cannot be stored.
    """

    def __init__(
        self, setup: Setup, course: Course, request: Request, order: tuple[Key, ...], values: Sequence[object]
    ) -> None:
        self._setup = setup
        self._course = course
        self._legs = course.legs
        self._opened = course.opened
        self._workflow, self._round = course.opened.workflow, course.opened.round
        self._encode, self._lease, self._is_told = setup.encode, setup.lease, setup.history
        self._save, self._beats = setup.store.save, setup.heartbeat
        self._request = request
        self._order = order
        self.run_id = request.run_id
        ids = urandom(48).hex()
        self.claim_id, self.uid = ids[:32], ids[32:64]
        self._cells: list[Cell] = []
        self.values: list[object] = []
        texts: list[tuple[Key, str]] = []
        now = course.opened.began_at
        for key, value in zip(order, values, strict=True):
            form, text, again = course.forms[key], None, value
            if form is not None:
                text, again = self._encode(value, form)
                texts.append((key, text))
            self._cells.append(new(Cell, (key, True, text, now, now, None)))
            self.values.append(again)
        self._delivery = Delivery(0, request.delivery_id or ids[64:], tuple(texts))
        self._marks: list[Marked] = list(course.marks)
        self._saves = setup.checkpoint == "builder"
        self.made: list[tuple[int, tuple[tuple[Key, object], ...]]] = []
        self.texts: dict[Key, str] = {}
        self.notes: list[Event] = []
        self.writes = self.revision = 0
        self.started = self.since = 0.0

    @property
    def own(self) -> Own:
        """The delivery."""
        there = zip(self._order, self.values, strict=True)
        passing = {key: value for key, value in there if self._course.forms[key] is None}
        return Own(delivery_id=self._delivery.delivery_id, passing=passing)

    def accept(self) -> Answer | None:
        """Make the run, and claim it; if that was not to be, give what the store says."""
        setup, course = self._setup, self._course
        if self._is_told:
            self._note(_STARTED, None, self._order, None, None)
        sent = monotonic()
        answer = setup.store.accept(
            self.run_id,
            workflow=course.opened.workflow,
            uid=self.uid,
            new=self._request.new,
            delivery=self._delivery,
            claim_id=self.claim_id,
            lease=setup.lease,
            must_hold=course.passes,
            wanted=False,
            changes=self._changes(course.opened),
        )
        state = answer.state
        if answer.verdict is not Verdict.CLAIMED or answer.repeated or state is None or state.uid != self.uid:
            return answer
        self._beats.hold(self.run_id, self.claim_id, sent)
        self.state, self.revision, self.since = state, state.revision, monotonic()
        return None

    # --- what the straight-line function tells --------------------------------------------------------------

    def begin(self) -> None:
        """Start no builder when somebody else may hold the run by now.

        Raises:
            LeaseLostError: somebody may.
        """
        self.started = monotonic()
        if not self._beats.is_held(self.claim_id):
            raise LeaseLostError

    def keep(self, number: int, value: object) -> object:
        """Save what a step made, nothing if that is None, and give it as it will be read again.

        Raises:
            CodecError: it cannot be stored.
            LeaseLostError: another worker holds the run; nothing was written.
        """
        leg = self._legs[number]
        if value is None:
            self._settle(number, leg, ())
            return None
        key = leg.keys[0]
        kept = self._kept(leg.name, key, leg.forms[0], value)
        self._settle(number, leg, ((key, kept),))
        return kept

    def keep_all(self, number: int, values: tuple[object, ...]) -> list[object]:
        """Do the same for a step that can make several things: a value for each of its keys, None for absent ones."""
        leg = self._legs[number]
        parts = zip(leg.keys, leg.forms, values, strict=True)
        kept = [None if value is None else self._kept(leg.name, key, form, value) for key, form, value in parts]
        there = zip(leg.keys, kept, strict=True)
        self._settle(number, leg, tuple([(key, value) for key, value in there if value is not None]))
        return kept

    def _kept(self, name: str, key: Key, form: TypeForm | None, value: object) -> object:
        text, now = None, self._round
        if form is not None:
            try:
                text, value = self._encode(value, form)
            except CodecError as error:
                error.step = name
                raise
            self.texts[key] = text
        self._cells.append(new(Cell, (key, True, text, now, now, name)))
        return value

    def _settle(self, number: int, leg: Leg, products: tuple[tuple[Key, object], ...]) -> None:
        self.made.append((number, products))
        self._marks.append(leg.made if products else leg.declined)
        now = monotonic()
        if self._is_told:
            keys = leg.keys if len(products) == len(leg.keys) else tuple([key for key, _ in products])
            self._note(_BUILT, leg.name, keys, None, now - self.started)
        if self._saves:
            self._took(self._save, self._opened)
            self._beats.hold(self.run_id, self.claim_id, now)

    # --- writing ---------------------------------------------------------------------------------------------

    def end(self, outcome: Outcome[object]) -> Saved:
        """End the call well.

        Raises:
            LeaseLostError: another worker holds the run; nothing was written.
        """
        header, now = self._course.completed, monotonic()
        if header is None:
            waits = tuple(map(key_of, outcome.waiting_for))
            header = self._opened._replace(
                status=outcome.status, clean_at=self._round, is_open=False, waiting_for=waits
            )
        if self._is_told:
            self._note(_FINISHED, None, (), header.status, now - self.since)
        return self._took(self._setup.store.end, header)

    def _took(self, write: Callable[..., Saved], header: Header) -> Saved:
        op = f"{self.claim_id}/{self.writes}"
        self.writes += 1
        changes = self._changes(header)
        claim_id, revision = self.claim_id, self.revision
        saved = write(self.run_id, claim_id=claim_id, revision=revision, op=op, lease=self._lease, changes=changes)
        if saved.receipt is _LOST:
            raise LeaseLostError
        self.revision = saved.revision
        return saved

    def _note(
        self, kind: EventKind, name: str | None, keys: tuple[Key, ...], status: Status | None, seconds: float | None
    ) -> None:
        what = kind, self._workflow, self.run_id, self._round, name, keys, status, None, seconds, None
        self.notes.append(new(Event, what))

    def _changes(self, header: Header) -> Changes:
        changes: Changes = new(Changes, (header, tuple(self._cells), tuple(self._marks), tuple(self.notes)))
        self._cells.clear()
        self._marks.clear()
        self.notes.clear()
        self.texts.clear()
        return changes

    # --- leaving it to a session -----------------------------------------------------------------------------

    def walk(self, index: PlanIndex, same: Equal) -> Walk:
        """Give a walk that stands where this call does."""
        walk = Walk.fresh(index, same)
        walk.deliver(zip(self._order, self.values, strict=True))
        walk.ledger.take_changes()  # they were saved when the run was made
        for number, products in self.made:
            walk.ready(1)
            walk.made(number, products)
            walk.done(number)
        if self._saves:
            walk.ledger.take_changes()
        return walk
