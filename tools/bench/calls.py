"""What a call in memory costs, as a multiple of straight-line Python written by hand that makes the same things.

Everything is measured in one process, in turns, by the processor time of the thread, so that what else the machine
does is left out. Rows named ``walk`` make the call by the walk alone, as a call with an observer does; rows named
``memory://`` make it on an engine, a new run each, and are also told in microseconds.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import polaris
from polaris import Workflow
from polaris._assembly import compiled
from polaris._runtime.bind import bind
from polaris._runtime.drive import Driver
from polaris._runtime.memory_call import InMemory
from tools.bench.rows import Row, ratios, report, row

CHECKPOINTS: tuple[Literal["builder", "call"], ...] = ("builder", "call")

_TYPE = "@dataclass(frozen=True, slots=True)\nclass {name}:\n    n: int\n"

Case = tuple[Workflow[Any], tuple[object, ...], Callable[..., object]]
"""A workflow, what is delivered, and the same by hand."""


class Watcher:
    """An observer that is told of every builder."""

    def builder_finished(self, event: object) -> None:
        """Do nothing."""


def made(name: str, source: str, target: str, *data: str) -> Case:
    """Make a workflow of all functions in a source but the last, which is the same by hand."""
    scope: dict[str, Any] = {"__name__": f"bench_{name}", "dataclass": dataclass}
    scope |= {"Access": polaris.Access, "Feedback": polaris.Feedback}
    exec(compile(source, name, "exec"), scope)  # noqa: S102 - our own text
    hand = scope.pop("by_hand")
    builders = [thing for key, thing in scope.items() if key.startswith("make_")]
    workflow: Workflow[Any] = Workflow(name, target=scope[target], builders=builders)
    return workflow, tuple(scope[kind](1) for kind in data), hand


def chain(length: int) -> Case:
    """Each builder makes what the next one consumes."""
    lines = [_TYPE.format(name=f"T{number}") for number in range(length + 1)]
    lines += [
        f"def make_{number}(it: T{number}) -> T{number + 1}:\n    return T{number + 1}(it.n + 1)\n"
        for number in range(length)
    ]
    lines += ["def by_hand(v0):", *(f"    v{number + 1} = make_{number}(v{number})" for number in range(length))]
    return made(f"chain_{length}", "\n".join([*lines, f"    return v{length}"]), f"T{length}", "T0")


def fan(width: int) -> Case:
    """As many builders consume one datum, and one consumes what all of them make."""
    names = [f"M{number}" for number in range(width)]
    lines = [_TYPE.format(name=name) for name in ("Begin", *names, "End")]
    lines += [f"def make_{name}(it: Begin) -> {name}:\n    return {name}(it.n + 1)\n" for name in names]
    lines += [f"def make_end({', '.join(f'{name.lower()}: {name}' for name in names)}) -> End:"]
    lines += ["    return End(m0.n)\n", "def by_hand(begin):"]
    lines += [f"    {name.lower()} = make_{name}(begin)" for name in names]
    lines += [f"    return make_end({', '.join(map(str.lower, names))})"]
    return made(f"fan_{width}", "\n".join(lines), "End", "Begin")


def layered(layers: int, width: int) -> Case:
    """Each builder of a layer consumes what two of the layer before make; one consumes what all of the last make."""
    names = [[f"L{layer}N{place}" for place in range(width)] for layer in range(layers)]
    lines = [_TYPE.format(name=name) for name in ("Begin", *(name for layer in names for name in layer), "End")]
    hand_lines = ["def by_hand(begin):"]
    for before, layer in zip(([], *names), names, strict=False):
        for place, name in enumerate(layer):
            made_of = [before[place], before[(place + 1) % width]] if before else ["Begin"]
            taken = ", ".join(f"{one.lower()}: {one}" for one in made_of)
            lines.append(f"def make_{name}({taken}) -> {name}:\n    return {name}({made_of[0].lower()}.n + 1)\n")
            hand_lines.append(f"    {name.lower()} = make_{name}({', '.join(map(str.lower, made_of))})")
    lines += [f"def make_end({', '.join(f'{name.lower()}: {name}' for name in names[-1])}) -> End:"]
    lines += [f"    return End({names[-1][0].lower()}.n)\n", *hand_lines]
    lines += [f"    return make_end({', '.join(map(str.lower, names[-1]))})"]
    return made(f"layered_{layers}x{width}", "\n".join(lines), "End", "Begin")


_MIXED = """
def make_account(order: Order) -> Account:
    return Account(order.n + 1)
def make_stock(order: Order) -> Stock:
    return Stock(order.n + 1)
def make_price(order: Order, coupon: Coupon | None = None) -> Price:
    return Price(order.n + (0 if coupon is None else coupon.n))
def make_points(account: Account) -> Points | None:
    return None if account.n > 1 else Points(account.n)
def make_discount(price: Price, points: Points | None = None) -> Discount | None:
    return Discount(price.n) if points is None else None
def make_verdict(account: Account, price: Price) -> Accepted | Refused:
    return Accepted(price.n) if price.n < 10 else Refused(price.n)
def make_letter(refused: Refused) -> Letter:
    return Letter(refused.n)
def make_invoice(accepted: Accepted, price: Price, discount: Discount | None = None) -> Invoice:
    return Invoice(price.n if discount is None else discount.n)
def make_parcel(accepted: Accepted, stock: Stock, note: Access[Note]) -> Parcel:
    return Parcel(stock.n if note is None else note.n)
def make_label(parcel: Parcel, account: Account) -> Label:
    return Label(parcel.n)
def make_receipt(invoice: Invoice) -> Receipt:
    return Receipt(invoice.n)
