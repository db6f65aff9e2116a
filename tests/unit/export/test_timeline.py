"""The picture of a history: every bar and every wait is said in words, too. (The recorded text: test_dot.)"""

from __future__ import annotations

import itertools
import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris.errors import RenderError
from polaris.export import timeline
from polaris.export.style import ThemeName
from polaris.export.timeline import duration
from tests.unit.export.histories import RIDE, history
from tests.unit.export.strategies import NAMES

SVG = "{http://www.w3.org/2000/svg}"


def told(events: list[Event], theme: ThemeName = "light") -> list[str]:
    """The lines of the picture, as its titles say them."""
    return [line.findtext(f"{SVG}title") or "" for line in drawn(events, theme).iter(f"{SVG}g")]


def drawn(events: list[Event], theme: ThemeName = "light") -> ET.Element:
    return ET.fromstring(timeline(events, theme=theme))  # noqa: S314 - our own text


def bars(events: list[Event]) -> list[tuple[float, float]]:
    """Begin and width of every bar, as parts of the longest that one can be."""
    found = [one for line in drawn(events).iter(f"{SVG}g") for one in line.iter(f"{SVG}rect") if one.get("rx") == "2"]
    return [
        (round((float(one.attrib["x"]) - 250) / 328, 2), round(float(one.attrib["width"]) / 328, 2)) for one in found
    ]


def test_calls_bars_and_waits_are_told_in_order() -> None:
    assert told(RIDE) == [
        "call 1 - 2026-03-01 08:30:00 UTC - delivered RideRequest - waiting after 1.9 s",
        "read_surge: 400 ms, made Surge",
        "match_cabbie: 1.5 s, made CabbieMatched",
        "waited 6 min 59 s",
        "call 2 - 2026-03-01 08:37:01 UTC - delivered CabbieArrived - waiting after 20 ms",
        "meet_rider: 10 ms, made PickedUp",
        "waited 2 h",
        (
            "call 3 - 2026-03-01 10:37:01 UTC - delivered RideStarted, DestinationReached"
            " - failed with CardError after 3.5 s"
        ),
        "start_ride: 200 ms, made RideBegun",
        "reach_destination: 300 ms, made Arrived",
        "take_payment: 3 s, failed with CardError",
        "waited 1 min",
        "call 4 - 2026-03-01 10:38:04 UTC - nothing delivered - completed after 600 ms",
        "take_payment: attempt 2, 500 ms, made Paid",
        "tell_friends: 1 ms, declined",
        "end_ride: 100 ms, made RideEnded",
    ]


def test_failures_are_counted_until_the_builder_has_run_well() -> None:
    first = ["0 call A", "1 a failed 1 E", "1 b failed 1 E", "1 end failed 1 E"]
    then = ["2 call", "3 a failed 1 E", "3 a made 1 B", "4 a made 1 B"]
    assert [line for line in told(history(*first, *then)) if line.startswith(("a", "b"))] == [
        "a: 1 s, failed with E",
        "b: 1 s, failed with E",
        "a: attempt 2, 1 s, failed with E",
        "a: attempt 3, 1 s, made B",
        "a: 1 s, made B",
    ]


def test_it_says_in_one_line_what_it_shows() -> None:
    picture = drawn(RIDE)
    assert picture.findtext(f"{SVG}title") == "Timeline of cab_ride ride-42"
    said = "4 calls, 9 bars, 1 failure, waited 2 h 7 min between calls"
    assert picture.findtext(f"{SVG}desc") == said
    assert said in [text.text for text in picture.iter(f"{SVG}text")]


def test_bars_stand_where_their_builders_ran_on_the_scale_of_their_call() -> None:
    assert bars(history("0 call A", "1 a made 1 B", "4 b made 2 C", "4 end waiting 4")) == [(0, 0.25), (0.5, 0.5)]


def test_a_bar_that_is_too_short_to_be_seen_is_shown_all_the_same() -> None:
    assert [width for _, width in bars(history("0 call A", "0 a made 0 B", "9 b made 9 C"))] == [0.01, 1]


def test_what_an_observer_was_told_has_no_time_of_day_and_is_drawn_one_after_another() -> None:
    events = history("0 call A", "0 a made 1 B", "0 b made 3 C", "0 end waiting", "0 call", "0 end completed", at=False)
    other = [Event(kind=kind, workflow="w", run_id=None, round=1) for kind in (EventKind.BUILDER_STARTED,)]
    assert bars([*events[:1], *other, *events[1:]]) == [(0, 0.25), (0.25, 0.75)]
    assert told(events) == [
        "call 1 - delivered A - waiting",
        "a: 1 s, made B",
        "b: 3 s, made C",
        "call 2 - nothing delivered - completed",
    ]
    assert "between calls" not in timeline(events)


