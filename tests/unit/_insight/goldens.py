"""The recorded answers, by file name. ``python -m tests.unit._insight.goldens`` records them anew: look at the diff."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import polaris
from polaris import Engine, Plan, Status
from polaris._insight.next_inputs import next_inputs
from polaris._insight.why import why
from polaris._model.keys import Key
from polaris._model.snapshot import Snapshot
from tests.unit._insight.states import state
from tests.unit.export.plans import CHECKOUT, NEGOTIATION

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tests" / "golden" / "why"

PAYING = (
    "Cart@1 Address@1 Coupon@1 PaymentChoice@1 Subtotal@2=price_cart Discount@2=check_coupon "
    "CardChosen@2=choose_method ShippingQuote@2=shipping_options Quote@2=quote LowRisk@2=score_fraud"
)
QUOTED = "price_cart@2 check_coupon@2 choose_method@2 shipping_options@2 quote@2 score_fraud@2"


def example(folder: str, name: str) -> ModuleType:
    """Import a file of an example."""
    spec = importlib.util.spec_from_file_location(f"golden_{name}", ROOT / "examples" / folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def asked(engine: Engine, run_id: str, until: object = None) -> str:
    """Ask why and what next."""
    answers = [engine.why(run_id), engine.next_inputs(run_id), *([engine.next_inputs(run_id, until)] if until else [])]
    return "\n\n".join(map(str, answers)) + "\n"


def by_hand(
    plan: Plan, snapshot: Snapshot, status: Status = Status.WAITING, waits: str = "", error: str | None = None
) -> str:
    """Ask why and what next of a run written by hand."""
    waiting = tuple(map(Key, waits.split()))
    found = why(plan, snapshot, status=status, run_id="order-42", waiting_for=waiting, error=error)
    return f"{found}\n\n{next_inputs(plan, snapshot)}\n\n{next_inputs(plan, snapshot, plan.target)}\n"


def texts() -> Mapping[str, str]:
    """Give every recorded answer."""
    return {
        **dict(_hello()),
        **dict(_cab_ride()),
        **dict(_fulfilment()),
        **dict(_onboarding()),
        **dict(_order()),
        "checkout_new.txt": by_hand(CHECKOUT, state(), waits="Cart PaymentChoice"),
        "checkout_waiting.txt": by_hand(CHECKOUT, state(PAYING, QUOTED), waits="CardDetails OtpEntered"),
        "checkout_failed.txt": by_hand(
            CHECKOUT,
            state(f"{PAYING} CardDetails@5 OtpEntered@5 CardToken@6=tokenise", f"{QUOTED} tokenise@6", at=6, clean=4),
            Status.FAILED,
            error="charge_card: GatewayDown",
        ),
        "checkout_declined_card.txt": by_hand(
            CHECKOUT,
            state(
                f"{PAYING} ?CardDetails@5 -OtpEntered@5 ?CardToken@6=tokenise CardDeclined@6=charge_card",
                f"{QUOTED} tokenise@6 charge_card@6",
            ),
            waits="CardDetails OtpEntered",
        ),
        "negotiation_refused.txt": by_hand(
            NEGOTIATION,
            state(
                "Wish@1 Offer@4=ask -Verdict@3 Counter@4=answer Tick@4=tick Log@4=tick",
                "ask@4 answer@4 tick@4",
            ),
            waits="Verdict Verbal",
        ),
    }


def _hello() -> Iterator[tuple[str, str]]:
    module = example("01_hello", "hello")
    with polaris.open_engine("memory://", module.hello) as engine:
        engine.run(module.hello, "hello-1", new=True)
        yield "hello_new.txt", asked(engine, "hello-1")
        engine.run(module.hello, "hello-1", module.Name("Ada"))
        yield "hello_completed.txt", asked(engine, "hello-1")


def _cab_ride() -> Iterator[tuple[str, str]]:
    rides = example("02_cab_ride", "rides")
    with polaris.open_engine("memory://", rides.cab_ride, resources=rides.RESOURCES) as engine:
        engine.run(rides.cab_ride, "ride-42", new=True)
        yield "cab_ride_new.txt", asked(engine, "ride-42", rides.RideEnded)
        engine.run(rides.cab_ride, "ride-42", rides.RideRequest("u1", "home", "station"))
        yield "cab_ride_waiting.txt", asked(engine, "ride-42", rides.take_payment)
        engine.run(rides.cab_ride, "ride-42", rides.RideRequest("u1", "nowhere", "station"))
        yield "cab_ride_blocked.txt", asked(engine, "ride-42")


def _fulfilment() -> Iterator[tuple[str, str]]:
    order = example("04_survive_restart", "order")
    with polaris.open_engine("memory://", order.fulfilment) as engine:
        engine.run(order.fulfilment, "order-42", new=True)
        yield "fulfilment_new.txt", asked(engine, "order-42", order.pack)


def _onboarding() -> Iterator[tuple[str, str]]:
    vault = example("05_encrypted_store", "vault")
    with polaris.open_engine("memory://", vault.onboarding) as engine:
        engine.run(vault.onboarding, "anna", new=True)
        yield "onboarding_new.txt", asked(engine, "anna", vault.Account)
        engine.run(vault.onboarding, "anna", vault.Applicant("Anna", "C01X00T47"))
        yield "onboarding_waiting.txt", asked(engine, "anna", vault.open_account)
        engine.run(vault.onboarding, "anna", vault.Verdict(passed=False))
        yield "onboarding_refused.txt", asked(engine, "anna", vault.Account)


def _order() -> Iterator[tuple[str, str]]:
    orders = example("06_property_tests", "orders")
    with polaris.open_engine("memory://", orders.order, resources={orders.Bank: orders.Bank()}) as engine:
        engine.run(orders.order, "order-6", new=True)
        yield "order_new.txt", asked(engine, "order-6", orders.Invoice)
        engine.run(orders.order, "order-6", orders.Voucher(10))
        yield "order_waiting.txt", asked(engine, "order-6", orders.charge)
        engine.run(orders.order, "order-6", orders.Basket((100,)))
        yield "order_completed.txt", asked(engine, "order-6")


if __name__ == "__main__":
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
