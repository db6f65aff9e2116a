"""The ledger: a run's state while a call moves it. It knows the rounds, and nothing of who runs when.

Rounds only grow: one per delivery, one per pass. Every key has the round of its last change, and that in which it last
became a different value; every builder the round in which it last ran.
"""

from __future__ import annotations

from collections.abc import Callable

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._model.records import new
from polaris._model.snapshot import ABSENT, LOST, NEVER, Entry, Gone, Mark, Snapshot
from polaris._runtime.index import PlanIndex, StepIndex

Equal = Callable[[Key, object, object], bool]
"""Says whether two values of a key are the same, for Feedback."""

_NOTHING = Entry(ABSENT, 0, 0, None)


class Ledger:
    """The state of one run, and what changed in it since it was last saved."""

    def __init__(self, index: PlanIndex, snapshot: Snapshot, equal: Equal) -> None:
        self._index = index
        self._equal = equal
        self.entries = dict(snapshot.entries)
        self.marks = dict(snapshot.marks)
        self.round = snapshot.round
        self.began_at = snapshot.began_at
        self.clean_at = snapshot.clean_at
        self.is_open = snapshot.is_open
        self.first_pass = snapshot.first_pass
        self.refillable: frozenset[Key] = frozenset()
        self._first_run = NEVER
        self._kept: list[tuple[Key, str]] = []
        self._kept_before: list[tuple[Key, str]] = []
        self._changed_keys: dict[Key, None] = {}
        self._changed_marks: dict[str, None] = {}
        self._news = {key: None for key, entry in self.entries.items() if entry.changed > self.clean_at}
        self._asked = {name: None for name, mark in self.marks.items() if mark.asked_at > self.clean_at}

    @property
    def passes(self) -> int:
        """The number of passes that this call has begun, since it was opened or gone on with after a failure."""
        return self.round - self.first_pass + 1

    # --- reading ---------------------------------------------------------------------------------------------

    def pick(self, given: Input) -> Key | None:
        """Give the key that a parameter reads now; of several alternatives the one changed last."""
        before = given.mode is Mode.FEEDBACK
        if len(given.keys) == 1:
            (key,) = given.keys
            return key if self.has(key, before=before) else None
        best: Key | None = None
        for key in given.keys:
            if self.has(key, before=before) and (best is None or self.entry(key).changed > self.entry(best).changed):
                best = key
        return best

    def has(self, key: Key, *, before: bool = False) -> bool:
        """Say whether a key can be read now; through Feedback (`before`) only what is older than this pass."""
        entry = self.entries.get(key)
        if entry is None or entry.value is ABSENT or (entry.value is LOST and key not in self.refillable):
            return False
        return not before or entry.changed < self.round

    def entry(self, key: Key) -> Entry:
        """Give what is known of a key."""
        return self.entries.get(key, _NOTHING)

    def mark(self, step: StepIndex) -> Mark:
        """Give what is known of a builder."""
        return self.marks.get(step.name, NEVER)

    def rounds(self, step: StepIndex) -> tuple[int, ...]:
        """Give the rounds of all triggers that a step sees, sorted; for its idempotency key."""
        seen = (self.pick(given) for given in step.step.inputs if given.triggers)
        return tuple(sorted(self.entry(key).changed for key in seen if key is not None))

    def is_once_done(self, name: str) -> bool:
        """Say whether a ``once`` builder has made what it makes."""
        return self.marks.get(name, NEVER).once_done

    def stands(self, key: Key, step: StepIndex) -> bool:
        """Say whether a key is there because a step made it."""
        entry = self.entry(key)
        return entry.by == step.name and entry.value is not ABSENT

    def changed_since(self, at: int) -> tuple[list[Key], list[str]]:
        """Give the keys that changed, and the builders that were asked, later than a round (from `clean_at` on)."""
        self._catch_up()
        keys = [key for key in self._news if self.entries[key].changed > at]
        return keys, [name for name in self._asked if self.marks[name].asked_at > at]

    def is_asked(self) -> bool:
        """Say whether a builder was asked and has not run since, nor has a call ended well."""
        asked = (self.marks[name] for name in self._asked)
        return any(mark.asked_at > max(mark.ran_at, self.clean_at) for mark in asked)

    def values(self) -> dict[Key, object]:
        """Give all values that are there."""
        return {key: entry.value for key, entry in self.entries.items() if not isinstance(entry.value, Gone)}

    def produced(self) -> dict[Key, object]:
        """Give what builders made in this call and still stands."""
        self._catch_up()
        recent = self._news if self.began_at > self.clean_at else self.entries
        entries = [(key, self.entries[key]) for key in recent]
        return {
            key: entry.value
            for key, entry in entries
            if entry.by is not None and entry.changed >= self.began_at and not isinstance(entry.value, Gone)
        }

    def snapshot(self) -> Snapshot:
        """Give the state as it is now."""
        return Snapshot(
            entries=dict(self.entries),
            marks=dict(self.marks),
            round=self.round,
            began_at=self.began_at,
            clean_at=self.clean_at,
            is_open=self.is_open,
            first_pass=self.first_pass,
        )

    def take_changes(self) -> tuple[list[tuple[Key, Entry]], tuple[tuple[str, Mark], ...]]:
        """Give the entries and marks that changed since this was last asked."""
        self._catch_up()
        entries = [(key, self.entries[key]) for key in self._changed_keys]
        marks = tuple([(name, self.marks[name]) for name in self._changed_marks])
        self._changed_keys.clear()
        self._changed_marks.clear()
        return entries, marks

    # --- changing --------------------------------------------------------------------------------------------

    def put(self, key: Key, value: object, by: str | None) -> None:
        """Give a key a value in this round; `by` is the builder that made it."""
        different = self.round
        if key in self._index.compared:
            old = self.entry(key)
            if not isinstance(old.value, Gone) and self._equal(key, old.value, value):
                different = old.different
        self.entries[key] = Entry(value, self.round, different, by)
        self._changed_keys[key] = self._news[key] = None

    def withdraw(self, key: Key) -> bool:
        """Take a key away in this round, which is a change; say whether it was there."""
        entry = self.entry(key)
        if entry.value is ABSENT:
            return False
        self._set(key, Entry(ABSENT, self.round, self.round, entry.by))
        return True

    def take(self, key: Key) -> None:
        """Take a key away without a change: it was consumed."""
        entry = self.entry(key)
        self._set(key, Entry(ABSENT, entry.changed, entry.different, entry.by))

    def refill(self, key: Key, value: object) -> None:
        """Put a lost transient value back into its place; nothing has changed by that."""
        entry = self.entry(key)
        self.entries[key] = Entry(value, entry.changed, entry.different, entry.by)

    def forget_transients(self) -> None:
        """Let the values go that live in one call only."""
        self._catch_up()
        for key in self._news.keys() & self._index.transient:
            if self.entries[key].value is not ABSENT:
                self.refill(key, LOST)

    def clean(self) -> None:
        """End a call well: nothing is dirty any more."""
        self._kept_before += self._kept
        self._kept = []
        self.clean_at = self.round
        self._news, self._asked = {}, {}

    def keep(self, step: StepIndex, key: Key, value: object) -> None:
        """Write down that a builder ran in this round and made one thing: `put` and `ran` in one."""
        now, name = self.round, step.name
        if key in self._index.compared:
            self.put(key, value, name)
        else:
            self.entries[key] = new(Entry, (value, now, now, name))
        mark = self.marks.get(name)
        if mark is None and not step.once:
            if self._first_run.ran_at != now:
                self._first_run = Mark(now)
            self.marks[name] = self._first_run
        else:
            asked_at, once_done = (0, False) if mark is None else (mark.asked_at, mark.once_done)
            self.marks[name] = new(Mark, (now, asked_at, once_done or step.once))
        self._kept.append((key, name))

    def _catch_up(self) -> None:
        """Note what `keep` has changed: many calls end before anybody asks."""
        for key, name in self._kept_before:
            self._changed_keys[key] = self._changed_marks[name] = None
        for key, name in self._kept:
            self._changed_keys[key] = self._news[key] = self._changed_marks[name] = None
        self._kept_before, self._kept = [], []

    def ran(self, step: StepIndex, *, once_done: bool) -> None:
        """Write down that a builder ran in this round; `once_done` if it runs once, and made something."""
        name = step.name
        mark = self.marks.get(name, NEVER)
        self.marks[name] = Mark(self.round, mark.asked_at, mark.once_done or once_done)
        self._changed_marks[name] = None

    def set_mark(self, step: StepIndex, mark: Mark) -> None:
        """Write down what is known of a builder."""
        name = step.name
        self.marks[name] = mark
        self._changed_marks[name] = None
        if mark.asked_at > self.clean_at:
            self._asked[name] = None

    def _set(self, key: Key, entry: Entry) -> None:
        self.entries[key] = entry
        self._changed_keys[key] = self._news[key] = None
