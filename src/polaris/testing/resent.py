"""Deliveries that are sent again, as clients do that heard no answer."""

from __future__ import annotations

from copy import deepcopy

from polaris._assembly import desk_of
from polaris._model.compiled import Compiled
from polaris._model.keys import TypeForm
from polaris.stores import MemoryStore
from polaris.testing.contexts import RUN_ID
from polaris.testing.report import Carried, Recorder
from polaris.testing.strategies import Deltas
from polaris.testing.subject import Subject
from polaris.testing.ways import carried, engine_at, hooks_of


def sent_once(found: Compiled, subject: Subject, script: Deltas) -> Carried:
    """Send each delivery once, under an id."""
    return _carry(found, subject, list(enumerate(script)))


def resent_by_id(found: Compiled, subject: Subject, script: Deltas) -> Carried:
    """Send each delivery twice under its id, and all of them again in the end."""
    numbered = list(enumerate(script))
    return _carry(found, subject, [*(each for each in numbered for _ in range(2)), *numbered])


def resent_twice(found: Compiled, subject: Subject, script: Deltas) -> Carried:
    """Send each delivery twice, as if they were two."""
    return _carry(found, subject, list(enumerate(delta for delta in script for _ in range(2))))


def _carry(found: Compiled, subject: Subject, sent: list[tuple[int, dict[TypeForm, object]]]) -> Carried:
    recorder, name = Recorder(), found.plan.workflow
    with engine_at(desk_of(MemoryStore(), subject.bound(found), hooks=hooks_of(recorder))) as engine:
        engine.run(name, RUN_ID, new=True)
        for number, delta in sent:
            engine.run(name, RUN_ID, deepcopy(delta), delivery_id=f"delivery {number}")
        return carried(engine.get(RUN_ID), recorder)
