"""What was recorded of the ancestor holds here, but for the deliberate differences: they are the table below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum

import pytest

from tests.conformance.upstream.reader import CASES, Json
from tests.conformance.upstream.records import recorded
from tests.conformance.upstream.ways import PARALLEL, WAYS, came_of

Changes = Mapping[str | tuple[int, str], object]
"""What is different in a record: a field of the compiled case, or of the call of this number."""


class Why(StrEnum):
    """The deliberate differences from the ancestor: there are no other reasons."""

    KEPT = "failure keeps data"
    UNKNOWN = "unknown data is an error; nothing is stored or run, and no call begins"
    NO_PRODUCER = "a target without a producer is an error at compile time"
    CYCLE = "a cycle without Feedback is an error at compile time"
    TWO_PARAMETERS = "one key in two parameters is an error at compile time"
    LEVELS = "levels as soon as possible, and accesses order"
    FEEDBACK = "Feedback is followed until values stop changing: an equal value triggers nothing"


# --- shapes of differences, and what mends them ----------------------------------------------------------------------


def refused(code: str) -> Changes:
    """Say that a case does not compile."""
    return {"faults": [code], "levels": None, "calls": []}


NOT_STORED: Changes = {(0, "status"): None, (0, "events"): []}
NOT_RUN: Changes = NOT_STORED | {
    (0, "error"): {"type": "UnknownDataError"},
    (0, "produced"): None,
    (0, "ran"): [],
    (0, "data"): {},
}


def known_data_only(case: Json) -> None:
    """Leave out G, which no builder reads."""
    for call in case["calls"]:
        call["delta"] = [given for given in call["delta"] if given["data"] != "G"]
        call["expect_dataset"].remove("G")
        del call["expect_dataset_values"]["G"]


def feedback(case: Json) -> None:
    """Have the builders that read OMSP before it is made read what it was before the pass."""
    for spec in case["builders"]:
        if spec["name"] in {"OCRDB", "PODB"}:
            spec["consumes"].remove("OMSP")
            spec["feedback"] = ["OMSP"]


def one_parameter(case: Json) -> None:
    """Let the builder that both requires and takes optionally G only require it."""
    for spec in case["builders"]:
        if spec["name"] == "BuilderH":
            spec["optionals"].remove("G")


EARLY_LEVELS = [
    ["BuilderA1", "BuilderA2", "BuilderA3"],
    ["BuilderB1", "BuilderB2", "BuilderB3", "BuilderB4", "BuilderB5"],
    ["BuilderC"],
    ["BuilderD"],
    ["BuilderE1", "BuilderE2", "BuilderE3", "BuilderE4", "BuilderE5", "BuilderE6"],
    ["BuilderF"],
    ["BuilderG"],
    ["BuilderI"],
    ["BuilderJ"],
    ["BuilderK"],
]
HOME_PAGE_LEVELS = [
    ["API_AUTH_CHECKER"],
    ["USER_DATA_EXPANDER"],
    ["GET_FOLLOWERS", "POST_LIST_BUILDER", "RECOMMENDATION_BUILDER"],
    ["LATEST_BLOG_SELECTOR"],
    ["BLOG_POST_SOURCE"],
    ["HOME_PAGE_BUILDER"],
]

RAN_ONCE = ["DPDB", "ILDB", "IPDB", "OCDB", "OMSPD", "PPDB", "PSDB"]
NO_OTHER_PASS: Changes = {
    (1, "ran"): RAN_ONCE,
    (1, "produced"): {"DPD": "dpd", "ILD": "ild", "IPD": "ipd", "OMSP": "omsp", "PPD": "ppd", "PSD": "psd"},
    (1, "events"): [
        "pre",
        *(f"after:{name}" + ("=null" if name == "OCDB" else "") for name in RAN_ONCE),
        *(f"before:{name}" for name in RAN_ONCE),
        "post",
    ],
    (1, "early"): [],
}


# --- the table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """How a case differs from what was recorded.

    Attributes:
        why: the reason.
        here: what is different here.
        mend: edits the case so that the reason is gone.
        still: what is different in the mended case; in nothing, if it is as recorded.
    """

    why: Why
    here: Changes
    mend: Callable[[Json], None] | None = None
    still: Difference | None = None


def kept(**data: str) -> Difference:
    return Difference(Why.KEPT, {(0, "data"): data})


ONLY_LEVELS = Difference(Why.LEVELS, {"levels": EARLY_LEVELS})

DIFFERENCES = {
    "single_step": Difference(Why.UNKNOWN, NOT_RUN, known_data_only),
    "mt_single_step": Difference(Why.UNKNOWN, NOT_RUN, known_data_only),
    "null_in_delta": Difference(Why.UNKNOWN, NOT_STORED),
    "mt_null_in_delta": Difference(Why.UNKNOWN, NOT_STORED),
    "builder_error": kept(X="Hello"),
    "mt_builder_error": kept(X="Hello"),
    "validation_error": kept(C="Hello"),
    "mt_validation_error": kept(C="Hello"),
    "validation_error_partial": kept(A="Hello", B="World", C="Hello World"),
    "mt_validation_error_partial": kept(A="Hello", B="World", C="Hello World"),
    "graph_target_without_producer": Difference(Why.NO_PRODUCER, refused("POL201")),
    "flow_multi_step": Difference(Why.CYCLE, refused("POL203"), feedback),
    "flow_single_step": Difference(Why.CYCLE, refused("POL203"), feedback),
    "loop": Difference(Why.CYCLE, refused("POL203"), feedback, Difference(Why.FEEDBACK, NO_OTHER_PASS)),
    "complex_scenario_a1": Difference(Why.TWO_PARAMETERS, refused("POL112"), one_parameter, ONLY_LEVELS),
    "complex_scenario_a2": Difference(Why.TWO_PARAMETERS, refused("POL112"), one_parameter, ONLY_LEVELS),
    "home_page": Difference(Why.LEVELS, {"levels": HOME_PAGE_LEVELS}),
}


# --- the tests -------------------------------------------------------------------------------------------------------


def in_every_way(names: Iterable[str]) -> pytest.MarkDecorator:
    """Carry out each case in each way; in memory only the cases of one call."""
    plays = [(name, way) for name in names for way in WAYS if way != "in memory" or len(CASES[name]["calls"]) <= 1]
    return pytest.mark.parametrize(("name", "way"), plays)


def changed(record: Json, difference: Difference | None) -> Json:
    for where, value in difference.here.items() if difference else ():
        place, what = (record, where) if isinstance(where, str) else (record["calls"][where[0]], where[1])
        assert place[what] != value, "the table claims a difference where there is none"
        place[what] = value
    return record


@in_every_way(name for name in CASES if name not in DIFFERENCES)
def test_a_case_comes_to_what_was_recorded(name: str, way: str) -> None:
    assert came_of(CASES[name], way) == recorded(CASES[name], parallel=way in PARALLEL)


@in_every_way(DIFFERENCES)
def test_a_case_of_the_table_differs_as_the_table_says(name: str, way: str) -> None:
    before = recorded(CASES[name], parallel=way in PARALLEL)
    assert came_of(CASES[name], way) == changed(before, DIFFERENCES[name])


@in_every_way(name for name, difference in DIFFERENCES.items() if difference.mend)
def test_a_mended_case_differs_in_nothing_but_what_the_table_says(name: str, way: str) -> None:
    case = deepcopy(CASES[name])
    DIFFERENCES[name].mend(case)
    before = recorded(case, parallel=way in PARALLEL)
    assert came_of(case, way) == changed(before, DIFFERENCES[name].still)


def test_no_case_was_lost() -> None:
    assert len(CASES) == 54
