from pathlib import Path

import pytest

from polaris._assembly import compiled
from polaris._cli.data import read_data
from polaris._cli.load import load_workflow
from polaris._cli.wrong_use import WrongUseError
from polaris._model.compiled import Compiled
from tests.unit._cli.folder import ARRIVED, REQUEST


@pytest.fixture
def rides(folder: Path) -> Compiled:
    return compiled(load_workflow("rides:cab_ride"))


def read(found: Compiled, *pairs: str, file: Path | None = None) -> dict[str, str]:
    return {form.__name__: repr(value) for form, value in read_data(found, file, pairs).items()}


def wrong_use(found: Compiled, *pairs: str, file: Path | None = None) -> str:
    with pytest.raises(WrongUseError) as raised:
        read_data(found, file, pairs)
    return raised.value.message


def test_every_value_is_read_as_the_type_of_its_key(rides: Compiled) -> None:
    assert read(rides, REQUEST, ARRIVED, 'Note="ring twice"') == {
        "RideRequest": "RideRequest(user_id='u1', seats=2)",
        "CabbieArrived": "CabbieArrived(minute=7)",
        "Note": "'ring twice'",
    }


def test_a_value_for_a_made_key_may_be_delivered(rides: Compiled) -> None:
    assert read(rides, 'CabbieMatched={"cabbie": "Meera"}') == {"CabbieMatched": "CabbieMatched(cabbie='Meera')"}


def test_what_stands_behind_the_first_equals_sign_is_the_value(rides: Compiled) -> None:
    assert read(rides, 'Note="a=b"') == {"Note": "'a=b'"}


def test_a_file_holds_values_by_key_and_arguments_come_after_it(rides: Compiled, folder: Path) -> None:
    file = folder / "data.json"
    file.write_text('\ufeff{"Note": "from the file", "CabbieArrived": {"minute": 3}}', encoding="utf-8")
    assert list(read(rides, 'Note="from the line"', file=file).items()) == [
        ("CabbieArrived", "CabbieArrived(minute=3)"),
        ("Note", "'from the line'"),
    ]


def test_an_unknown_key_is_told_which_there_are(rides: Compiled) -> None:
    assert wrong_use(rides, "Weather=1") == (
        "Weather is no data of workflow 'cab_ride'. "
        "It takes CabbieArrived, CabbieMatched, Note, RideEnded, RideRequest."
    )


def test_an_unknown_key_is_told_what_was_meant(rides: Compiled) -> None:
    assert "Did you mean RideRequest?" in wrong_use(rides, "RideReqest={}")


def test_an_argument_of_another_form_is_shown_how_to_be_written(rides: Compiled) -> None:
    assert wrong_use(rides, "Note") == "--data Note is not Key=JSON. Write it like --data 'Name=\"Ada\"'."


@pytest.mark.parametrize(
    "text", ["", "{", "ring twice", "{} {}", "[" * 100_000], ids=lambda text: text[:8] or "nothing"
)
def test_wrong_json_is_told_with_its_key(text: str, rides: Compiled) -> None:
    message = wrong_use(rides, f"RideRequest={text}")
    assert message.startswith("What stands for RideRequest is no JSON: ")
    assert message.endswith("A text keeps its quotes in JSON: --data 'Name=\"Ada\"'.")


@pytest.mark.parametrize(
    ("text", "field"),
    [('{"user_id": "u1", "seats": "two"}', "RideRequest.seats"), ('{"user_id": "u1"}', "seats"), ("[]", "RideRequest")],
)
def test_a_value_that_does_not_fit_is_told_with_its_field_and_not_shown(text: str, field: str, rides: Compiled) -> None:
    message = wrong_use(rides, f"RideRequest={text}")
    assert field in message
    assert "two" not in message


def test_a_file_that_cannot_be_read_is_named(rides: Compiled) -> None:
    assert wrong_use(rides, file=Path("data.json")) == (
        "data.json cannot be read: No such file or directory. Check the name."
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"[1]", b"{", b"\xff", b'{"Note": "\xff"}', b'{"Note": ' + b"[" * 100_000],
    ids=lambda content: repr(content[:8]),
)
def test_a_file_that_is_no_json_object_is_named(content: bytes, rides: Compiled, folder: Path) -> None:
    file = folder / "data.json"
    file.write_bytes(content)
    message = wrong_use(rides, file=file)
    assert message.startswith(f"{file} is no JSON object: ")
    assert message.endswith('. Write {"Key": value, ...} into it.')
