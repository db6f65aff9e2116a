"""Reads a stored run as it is: no workflow, no resources and no value of it is needed."""

from __future__ import annotations

from polaris._cache.format import decode_plan
from polaris._model.plan import Plan
from polaris._model.records import Stored
from polaris.errors import PlanFormatError, UnknownRunError
from polaris.stores import open_store


def read_stored(url: str, run_id: str) -> Stored:
    """Read a run at one consistent revision.

    Raises:
        StoreUnavailableError: the store cannot be opened.
        UnknownRunError: there is no such run in it.
    """
    store = open_store(url, must_exist=True)
    try:
        stored = store.load(run_id)
    finally:
        store.close()
    if stored is None:
        raise UnknownRunError(run_id)
    return stored


def read_with_plan(url: str, run_id: str) -> tuple[Plan, Stored]:
    """Read a run, and the plan that it was last advanced under.

    Raises:
        StoreUnavailableError: the store cannot be opened.
        UnknownRunError: there is no such run in it.
        PlanFormatError: the store has no plan of it that this version can read.
    """
    store = open_store(url, must_exist=True)
    try:
        stored = store.load(run_id)
        content = None if stored is None else store.get_plan(stored.header.fingerprint)
    finally:
        store.close()
    if stored is None:
        raise UnknownRunError(run_id)
    where = f"What the store has for {stored.header.workflow!r}"
    if content is None:
        raise PlanFormatError(where, why=f"plan {stored.header.fingerprint[:12]} was not kept")
    return decode_plan(content, where), stored


def keys_of(stored: Stored) -> tuple[str, ...]:
    """Give the keys that have a stored value."""
    return tuple(sorted(cell.key for cell in stored.cells if cell.text is not None))
