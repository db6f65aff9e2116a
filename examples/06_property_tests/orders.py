"""An order, written well, and the same with bugs that are easily made and hard to see."""

from dataclasses import dataclass

from polaris import Context, Resource, Workflow, builder

# --- data -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Basket:
    cents: tuple[int, ...]


@dataclass(frozen=True)
class Voucher:
    percent: int


@dataclass(frozen=True)
class Total:
    cents: float


@dataclass(frozen=True)
class Charge:
    reference: str


@dataclass(frozen=True)
class Invoice:
    text: str


class Bank:
    """A stand-in for the bank, which knows an order by its key."""

    def __init__(self) -> None:
        self.charges: list[str | None] = []

    def charge(self, key: str | None = None) -> str:
        if key is None or key not in self.charges:
            self.charges.append(key)
        return f"charge {len(self.charges) if key is None else self.charges.index(key) + 1}"


# --- as it should be --------------------------------------------------------------------------------------------------


def add_up(basket: Basket, voucher: Voucher | None = None) -> Total:
    percent = 100 - (min(100, max(0, voucher.percent)) if voucher else 0)
    return Total(float(sum(basket.cents) * percent // 100))


@builder(once=True)
def charge(total: Total, bank: Resource[Bank], ctx: Context) -> Charge:
    return Charge(bank.charge(ctx.idempotency_key))


def write_invoice(total: Total, charge: Charge) -> Invoice:
    return Invoice(f"{total.cents} paid: {charge.reference}")


order = Workflow("order", target=Invoice, builders=[add_up, charge, write_invoice])

# --- with a bug -------------------------------------------------------------------------------------------------------


def add_up_as_it_comes(basket: Basket, voucher: Voucher | None = None) -> Total:
    """Make an int where a float is declared: a store gives it back as a float."""
    return Total(sum(basket.cents))


_seen: list[Voucher] = []


def add_up_with_memory(basket: Basket, voucher: Voucher | None = None) -> Total:
    """Collect vouchers in a list that outlives the run."""
    if voucher is not None:
        _seen.append(voucher)
    return Total(float(sum(basket.cents) - len(_seen)))


@builder(name="charge", once=True)
def charge_again(total: Total, bank: Resource[Bank]) -> Charge:
    """Charge again after a crash that came before the first charge was saved."""
    return Charge(bank.charge())


BUGS = {
    "a value changes in the store": Workflow(
        "order", target=Invoice, builders=[add_up_as_it_comes, charge, write_invoice]
    ),
    "a global is read": Workflow("order", target=Invoice, builders=[add_up_with_memory, charge, write_invoice]),
    "an effect is not guarded": Workflow("order", target=Invoice, builders=[add_up, charge_again, write_invoice]),
}
