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

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from heapq import heappop, heappush

from polaris._model.keys import Key
from polaris._model.snapshot import LOST, NEVER, Gone, Mark, Snapshot
from polaris._runtime import opening
from polaris._runtime.index import PlanIndex, StepIndex
from polaris._runtime.ledger import Equal, Ledger


class Fate(Enum):
    """What is done with a step whose turn it is."""

    SETTLE = "settle"
    RUN = "run"
    UNDO = "undo"


_NEW = Snapshot()
_RUN, _SETTLE = Fate.RUN, Fate.SETTLE


class Walk:
    """One call on its way over a plan; begin it with `deliver` or `resume`."""

    def __init__(self, index: PlanIndex, snapshot: Snapshot, equal: Equal) -> None:
        self._index = index
        self.ledger = Ledger(index, snapshot, equal)
        self.halted = False
        self.moved = False
        self._refilling: dict[int, tuple[Key, ...]] = {}
        self._unsettled = 0
        self._queue: list[int] = []
        self._blocked: dict[int, list[int]] = {}
        self._running: set[int] = set()

    # --- begin -----------------------------------------------------------------------------------------------

    @classmethod
    def fresh(cls, index: PlanIndex, equal: Equal) -> Walk:
        """Begin a new run: builders that nothing wakes are asked once, now."""
        walk = cls(index, _NEW, equal)
        walk.ask(index.untriggered)
        return walk

    def ask(self, numbers: Iterable[int]) -> None:
        """Have steps run in the next call without a trigger."""
        opening.ask(self._index, self.ledger, numbers)

    def deliver(self, values: Iterable[tuple[Key, object]]) -> None:
        """Open a call with a delivery, which holds at most one variant of a slot."""
        opening.deliver(self._index, self.ledger, dict(values))
        self._open()

    def resume(self) -> None:
        """Open a call without data: go on with one that failed or was killed, or do what was asked since."""
        self.moved = False
        if opening.resume(self._index, self.ledger):
            self._open()

    def rerun(self, numbers: Iterable[int], *, drop: bool) -> None:
        """Open a call of its own in which steps run without a trigger, even those that run once.

        Args:
            numbers: the steps.
            drop: first withdraw everything that builders made.
        """
        opening.rerun(self._index, self.ledger, numbers, drop=drop)
        self._open()

    def _open(self) -> None:
        if not self.ledger.is_open:
            self.ledger.first_pass = self.ledger.round
        self.ledger.is_open = True
        self.halted = False
        self.moved = True
        self._unsettled, self._queue, self._blocked = 0, [], {}
        self._refilling, self._running = {}, set()
        keys, asked = self.ledger.changed_since(self.ledger.clean_at)
        for key in keys:
            self._wake_for(key)
        for name in asked:
            if name in self._index.numbers:
                self._wake(self._index.numbers[name])
        for number in self._index.loops:
            self._wake(number)

    # --- the driver's side -----------------------------------------------------------------------------------

    def ready(self, most: int | None = None) -> tuple[int, ...]:
        """Give the numbers of at most so many steps that may start now, in plan order; each is given once."""
        started: list[int] = []
        while most is None or len(started) < most:
            number = self.next()
            if number is None:
                break
            started.append(number)
        return tuple(started)

    def next(self) -> int | None:
        """Give the number of the next step that may start now, if there is one; each is given once."""
        queue, index, ledger = self._queue, self._index, self.ledger
        is_simple = not self._refilling and not ledger.refillable
        entries, marks, clean_at = ledger.entries, ledger.marks, ledger.clean_at
        while queue and not self.halted:
            number = heappop(queue)
            step = index.steps[number]
            if is_simple and step.sure and not index.before[number] & self._unsettled:  # the table, for most steps
                mark = marks.get(step.name, NEVER)
                since = clean_at if clean_at > mark.ran_at else mark.ran_at  # noqa: FURB136 - `max` is a call
                is_dirty, is_there = mark.asked_at > since, not mark.once_done
                for key in step.sure:
                    entry = entries.get(key)
                    if entry is None or type(entry.value) is Gone:
                        is_there = False
                    elif entry.changed > since:
                        is_dirty = True
                if is_dirty and is_there:
                    self._running.add(number)
                    return number
            if self._starts(number):
                self._running.add(number)
                return number
        return None

    def went(self, number: int, key: Key, value: object) -> None:
        """Do what `made` and `done` do for a step that made one thing, where one step runs at a time.

        Then no other waits for it: steps come in plan order.
        """
        step = self._index.steps[number]
        if not step.is_single or self._refilling:
            self.made(number, ((key, value),))
            self.done(number)
            return
        self.ledger.keep(step, key, value)
        self._running.remove(number)
        unsettled = self._unsettled ^ step.bit
        woken = step.wakes_bits & ~unsettled
        if woken:
            for other in step.wakes:
                if woken >> other & 1:
                    heappush(self._queue, other)
        self._unsettled = unsettled | woken

    def made(self, number: int, products: Collection[tuple[Key, object]]) -> None:
        """Take what a step made: one key of each slot; nothing at all if it declined."""
        step, ledger = self._index.steps[number], self.ledger
        if step.is_single and products and not self._refilling:  # what follows, where there is nothing to weigh
            ((key, value),) = products
            ledger.keep(step, key, value)
            self._wake_for(key)
            return
        name = step.name
        values = dict(products)
        if number in self._refilling:
            self._refill(step, values)
            return
        for slot in step.slots:
            made = [key for key in slot if key in values]
            if len(made) < len(slot):
                for key in slot:
                    if key not in made and (made or ledger.entry(key).by == name):
                        self._withdraw(key)
            for key in made:
                ledger.put(key, values[key], name)
                self._wake_for(key)
        for key in step.takes:
            ledger.take(key)
        ledger.ran(step, once_done=step.once and bool(values))

    def done(self, number: int) -> None:
        """Settle a step: what it made is saved."""
        self._running.discard(number)
        if number not in self._refilling:
            self._unsettled &= ~(1 << number)
            if self._blocked:
                self._release(number)
            return
        del self._refilling[number]
        self._release(number)
        if self._unsettled >> number & 1:  # it was woken meanwhile
            heappush(self._queue, number)

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
        self.ledger.round += 1
        again = [n for n in self._index.loops if self._fate(self._index.steps[n]) is not Fate.SETTLE]
        if not again:
            self.ledger.round -= 1
            return False
        for number in again:
            self._wake(number)
        return True

    def stop(self) -> None:
        """Let nothing more be decided in this call: it is to end as a failed one."""
        self.halted = True

    def finish(self) -> None:
        """End the call: well, if it was not halted."""
        was_open, self.ledger.is_open = self.ledger.is_open, False
        if self._index.transient:
            self.ledger.forget_transients()
        if was_open and not self.halted:
            self.ledger.clean()

    def produced(self) -> dict[Key, object]:
        """Give what builders made in this call and still stands; nothing if the call had nothing to do."""
        return self.ledger.produced() if self.moved else {}

    # --- deciding --------------------------------------------------------------------------------------------

    def _fate(self, step: StepIndex) -> Fate:
        """The table above."""
        ledger = self.ledger
        mark = ledger.marks.get(step.name)
        if mark is None:
            since = ledger.clean_at
        elif mark.once_done and step.once:
            return _SETTLE
        else:
            since = max(ledger.clean_at, mark.ran_at)
        entries = ledger.entries
        for key in step.triggers:
            if key in entries and entries[key].changed > since:
                break
        else:
            if not self._is_news(step, mark or NEVER, since):
                return _SETTLE
        if self._is_runnable(step):
            return _RUN
        return Fate.UNDO if any(ledger.stands(key, step) for key in step.produces) else _SETTLE

    def _is_news(self, step: StepIndex, mark: Mark, since: int) -> bool:
        """Say whether a step is dirty for another reason than a trigger of this pass."""
        ledger = self.ledger
        return mark.asked_at > since or any(
            entry.different > ledger.clean_at and mark.ran_at <= entry.different < ledger.round
            for entry in map(ledger.entry, step.feedback)
        )

    def _is_runnable(self, step: StepIndex) -> bool:
        has, entries = self.ledger.has, self.ledger.entries
        for keys in step.needs:
            for key in keys:
                if (key in entries and not isinstance(entries[key].value, Gone)) or has(key):
                    break
            else:
                return False
        if step.is_plain:
            return True
        if not all(any(has(key, before=True) for key in keys) for keys in step.needs_before):
            return False
        return step.untriggered or any(map(has, step.triggers)) or any(has(key, before=True) for key in step.feedback)

    def _starts(self, number: int) -> bool:
        """Decide a step whose turn it may be; say whether it is to be started."""
        blockers = self._index.before[number] & self._unsettled
        if blockers:
            self._blocked.setdefault((blockers & -blockers).bit_length() - 1, []).append(number)
            return False
        if number in self._running:  # it was woken once more when it was about to be made again
            return False
        step = self._index.steps[number]
        if not self._refilling or number not in self._refilling:
            fate = self._fate(step)
        elif self._is_runnable(step):
            fate = Fate.RUN
        else:  # what it would be made of again is gone by now
            del self._refilling[number]
            fate = Fate.UNDO
        if fate is _RUN:
            return not self.ledger.refillable or not self._refill_first(number)
        if fate is Fate.UNDO:
            for key in step.produces:
                if self.ledger.stands(key, step):
                    self._withdraw(key)
        self._settle(number)
        return False

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

    def _withdraw(self, key: Key) -> None:
        if self.ledger.withdraw(key):
            self._wake_for(key)

    def _wake_for(self, key: Key) -> None:
        numbers = self._index.woken.get(key, ())
        if not self._unsettled and not self._queue:  # numbers in order are a heap
            self._queue.extend(numbers)
            self._unsettled = self._index.woken_bits.get(key, 0)
            return
        for number in numbers:
            if not self._unsettled >> number & 1:
                self._unsettled |= 1 << number
                heappush(self._queue, number)

    # --- refills: transients lost in a crash are made again, for themselves alone ------------------------------

    def _refill_first(self, number: int) -> bool:
        """Have a lost transient that a step reads made again; the step is decided anew when that is done."""
        picked = (self.ledger.pick(given) for given in self._index.steps[number].step.inputs)
        lost = next((key for key in picked if key is not None and self.ledger.entry(key).value is LOST), None)
        if lost is None:
            return False
        maker = self._index.maker[lost]
        self._blocked.setdefault(maker, []).append(number)
        if maker not in self._refilling:
            products = self._index.steps[maker].produces
            self._refilling[maker] = tuple(key for key in products if key in self.ledger.refillable)
            heappush(self._queue, maker)
        return True

    def _refill(self, step: StepIndex, values: Mapping[Key, object]) -> None:
        for key in self._refilling[step.number]:
            if key in values:
                self.ledger.refill(key, values[key])
            else:
                self._withdraw(key)
