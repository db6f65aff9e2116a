"""What would get a run further: the answer of `Engine.next_inputs`, as a noun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from polaris._model.words import BUILDER, Styles, coloured, listed, name_of

if TYPE_CHECKING:
    from rich.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One set of outside data, and what comes of delivering it.

    Attributes:
        data: what to deliver, together: types from an engine, keys where only the plan is known.
        runs: the builders that can run then and cannot now, in plan order.
    """

    data: tuple[object, ...]
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextInputs:
    """The minimal sets of outside data that get a run further.

    Attributes:
        workflow: the name of the workflow.
        run_id: the id of the run.
        until: what is to be reached; empty for the next builder on the way to the target.
        ways: the sets, the smallest first, each with the builders that it lets run; none if nothing helps.
        pending: the builders that a call without data would run: it failed, was interrupted, or something was asked.
        exact: whether these are all the sets; False if there were too many to look at: there may be more, and smaller.
        is_complete: whether the target is there.
    """

    workflow: str
    run_id: str | None = None
    until: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    pending: tuple[str, ...] = ()
    exact: bool = True
    is_complete: bool = False

    @property
    def sets(self) -> tuple[tuple[object, ...], ...]:
        """The sets of data alone. An empty one says that nothing needs to be delivered: a call without data will do."""
        return tuple(way.data for way in self.ways)

    def as_json(self) -> dict[str, object]:
        """Give all of it in lists and dicts, keys in the place of types."""
        return {
            "workflow": self.workflow,
            "run_id": self.run_id,
            "until": list(self.until),
            "exact": self.exact,
            "complete": self.is_complete,
            "sets": [{"data": [name_of(form) for form in way.data], "runs": list(way.runs)} for way in self.ways],
            "pending": list(self.pending),
        }

    def __str__(self) -> str:
        name = self.workflow if self.run_id is None else f"{self.workflow} {self.run_id}"
        goal = f"to {listed(self.until, 'or')}" if self.until else "further"
        if not self.ways:
            said = "it is completed" if self.is_complete else f"no data that are absent now would get it {goal}"
            return f"{name}: {said}"
        if self.sets == ((),):
            return f"{name}: {self._without_data(goal)}"
        shown = [(listed(map(name_of, way.data), "and"), _ticked(way.runs)) for way in self.ways]
        width = max(len(data) for data, _ in shown)
        lines = [f"{name}: {'this gets' if len(shown) == 1 else 'any of these gets'} it {goal}"]
        lines += [f"  {data.ljust(width)}  lets {runs} run" if runs else f"  {data}" for data, runs in shown]
        return "\n".join(lines if self.exact else [*lines, "  and perhaps more: there were too many to look at"])

    def __rich__(self) -> Text:
        """Give the text with colours, for terminals."""
        return coloured(str(self), _STYLES)

    def _without_data(self, goal: str) -> str:
        if self.pending:
            return f"nothing is missing: a call without data runs {_ticked(self.pending)}"
        return f"nothing is missing to get it {goal}"


def _ticked(builders: tuple[str, ...]) -> str:
    return listed((f"`{name}`" for name in builders), "and") if builders else ""


_STYLES: Styles = (BUILDER, (r"(?m)^[^\s].*?(?=: )", "bold"))
