from pathlib import Path

import pytest

from polaris._cli.wrong_use import WrongUseError, writing


def test_what_goes_well_is_left_alone(tmp_path: Path) -> None:
    with writing(tmp_path / "plan.lock"):
        pass


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "plan.lock"
    with pytest.raises(WrongUseError) as raised, writing(file):
        file.write_text("{}")
    assert raised.value.message == f"{file} cannot be written: No such file or directory. Name another place."
