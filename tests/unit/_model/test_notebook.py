"""How a run shows itself in a notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from xml.etree import ElementTree as ET

from polaris._model.outcome import Outcome, RunState, Status


@dataclass(frozen=True)
class Fare:
    amount: int


@dataclass(frozen=True)
class Paid:
    amount: int


def rows(run: Outcome[Paid] | RunState) -> dict[str, str]:
    found = re.findall(r"<th[^>]*>(.*?)</th><td[^>]*>(.*?)</td>", run._repr_html_())
    return {word: unescape(said) for word, said in found}


def outcome(workflow: str = "ride", run_id: str | None = "ride-42") -> Outcome[Paid]:
    return Outcome(
        workflow=workflow,
        run_id=run_id,
        status=Status.WAITING,
        produced={list[Fare]: [Fare(7)]},
        data={list[Fare]: [Fare(7)], Fare: Fare(77)},
        waiting_for=(Paid,),
        target=(Paid,),
        target_all=True,
    )


def test_an_outcome_says_where_its_run_stands_and_which_data_are_there() -> None:
    assert rows(outcome()) == {
        "status": "waiting",
        "produced": "list[Fare]",
        "present": "Fare, list[Fare]",
        "waiting for": "Paid",
    }


def test_a_state_says_why_its_run_failed() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    state = RunState(
        run_id="ride-42",
        workflow="ride",
        fingerprint="",
        status=Status.FAILED,
        data={},
        waiting_for=(),
        revision=1,
        error="pay: KeyError",
        created=moment,
        updated=moment,
    )
    assert rows(state) == {"status": "failed", "failed": "pay: KeyError"}


def test_it_is_called_by_its_names_which_are_escaped() -> None:
    assert "<caption>ride ride-42</caption>" in outcome()._repr_html_()
    shown = outcome("<b>", None)._repr_html_()
    assert ET.fromstring(shown).findtext("caption") == "<b>"  # noqa: S314 - our own text


def test_no_value_is_shown_but_in_the_text_that_stands_in_for_it() -> None:
    assert "7" not in outcome()._repr_html_().replace("ride-42", "")
    assert "Fare(amount=77)" in repr(outcome())
