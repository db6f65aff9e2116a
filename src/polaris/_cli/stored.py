"""Reads a stored run as it is: no workflow, no resources and no value of it is needed."""

from __future__ import annotations

from polaris._model.records import Stored
from polaris.errors import UnknownRunError
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


def keys_of(stored: Stored) -> tuple[str, ...]:
    """Give the keys that have a stored value."""
    return tuple(sorted(cell.key for cell in stored.cells if cell.text is not None))
