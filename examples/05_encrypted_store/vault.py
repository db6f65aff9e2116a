"""What is stored is encrypted: a codec of your own turns values into text, and only those with the key read it."""

import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

import polaris
from polaris import Workflow, builder
from polaris.errors import CodecError
from polaris.stores.codecs import JsonCodec


@dataclass(frozen=True)
class Applicant:
    name: str
    passport: str


@dataclass(frozen=True)
class Verdict:
    passed: bool


@dataclass(frozen=True)
class Account:
    owner: str


@builder
def open_account(applicant: Applicant, verdict: Verdict) -> Account | None:
    return Account(applicant.name) if verdict.passed else None


onboarding = Workflow("onboarding", target=Account)


class EncryptingCodec:
    """JSON, encrypted. New texts are written with the first key, and old ones read with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._plain = JsonCodec()
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encode(self, value: object, form: object) -> str:
        return self._fernet.encrypt(self._plain.encode(value, form).encode()).decode()

    def decode(self, text: str, form: object) -> object:
        try:
            plain = self._fernet.decrypt(text.encode())
        except InvalidToken:
            raise CodecError(getattr(form, "__name__", str(form)), path="", why="no key fits", reading=True) from None
        return self._plain.decode(plain.decode(), form)


def main(key: bytes) -> None:
    codec = EncryptingCodec([key])
    with polaris.open_engine("sqlite:///vault.db", onboarding, codec=codec) as engine:
        engine.run(onboarding, "anna", Applicant("Anna", passport="C01X00T47"))
        outcome = engine.run(onboarding, "anna", Verdict(passed=True))
        print(f"opened: {outcome.result.owner}'s account")
    with sqlite3.connect("vault.db") as database:
        is_there = "C01X00T47" in "".join(database.iterdump())
    database.close()
    print(f"the passport number is in the file: {is_there}")


if __name__ == "__main__":
    main(sys.argv[1].encode() if sys.argv[1:] else Fernet.generate_key())
