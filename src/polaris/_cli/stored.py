"""Reads and changes stored runs as they are: no workflow, no resources and no value of them is needed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from uuid import uuid4

from polaris._cache.format import decode_plan
from polaris._model.events import Event
from polaris._model.plan import Plan
from polaris._model.records import Receipt, Stored
from polaris._runtime.desk import check_run_id
from polaris.errors import PlanFormatError, UnknownRunError
from polaris.protocols import Store
from polaris.stores import open_store


@contextmanager
def opened_store(url: str) -> Generator[Store]:
    """Open a store that is there, and close it.

    Raises:
        StoreUnavailableError: the store cannot be opened.
    """
    store = open_store(url, must_exist=True)
    try:
        yield store
    finally:
        store.close()


def load_stored(store: Store, run_id: str) -> Stored:
    """Read a run at one consistent revision.

    Raises:
        DeclarationError: the id is no text that a store could keep.
        UnknownRunError: there is no such run in the store.
    """
    check_run_id(run_id)
    stored = store.load(run_id)
    if stored is None:
        raise UnknownRunError(run_id)
    return stored


def read_stored(url: str, run_id: str) -> Stored:
    """Read a run of the store that a URL names; as `load_stored`.

    Raises:
        StoreUnavailableError: the store cannot be opened.
    """
    with opened_store(url) as store:
        return load_stored(store, run_id)


def read_history(url: str, run_id: str) -> tuple[Event, ...]:
    """Read what happened in a run, in order.

    Raises:
        DeclarationError: the id is no text that a store could keep.
        StoreUnavailableError: the store cannot be opened.
        UnknownRunError: there is no such run in it.
    """
    check_run_id(run_id)
    with opened_store(url) as store:
        events = store.history(run_id)
    if events is None:
        raise UnknownRunError(run_id)
    return events


def cancel_stored(url: str, run_id: str) -> Stored:
    """Close a run for good, whoever holds it, and give it as it is then.

    Raises:
        DeclarationError: the id is no text that a store could keep.
        StoreUnavailableError: the store cannot be opened.
        UnknownRunError: there is no such run in it.
    """
    check_run_id(run_id)
    with opened_store(url) as store:
        if store.cancel(run_id, op=uuid4().hex).receipt is Receipt.LOST:
            raise UnknownRunError(run_id)
        return load_stored(store, run_id)


def read_with_plan(url: str, run_id: str) -> tuple[Plan, Stored]:
    """Read a run, and the plan that it was last advanced under.

    Raises:
        StoreUnavailableError: the store cannot be opened.
        UnknownRunError: there is no such run in it.
        PlanFormatError: the store has no plan of it that this version can read.
    """
    with opened_store(url) as store:
        stored = load_stored(store, run_id)
        content = store.get_plan(stored.header.fingerprint)
    where = f"What the store has for {stored.header.workflow!r}"
    if content is None:
        raise PlanFormatError(where, why=f"plan {stored.header.fingerprint[:12]} was not kept")
    return decode_plan(content, where), stored


def keys_of(stored: Stored) -> tuple[str, ...]:
    """Give the keys that have a stored value."""
    return tuple(sorted(cell.key for cell in stored.cells if cell.text is not None))
