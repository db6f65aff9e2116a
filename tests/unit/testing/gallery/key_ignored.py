"""An effect ignores the idempotency key: after a crash the card is charged twice."""

from itertools import count

from polaris import Context, Resource, Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "makes something else of the same"


class Bank:
    """Knows what it has done, by key."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._known: dict[str, str] = {}

    def charge(self, cents: int, key: str | None = None) -> str:
        number = f"{cents} as number {next(self._numbers)}"
        return number if key is None else self._known.setdefault(key, number)


OPTIONS = {"resources": {Bank: Bank()}}


def charge(a: A, bank: Resource[Bank]) -> Out:
    return Out(bank.charge(a.n))


def charge_once(a: A, bank: Resource[Bank], ctx: Context) -> Out:
    return Out(bank.charge(a.n, ctx.idempotency_key))


wrong = Workflow("wrong", target=Out, builders=[charge])
right = Workflow("right", target=Out, builders=[charge_once])
