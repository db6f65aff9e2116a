"""Which builder made a value, from which values, and when.

What is there now is known from the state: who made it, and in which round. That what a builder read is still the same
is known from the rounds: it has not changed since. Of what has, only the history can say whether it was there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from polaris._insight.stored import snapshot_of
from polaris._model.contract import Input
from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.lineage import Lineage, Origin
from polaris._model.markers import Mode
from polaris._model.plan import Plan, Step
from polaris._model.records import Stored
from polaris._model.snapshot import ABSENT, Entry
from polaris.errors import DeclarationError, MissingDataError

_NAMING = (EventKind.CALL_STARTED, EventKind.BUILDER_FINISHED)


class _Past(NamedTuple):
    """What is known of a run: its state, and for each key the places of the events that name it."""

    steps: Mapping[str, Step]
    entries: Mapping[Key, Entry]
    events: Sequence[Event]
    places: Mapping[Key, Sequence[int]]


def lineage(plan: Plan, stored: Stored, events: Sequence[Event], keys: Sequence[str]) -> Lineage:
    """Say where a value comes from.

    Args:
        plan: the plan that the run was last advanced under.
        stored: the run.
        events: its history; empty if none was kept.
        keys: the keys of a type; of several the first that is there.

    Raises:
        DeclarationError: the workflow has no such data.
        MissingDataError: it is not there.
    """
    known = sorted(info.name for info in plan.keys)
    strange = sorted(set(keys).difference(known))
    if strange:
        raise DeclarationError(f"{plan.workflow!r} has no data {strange[0]!r}.", do=f"It has {', '.join(known)}.")
    past = _past(plan, stored, events)
    first = next((Key(key) for key in keys if Key(key) in past.entries), None)
    if first is None:
        raise MissingDataError(" | ".join(keys))
    return Lineage(workflow=plan.workflow, run_id=stored.run_id, key=first, parts=_parts(first, past))


def _past(plan: Plan, stored: Stored, events: Sequence[Event]) -> _Past:
    places: dict[Key, list[int]] = {}
    for place, event in enumerate(events):
        for key in event.keys if event.kind in _NAMING else ():
            places.setdefault(key, []).append(place)
    entries = {key: entry for key, entry in snapshot_of(stored).entries.items() if entry.value is not ABSENT}
    return _Past({step.name: step for step in plan.steps}, entries, events, places)


def _parts(first: Key, past: _Past) -> tuple[Origin, ...]:
    found: dict[Key, Origin] = {}
    stack = [first]
    while stack:
        key = stack.pop()
        if key not in found:
            found[key] = _origin(key, past)
            stack.extend(reversed(found[key].sources))
    return tuple(found.values())


def _origin(key: Key, past: _Past) -> Origin:
    entry = past.entries[key]
    place = _made_at(key, entry, past)
    event = None if place is None else past.events[place]
    sources, earlier = _read(entry, place, past)
    return Origin(
        key=key,
        builder=entry.by,
        round=entry.changed,
        sources=sources,
        earlier=earlier,
        at=None if event is None else event.at,
        seconds=None if event is None else event.seconds,
    )


def _made_at(key: Key, entry: Entry, past: _Past) -> int | None:
    """Give the place of the event that brought what is there, if the history has it: no later one can name the key."""
    places = past.places.get(key)
    if not places:
        return None
    event = past.events[places[-1]]
    return places[-1] if event.builder == entry.by and event.round >= entry.changed else None


def _read(entry: Entry, place: int | None, past: _Past) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
    """Give what a value was made from: what is still the same, and what is not."""
    step = None if entry.by is None else past.steps.get(entry.by)
    sources: list[Key] = []
    earlier: list[Key] = []
    for read in () if step is None else step.inputs:
        same = [one for one in read.keys if _is_same(one, read, entry, past)]
        if same:
            sources.append(max(same, key=lambda one: past.entries[one].changed))
        else:
            earlier.extend(_before(read, place, past))
    return _once(sources), _once(one for one in earlier if one not in sources)


def _is_same(key: Key, read: Input, made: Entry, past: _Past) -> bool:
    """Say whether a key is as it was when a builder read it; through Feedback it read what was older than its pass."""
    entry = past.entries.get(key)
    before = made.changed - 1 if read.mode is Mode.FEEDBACK else made.changed
    return entry is not None and entry.changed <= before


def _before(read: Input, place: int | None, past: _Past) -> list[Key]:
    """Give the key that a builder must have read although it is not the same any more, as far as that is known."""
    named = {key: past.places.get(key, ())[: bisect_left(past.places.get(key, ()), place or 0)] for key in read.keys}
    there = [key for key, places in named.items() if places]
    if there:
        return [max(there, key=lambda key: named[key][-1])]
    return [*read.keys] if read.required and len(read.keys) == 1 else []


def _once(keys: Iterable[Key]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(keys))
