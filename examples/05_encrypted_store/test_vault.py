import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from vault import Account, Applicant, EncryptingCodec, Verdict, onboarding

import polaris
from polaris.errors import CodecError
from polaris.testing import check_workflow

ANNA = Applicant("Anna", passport="C01X00T47")
OLD, NEW = Fernet.generate_key(), Fernet.generate_key()


def test_the_program_says_what_the_readme_shows(tmp_path: Path) -> None:
    program = Path(__file__).with_name("vault.py")
    done = subprocess.run([sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "opened: Anna's account\nthe passport number is in the file: False\n"


def test_nothing_that_was_delivered_or_made_can_be_read_in_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vault.db"
    with polaris.open_engine(url, onboarding, codec=EncryptingCodec([OLD])) as engine:
        engine.run(onboarding, "anna", ANNA)
        engine.run(onboarding, "anna", Verdict(passed=True))
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"onboarding" in stored
    assert not any(secret in stored for secret in (b"Anna", b"C01X00T47"))


def test_who_has_the_key_goes_on_where_the_run_stopped(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vault.db"
    with polaris.open_engine(url, onboarding, codec=EncryptingCodec([OLD])) as engine:
        engine.run(onboarding, "anna", ANNA)
    with polaris.open_engine(url, onboarding, codec=EncryptingCodec([NEW, OLD])) as engine:
        outcome = engine.run(onboarding, "anna", Verdict(passed=True))
        assert outcome.result == Account("Anna")
        assert engine.get("anna")[Applicant] == ANNA


def test_who_has_another_key_is_told_so_and_no_value(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vault.db"
    with polaris.open_engine(url, onboarding, codec=EncryptingCodec([OLD])) as engine:
        engine.run(onboarding, "anna", ANNA)
    with polaris.open_engine(url, onboarding, codec=EncryptingCodec([NEW])) as engine:
        with pytest.raises(CodecError, match="no key fits") as caught:
            engine.get("anna")
        assert "C01X00T47" not in str(caught.value)


def test_an_account_does_not_depend_on_order_or_pauses() -> None:
    check_workflow(onboarding)