def make_done(it: Label | Letter, receipt: Receipt | None = None) -> Done:
    return Done(it.n)
def by_hand(order, note):
    account = make_account(order)
    stock = make_stock(order)
    price = make_price(order)
    points = make_points(account)
    discount = make_discount(price, points)
    verdict = make_verdict(account, price)
    if isinstance(verdict, Refused):
        return make_done(make_letter(verdict))
    invoice = make_invoice(verdict, price, discount)
    parcel = make_parcel(verdict, stock, note)
    label = make_label(parcel, account)
    return make_done(label, make_receipt(invoice))
"""
_MIXED_TYPES = (
    "Order", "Coupon", "Note", "Account", "Stock", "Price", "Points", "Discount", "Accepted", "Refused", "Letter",
    "Invoice", "Parcel", "Label", "Receipt", "Done",
)  # fmt: skip


def mixed() -> Case:
    """A checkout: optionals, a union with its branches, an access, builders that decline."""
    types = "".join(_TYPE.format(name=name) for name in _MIXED_TYPES)
    return made("mixed", types + _MIXED, "Done", "Order", "Note")


_LOOP = """
def make_draft(it: T48, review: Feedback[Review] | None = None) -> Draft:
    return Draft(0 if review is None else review.n)
def make_facts(draft: Draft) -> Facts:
    return Facts(draft.n + 1)
def make_review(draft: Draft, facts: Facts) -> Review:
    return Review(min(facts.n, 9))
def by_hand(v0):
"""
_LOOP_BY_HAND = """
    review = None
    while True:
        draft = make_draft(v48, review)
        facts = make_facts(draft)
        before, review = review, make_review(draft, facts)
        if review == before:
            return v97, review
"""


def loop() -> Case:
    """A draft is refined until its review stays as it was, which takes 10 passes; 97 other builders run once."""
    lines = [_TYPE.format(name=name) for name in (*(f"T{number}" for number in range(98)), "Draft", "Facts", "Review")]
    lines += [f"def make_{n}(it: T{n}) -> T{n + 1}:\n    return T{n + 1}(it.n + 1)\n" for n in range(97)]
    lines += ["Both = tuple[T97, Review]", _LOOP]
    lines += [f"    v{number + 1} = make_{number}(v{number})" for number in range(97)]
    return made("loop", "\n".join([*lines, _LOOP_BY_HAND]), "Both", "T0")


def walked(case: Case) -> Callable[[], object]:
    """Make the call by the walk, and nothing else."""
    workflow, data, _ = case
    memory = InMemory(bound=bind(compiled(workflow), {}), is_here=True)
    return lambda: Driver(None, time.sleep).drive(memory.call(data))


def observed(case: Case) -> Callable[[], object]:
    """Make the call with an observer."""
    workflow, data, _ = case
    watchers: Any = (Watcher(),)
    return lambda: polaris.run(workflow, *data, observers=watchers)


def quick(case: Case) -> Callable[[], object]:
    """Make the call as everybody does."""
    workflow, data, _ = case
    if len(data) == 1:
        (datum,) = data
        return lambda: polaris.run(workflow, datum)
    one, two = data
    return lambda: polaris.run(workflow, one, two)


def stored(case: Case, engine: polaris.Engine) -> Callable[[], object]:
    """Make the call on an engine, a new run each."""
    workflow, data, _ = case
    numbers = count()
    return lambda: engine.run(workflow, str(next(numbers)), *data)


def took(function: Callable[[], object], times: int) -> float:
    """Give the microseconds of processor time that a call takes."""
    begun = time.thread_time_ns()
    for _ in range(times):
        function()
    return (time.thread_time_ns() - begun) / times / 1000


def compare(
    by_hand: Callable[[], object], ours: Callable[[], object], turns: int, seconds: float = 0.002
) -> list[tuple[float, float]]:
    """Measure two functions in turns, each for about so many seconds; give the microseconds of each turn."""
    for _ in range(8):
        by_hand()
        ours()
    first, second = (max(1, int(seconds * 1e6 / took(each, 5))) for each in (by_hand, ours))
    return [(took(by_hand, first), took(ours, second)) for _ in range(turns)]


def hand(case: Case) -> Callable[[], object]:
    """Make the call by hand."""
    _, data, function = case
    return lambda: function(*data)


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Measure everything."""
    turns = 20 if options.quick else 200
    cases = {f"chain {length}": chain(length) for length in (10, 100, 1000)}
    cases |= {f"fan {width}": fan(width) for width in (10, 100, 1000)} | {"mixed": mixed(), "loop": loop()}
    by_hand = "x hand-written"
    rows = {name: ratios(compare(hand(case), quick(case), turns), by_hand) for name, case in cases.items()}
    for name in ("chain 10", "chain 100", "fan 100", "mixed", "loop"):
        rows[f"{name}, walk"] = ratios(compare(hand(cases[name]), walked(cases[name]), turns), by_hand)
        rows[f"{name}, observer"] = ratios(compare(hand(cases[name]), observed(cases[name]), turns), by_hand)
    for name in ("chain 10", "chain 100"):
        for checkpoint in CHECKPOINTS:
            with polaris.open_engine("memory://", cases[name][0], checkpoint=checkpoint) as engine:
                pairs = compare(quick(cases[name]), stored(cases[name], engine), turns // 4)
            rows[f"{name}, memory:// {checkpoint}"] = row((ours for _, ours in pairs), "us")
            rows[f"{name}, memory:// {checkpoint}, ratio"] = ratios(pairs, "x polaris.run")
    return rows


if __name__ == "__main__":
    report(measure, __doc__)
