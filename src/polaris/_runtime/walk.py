"""The walk: the pure machine that moves over a plan. No clock, thread, await, file or log.

Theory. A run's state gives every key the round of its last change and every builder the round in which it last ran;
rounds only grow: one per delivery, one per pass. A builder is *dirty* if it was asked, or one of its triggers
changed, later than both its last run and the end of the last call that ended well. What is done with a step is this
table, and nothing else:

    ==========================  ===========================  =============================  ======================
    dirty?                      all it needs is there, and   it made something that stands  then
                                a trigger (if it has any)?
    ==========================  ===========================  =============================  ======================
    no (or `once` and done)     -                            -                              settles
    yes                         yes                          -                              runs
    yes                         no                           yes                            undone: withdraws, settles
    yes                         no                           no                             settles
    ==========================  ===========================  =============================  ======================

A step is decided when every step ordered before it has settled, so there are no level barriers and no glitches, and
the end does not depend on which of two parallel steps ends first. Only steps that are dirty are ever looked at.
A pass ends when all have settled; another begins if a step that reads through Feedback would run or be undone in it.

The driver's side of it: start what `ready` gives, pass what came of it to `made`, call `done` when that is saved (or
`failed`, when there is nothing to save), and go on while `is_active`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from heapq import heappop, heappush

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._model.snapshot import ABSENT, LOST, NEVER, Entry, Mark, Snapshot
from polaris._runtime.index import PlanIndex, StepIndex

Equal = Callable[[Key, object, object], bool]
"""Says whether two values of a key are the same, for Feedback."""


class Fate(Enum):
    """What is done with a step whose turn it is."""

    SETTLE = "settle"
    RUN = "run"
    UNDO = "undo"


_NOTHING = Entry(ABSENT, 0, 0, None)


class Walk:
    """One call on its way over a plan; begin it with `deliver` or `resume`."""

    def __init__(self, index: PlanIndex, snapshot: Snapshot, equal: Equal) -> None:
        self._index = index
        self._equal = equal
        self._entries = dict(snapshot.entries)
        self._marks = dict(snapshot.marks)
        self.round = snapshot.round
        self.began_at = snapshot.began_at
        self.clean_at = snapshot.clean_at
        self.is_open = snapshot.is_open
        self.halted = False
        self._moved = False
        self._refillable: frozenset[Key] = frozenset()
        self._refilling: dict[int, tuple[Key, ...]] = {}
        self._unsettled = 0
        self._queue: list[int] = []
        self._blocked: dict[int, list[int]] = {}
        self._running: set[int] = set()
        self._changed_keys: dict[Key, None] = {}
        self._changed_marks: dict[str, None] = {}

    # --- begin -----------------------------------------------------------------------------------------------

    @classmethod
    def fresh(cls, index: PlanIndex, equal: Equal) -> Walk:
        """Begin a new run: builders that nothing wakes are asked once, now."""
        walk = cls(index, Snapshot(), equal)
        walk.ask(step.number for step in index.steps if step.untriggered)
        return walk

    def ask(self, numbers: Iterable[int]) -> None:
        """Have steps run in the next call without a trigger."""
        for number in numbers:
            step = self._index.steps[number]
            mark = self._mark(step)
            self._set_mark(step, Mark(mark.ran_at, self.round + 1, mark.once_done))

    def deliver(self, values: Iterable[tuple[Key, object]]) -> None:
        """Open a call with a delivery, which holds at most one variant of a slot.

        Its values get a new round, the first pass the next one.
        """
        self._refillable = frozenset()
        self.round += 1
        self.began_at = self.round
        delivered = dict(values)
        for key in [key for key in delivered if key in self._index.slot]:
            for other in self._index.slot[key]:
                if other != key:
                    self._withdraw(other)
        for key, value in delivered.items():
            self._put(key, value, None)
        self._answer(delivered)
        self.round += 1
        self._open()

    def resume(self) -> None:
        """Open a call without data: go on with one that failed or was killed, or do what was asked since."""
        self._moved = False
        if self.clean_at == self.round:
            if not any(mark.asked_at > max(mark.ran_at, self.clean_at) for mark in self._marks.values()):
                return
            self.round += 1
            self.began_at = self.round
        else:
            self._refillable = self._find_refillable()
        self._open()

    def _answer(self, delivered: Mapping[Key, object]) -> None:
        """A delivery of all slots of a builder answers it: what it owed is done, unless it is also triggered."""
        for number in {self._index.maker[key] for key in delivered if key in self._index.maker}:
            step = self._index.steps[number]
            if not all(any(key in delivered for key in slot) for slot in step.slots):
                continue
            mark = self._mark(step)
            if step.step.once:
                self._set_mark(step, Mark(mark.ran_at, mark.asked_at, once_done=True))
            elif not any(key in delivered for key in (*step.triggers, *step.feedback)):
                self._set_mark(step, Mark(self.round, mark.asked_at, mark.once_done))

    def _open(self) -> None:
        self.is_open = True
        self.halted = False
        self._moved = True
        self._unsettled, self._queue, self._blocked = 0, [], {}
        self._refilling, self._running = {}, set()
        for key, entry in self._entries.items():
            if entry.changed > self.clean_at:
                for number in self._index.woken.get(key, ()):
                    self._wake(number)
        for name, mark in self._marks.items():
            if mark.asked_at > self.clean_at and name in self._index.numbers:
                self._wake(self._index.numbers[name])
        for number in self._index.loops:
            self._wake(number)

    # --- the driver's side -----------------------------------------------------------------------------------

    def ready(self, most: int | None = None) -> tuple[int, ...]:
        """Give the numbers of at most so many steps that may start now, in plan order; each is given once."""
        started: list[int] = []
        while self._queue and not self.halted and (most is None or len(started) < most):
            self._decide(heappop(self._queue), started)
        return tuple(started)

    def made(self, number: int, products: Iterable[tuple[Key, object]]) -> None:
        """Take what a step made: one key of each slot; nothing at all if it declined."""
        step = self._index.steps[number]
        values = dict(products)
        if number in self._refilling:
            self._refill(step, values)
            return
        for slot in step.slots:
            one = next((key for key in slot if key in values), None)
            for key in slot:
                if key != one and (one is not None or self._entry(key).by == step.step.name):
                    self._withdraw(key)
            if one is not None:
                self._put(one, values[one], step.step.name)
        for key in step.takes:
            entry = self._entry(key)
            self._set(key, Entry(ABSENT, entry.changed, entry.different, entry.by))
        mark = self._mark(step)
        self._set_mark(step, Mark(self.round, mark.asked_at, mark.once_done or (step.step.once and bool(values))))

    def done(self, number: int) -> None:
        """Settle a step: what it made is saved."""
        self._running.discard(number)
        if self._refilling.pop(number, None) is None:
            self._settle(number)
        else:
            self._release(number)

    def failed(self, number: int) -> None:
        """A step failed: it stays dirty, and nothing else is decided in this call."""
        self._running.discard(number)
        self._refilling.pop(number, None)
        self.halted = True

    @property
    def running(self) -> tuple[int, ...]:
        """The numbers of the steps that were started and have not ended."""
        return tuple(sorted(self._running))

    @property
    def first(self) -> int:
        """The number of the first step, in plan order, that is to be decided."""
        return self._queue[0]

    @property
    def is_active(self) -> bool:
        """Whether steps are running or to be decided in this pass."""
        return bool(self._running) or (bool(self._queue) and not self.halted)

    def next_pass(self) -> bool:
        """Begin another pass if any step would run or be undone in it; only Feedback causes that."""
        if self.halted:
            return False
        self.round += 1
        again = [n for n in self._index.loops if self._fate(self._index.steps[n]) is not Fate.SETTLE]
        if not again:
            self.round -= 1
            return False
        for number in again:
            self._wake(number)
        return True

    def stop(self) -> None:
        """Let nothing more be decided in this call: it is to end as a failed one."""
        self.halted = True

    def finish(self) -> None:
        """End the call: well, if it was not halted. Transient values are let go."""
        if self.is_open and not self.halted:
            self.clean_at = self.round
        self.is_open = False
        for key in self._index.transient:
            entry = self._entries.get(key)
            if entry is not None and entry.value is not ABSENT:
                self._entries[key] = Entry(LOST, entry.changed, entry.different, entry.by)

    # --- reading ---------------------------------------------------------------------------------------------

    def pick(self, given: Input) -> Key | None:
        """Give the key that a parameter reads now; of several alternatives the one changed last."""
        before = given.mode is Mode.FEEDBACK
        best: Key | None = None
        for key in given.keys:
            if self.has(key, before=before) and (best is None or self._entry(key).changed > self._entry(best).changed):
                best = key
        return best

    def has(self, key: Key, *, before: bool = False) -> bool:
        """Say whether a key can be read now; through Feedback (`before`) only what is older than this pass."""
        entry = self._entries.get(key, _NOTHING)
        if entry.value is ABSENT or (entry.value is LOST and key not in self._refillable):
            return False
        return not before or entry.changed < self.round

    def value(self, key: Key) -> object:
        """Give the value of a key that is there."""
        return self._entries[key].value

    def rounds(self, number: int) -> tuple[int, ...]:
        """Give the rounds of all triggers that a step sees, sorted; for its idempotency key."""
        step = self._index.steps[number].step
        seen = (self.pick(given) for given in step.inputs if given.triggers)
        return tuple(sorted(self._entry(key).changed for key in seen if key is not None))

    def asked_at(self, number: int) -> int:
        """Give the round in which a step was last asked to run without a trigger."""
        return self._mark(self._index.steps[number]).asked_at

    def is_once_done(self, name: str) -> bool:
        """Say whether a ``once`` builder has made what it makes."""
        return self._marks.get(name, NEVER).once_done

    def values(self) -> dict[Key, object]:
        """Give all values that are there."""
        return {key: e.value for key, e in self._entries.items() if e.value is not ABSENT and e.value is not LOST}

    def produced(self) -> dict[Key, object]:
        """Give what builders made in this call and still stands; empty if the call changed nothing."""
        if not self._moved:
            return {}
        return {
            key: value
            for key, value in self.values().items()
            if self._entries[key].by is not None and self._entries[key].changed >= self.began_at
        }

    def snapshot(self) -> Snapshot:
        """Give the state as it is now."""
        return Snapshot(
            entries=dict(self._entries),
            marks=dict(self._marks),
            round=self.round,
            began_at=self.began_at,
            clean_at=self.clean_at,
            is_open=self.is_open,
        )

    def take_changes(self) -> tuple[dict[Key, Entry], dict[str, Mark]]:
        """Give the entries and marks that changed since this was last asked."""
        entries = {key: self._entries[key] for key in self._changed_keys}
        marks = {name: self._marks[name] for name in self._changed_marks}
        self._changed_keys, self._changed_marks = {}, {}
        return entries, marks

    # --- deciding --------------------------------------------------------------------------------------------

    def _fate(self, step: StepIndex) -> Fate:
        """The table above."""
        if not self._is_dirty(step):
            return Fate.SETTLE
        if self._is_runnable(step):
            return Fate.RUN
        return Fate.UNDO if any(self._stands(key, step) for key in step.produces) else Fate.SETTLE

    def _is_dirty(self, step: StepIndex) -> bool:
        mark = self._mark(step)
        if mark.once_done and step.step.once:
            return False
        since = max(mark.ran_at, self.clean_at)
        if mark.asked_at > since or any(self._entry(key).changed > since for key in step.triggers):
            return True
        return any(
            entry.different > self.clean_at and mark.ran_at <= entry.different < self.round
            for entry in map(self._entry, step.feedback)
        )

    def _is_runnable(self, step: StepIndex) -> bool:
        if not all(any(map(self.has, keys)) for keys in step.needs):
            return False
        if not all(any(self.has(key, before=True) for key in keys) for keys in step.needs_before):
            return False
        return (
            step.untriggered
            or any(map(self.has, step.triggers))
            or any(self.has(key, before=True) for key in step.feedback)
        )

    def _stands(self, key: Key, step: StepIndex) -> bool:
        entry = self._entry(key)
        return entry.by == step.step.name and entry.value is not ABSENT

    def _decide(self, number: int, started: list[int]) -> None:
        blockers = self._index.before[number] & self._unsettled
        if blockers:
            self._blocked.setdefault((blockers & -blockers).bit_length() - 1, []).append(number)
            return
        step = self._index.steps[number]
        fate = Fate.RUN if number in self._refilling else self._fate(step)
        if fate is Fate.RUN:
            if not self._refill_first(number):
                self._running.add(number)
                started.append(number)
            return
        if fate is Fate.UNDO:
            for key in step.produces:
                if self._stands(key, step):
                    self._withdraw(key)
        self._settle(number)

    def _wake(self, number: int) -> None:
        if not self._unsettled >> number & 1:
            self._unsettled |= 1 << number
            heappush(self._queue, number)

    def _settle(self, number: int) -> None:
        self._unsettled &= ~(1 << number)
        self._release(number)

    def _release(self, number: int) -> None:
        for other in self._blocked.pop(number, ()):
            heappush(self._queue, other)

    # --- changing --------------------------------------------------------------------------------------------

    def _put(self, key: Key, value: object, by: str | None) -> None:
        old = self._entry(key)
        same = (
            key in self._index.compared
            and old.value is not ABSENT
            and old.value is not LOST
            and self._equal(key, old.value, value)
        )
        self._set(key, Entry(value, self.round, old.different if same else self.round, by))
        self._wake_for(key)

    def _withdraw(self, key: Key) -> None:
        entry = self._entry(key)
        if entry.value is not ABSENT:
            self._set(key, Entry(ABSENT, self.round, self.round, entry.by))
            self._wake_for(key)

    def _wake_for(self, key: Key) -> None:
        if self.is_open:
            for number in self._index.woken.get(key, ()):
                self._wake(number)

    def _entry(self, key: Key) -> Entry:
        return self._entries.get(key, _NOTHING)

    def _mark(self, step: StepIndex) -> Mark:
        return self._marks.get(step.step.name, NEVER)

    def _set(self, key: Key, entry: Entry) -> None:
        self._entries[key] = entry
        self._changed_keys[key] = None

    def _set_mark(self, step: StepIndex, mark: Mark) -> None:
        self._marks[step.step.name] = mark
        self._changed_marks[step.step.name] = None

    # --- refills: transients lost in a crash are made again, for themselves alone ------------------------------

    def _find_refillable(self) -> frozenset[Key]:
        """Of the transients this call lost, give those that can be made again: a delivered one cannot."""
        found: set[Key] = set()
        for step in self._index.steps:
            lost = [key for key in step.produces if self._is_lost(key, step)]
            if lost and all(any(self.has(key) or key in found for key in keys) for keys in step.needs):
                found.update(lost)
        return frozenset(found)

    def _is_lost(self, key: Key, step: StepIndex) -> bool:
        entry = self._entry(key)
        return entry.value is LOST and entry.changed >= self.began_at and self._stands(key, step)

    def _refill_first(self, number: int) -> bool:
        """Have a lost transient that a step reads made again; the step is decided anew when that is done."""
        picked = (self.pick(given) for given in self._index.steps[number].step.inputs)
        lost = next((key for key in picked if key is not None and self.value(key) is LOST), None)
        if lost is None:
            return False
        maker = self._index.maker[lost]
        self._blocked.setdefault(maker, []).append(number)
        if maker not in self._refilling:
            self._refilling[maker] = tuple(k for k in self._index.steps[maker].produces if k in self._refillable)
            heappush(self._queue, maker)
        return True

    def _refill(self, step: StepIndex, values: Mapping[Key, object]) -> None:
        for key in self._refilling[step.number]:
            entry = self._entry(key)
            if key in values:
                self._entries[key] = Entry(values[key], entry.changed, entry.different, entry.by)
            else:
                self._withdraw(key)