def test_a_call_that_was_interrupted_did_not_end() -> None:
    assert told(history("0 call A", "1 a made 1 B", "60 call", "61 end completed 1")) == [
        "call 1 - 2026-03-01 08:30:00 UTC - delivered A - not ended",
        "a: 1 s, made B",
        "call 2 - 2026-03-01 08:31:00 UTC - nothing delivered - completed after 1 s",
    ]


def test_a_history_that_begins_in_the_middle_is_drawn() -> None:
    assert told(history("5 a made 1 B", "5 end waiting 1"))[0] == "call 1 - 2026-03-01 08:30:05 UTC - waiting after 1 s"


def test_a_builder_that_failed_for_no_known_reason_and_took_no_time_is_drawn() -> None:
    failed = Event(kind=EventKind.BUILDER_FAILED, workflow="w", run_id=None, round=1, builder="b")
    assert told([failed]) == ["call 1 - not ended", "b: failed with an error"]
    assert "Timeline of w<" in timeline([failed])


def test_nothing_is_drawn_of_nothing() -> None:
    assert told([]) == []
    assert "0 calls, 0 bars, 0 failures" in timeline([])


def test_long_names_lose_their_end_in_the_picture_and_not_in_its_title() -> None:
    name = "a_builder_with_a_very_long_name_indeed"
    picture = timeline(history("0 call A", f"1 {name} made 1 B"))
    assert f"{name}: 1 s, made B" in picture
    assert f">{name[:29]}...</text>" in picture


def test_a_hundred_bars_are_a_hundred_lines() -> None:
    events = history("0 call A", *(f"{n} b{n} made 1 K{n}" for n in range(1, 101)), "100 end completed 100")
    assert len(told(events)) == 101
    places = [int(y) for y in re.findall(r"translate\(0 (\d+)\)", timeline(events))]
    assert {two - one for one, two in itertools.pairwise(places)} == {22}
    assert float(drawn(events).attrib["height"]) > places[-1] + 22


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 ms"), (0.0001, "0.1 ms"), (0.00001, "0 ms"), (0.25, "250 ms"), (1.25, "1.25 s"), (60, "1 min"),
     (125, "2 min 5 s"), (3600, "1 h"), (7_500, "2 h 5 min"), (90_000, "1 d 1 h"), (86_400 * 40, "40 d")],
)  # fmt: skip
def test_a_time_is_told_in_the_units_that_say_most(seconds: float, words: str) -> None:
    assert duration(seconds) == words


# --- files -------------------------------------------------------------------------------------------------------


def test_it_is_written_into_a_file(tmp_path: Path) -> None:
    text = timeline(RIDE, tmp_path / "ride.SVG")
    assert (tmp_path / "ride.SVG").read_text(encoding="utf-8") == text == timeline(RIDE)


def test_a_page_has_the_picture_inside(tmp_path: Path) -> None:
    text = timeline(RIDE, str(tmp_path / "ride.html"), theme="dark")
    assert (tmp_path / "ride.html").read_text(encoding="utf-8") == text
    assert text.startswith("<!DOCTYPE html>")
    assert "<title>Timeline of cab_ride ride-42</title>" in text
    assert timeline(RIDE, theme="dark") in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_other_formats_and_themes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"No timeline can be written as '\.png'\. Use a name that ends in"):
        timeline(RIDE, tmp_path / "ride.png")
    with pytest.raises(RenderError, match="There is no theme 'blue'"):
        timeline(RIDE, theme="blue")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# --- any names ---------------------------------------------------------------------------------------------------


@given(names=st.lists(NAMES, min_size=5, max_size=5))
def test_no_name_can_break_it(names: list[str]) -> None:
    workflow, run_id, builder, key, error = names
    kinds = (EventKind.CALL_STARTED, EventKind.BUILDER_FINISHED, EventKind.BUILDER_FAILED)
    events = [
        Event(kind=kind, workflow=workflow, run_id=run_id, round=1, builder=builder, keys=(Key(key),), error=error)
        for kind in kinds
    ]
    picture = drawn(events)
    assert len(list(picture.iter(f"{SVG}g"))) == 3
    assert {element.tag for element in picture.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "rect", "text", "g")
    }
    assert unescape(picture.findtext(f"{SVG}title") or "").startswith("Timeline of ")
