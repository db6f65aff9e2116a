import click
import pytest

from polaris import Status
from polaris._cli.options import STATUSES, Duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("90s", 90),
        ("1.5s", 1.5),
        ("15m", 900),
        ("12h", 43_200),
        ("30d", 2_592_000),
        ("2w", 1_209_600),
    ],
)
def test_a_duration_is_a_number_of_seconds_or_of_what_its_letter_stands_for(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "d", "-1", "3x", "3 d", "3D", "1e3", "inf", "nan", "1" * 10])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"is no duration. Write it like 90s, 15m, 12h, 30d or 2w."):
        Duration().convert(text, None, None)


def test_a_stored_run_has_any_status_but_that_of_a_call_that_waits_in_line() -> None:
    assert {*STATUSES.choices, Status.QUEUED} == {*Status}
