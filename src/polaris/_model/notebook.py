"""How a run shows itself in a notebook: where it stands, and which data are there; never a value."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Protocol

from polaris._model.keys import key_of


class Shown(Protocol):
    """What is shown: an `Outcome` and a `RunState` both have it."""

    @property
    def workflow(self) -> str:
        """The name of the workflow."""
        ...

    @property
    def run_id(self) -> str | None:
        """The id of the run, if it is a stored one."""
        ...

    @property
    def status(self) -> str:
        """Where it stands."""
        ...

    @property
    def data(self) -> Iterable[object]:
        """The types of all current values."""
        ...

    @property
    def waiting_for(self) -> Iterable[object]:
        """The types from outside that it needs next."""
        ...


def as_html(run: Shown) -> str:
    """Give a small table that says where a run stands."""
    produced: Iterable[object] = getattr(run, "produced", ())
    error: str | None = getattr(run, "error", None)
    rows = {
        "status": run.status,
        "failed": error or "",
        "produced": _listed(produced),
        "present": _listed(run.data),
        "waiting for": _listed(run.waiting_for),
    }
    name = run.workflow if run.run_id is None else f"{run.workflow} {run.run_id}"
    cells = [_row(word, said) for word, said in rows.items() if said]
    return f"<table><caption>{escape(name)}</caption><tbody>{''.join(cells)}</tbody></table>"


def _row(word: str, said: str) -> str:
    left = "text-align:left"
    return f'<tr><th scope="row" style="{left}">{word}</th><td style="{left}">{escape(said)}</td></tr>'


def _listed(forms: Iterable[object]) -> str:
    return ", ".join(sorted(key_of(form) for form in forms))
