"""Plans and runs made by hand, so that pictures are tested without the compiler and the engine.

The names are those of small worlds: a cab ride, a checkout, a negotiation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._model.outcome import Status
from polaris._model.plan import KeyInfo, KeyKind, Plan, Step


def parameter(keys: str, mode: Mode = Mode.CONSUMES, *, required: bool = True) -> Input:
    """Make a parameter that reads ``"A"``, or one of ``"A | B"``."""
    names = tuple(Key(name) for name in keys.split(" | "))
    return Input(parameter=names[0].lower(), keys=names, mode=mode, required=required)


def optional(keys: str) -> Input:
    return parameter(keys, required=False)


def access(key: str) -> Input:
    return parameter(key, Mode.ACCESS, required=False)


def take(key: str) -> Input:
    return parameter(key, Mode.TAKE)


def feedback(key: str) -> Input:
    return parameter(key, Mode.FEEDBACK, required=False)


def step(name: str, *inputs: Input | str, makes: str, is_async: bool = False) -> Step:
    """Make a step; `makes` is written as its return type: ``A | B | None``, ``A, B`` for a tuple."""
    variants = makes.split(" | ")
    declines = variants[-1] == "None"
    if declines:
        del variants[-1]
    several = ", " in makes
    slots = [tuple(makes.removesuffix(" | None").split(", "))] if several else [tuple(variants)]
    return make_step(
        name,
        [parameter(read) if isinstance(read, str) else read for read in inputs],
        [(key,) for key in slots[0]] if several else slots,
        may_decline=declines,
        is_async=is_async,
    )


def make_step(
    name: str,
    inputs: Iterable[Input],
    slots: Iterable[tuple[str, ...]],
    *,
    may_decline: bool = False,
    is_async: bool = False,
) -> Step:
    """Make a step from parts, for names that no signature could have."""
    made = tuple(tuple(map(Key, slot)) for slot in slots)
    return Step(
        name=name,
        function=f":{name}",
        inputs=tuple(inputs),
        resources=(),
        context=None,
        slots=made,
        several=len(made) > 1,
        may_decline=may_decline,
        is_async=is_async,
        once=False,
        local=False,
        rerun=False,
        renamed_from=(),
        retry=None,
        timeout=None,
    )


def plan(workflow: str, *steps: Step, target: str | tuple[str, ...], transient: Iterable[str] = ()) -> Plan:
    """Make a plan of steps that are given in plan order."""
    made = {key for one in steps for key in one.produces}
    read = {key for one in steps for parameter in one.inputs for key in parameter.keys}
    keys = tuple(
        KeyInfo(
            name=key,
            reference=f":{key}",
            kind=KeyKind.MADE if key in made else KeyKind.INPUT,
            transient=key in set(transient),
            schema=key,
        )
        for key in sorted(made | read)
    )
    targets = (target,) if isinstance(target, str) else target
    return Plan(
        workflow=workflow,
        keys=keys,
        schemas=(),
        steps=steps,
        levels=(),
        triggers=(),
        predecessors=(),
        target=tuple(map(Key, targets)),
        target_all=True,
        renamed=(),
        timeout=None,
        max_passes=100,
        fingerprint="",
    )


def of_module(module: str, one: Step) -> Step:
    """Put a builder into another module than the workflow's."""
    return replace(one, function=f"{module}:{one.name}")


def many(count: int, *, links: int = 1) -> Plan:
    """Make a plan of many builders in two modules: chains of some links that all begin with `Start` and meet again."""
    steps: list[Step] = []
    for number in range(count):
        chain, link = divmod(number, links)
        read = f"K{number - 1}" if link else "Start"
        others = () if link or not chain else (f"K{chain * links - 1}",)
        one = step(f"b{number}", read, *others, makes=f"K{number}")
        steps.append(of_module("shop.billing", one) if number >= count // 2 else one)
    return plan("many", *steps, target=f"K{count - 1}")


@dataclass(frozen=True)
class FakeRun:
    """A run as the pictures see it; types are stood in for by classes of the same name."""

    status: Status
    data: Mapping[object, object] = field(default_factory=dict[object, object])
    waiting_for: tuple[object, ...] = ()
    run_id: str | None = "run-1"
    error: str | None = None


def named(name: str) -> type:
    """Give a type whose key is `name`."""
    return type(name, (), {})


def run(
    status: Status, present: str = "", waiting: str = "", *, run_id: str | None = "run-1", failed: str | None = None
) -> FakeRun:
    """Make a run from names: ``run(Status.WAITING, "Cart Coupon", "Address")``."""
    return FakeRun(
        status=status,
        data={named(name): object() for name in present.split()},
        waiting_for=tuple(named(name) for name in waiting.split()),
        run_id=run_id,
        error=failed,
    )


HELLO = plan("hello", step("greet", "Name", makes="Greeting"), target="Greeting")

CAB_RIDE = plan(
    "cab_ride",
    step("read_surge", "RideRequest", makes="Surge"),
    step("match_cabbie", "RideRequest", optional("Surge"), makes="CabbieMatched | None"),
    step("meet_rider", "CabbieMatched", "CabbieArrived", makes="PickedUp"),
    step("start_ride", "PickedUp", "RideStarted", makes="RideBegun"),
    step("reach_destination", "RideBegun", "DestinationReached", makes="Arrived"),
    step("take_payment", "Arrived", optional("Tip"), access("Surge"), makes="Paid", is_async=True),
    step("end_ride", "Paid", "CabbieMatched", makes="RideEnded"),
    target="RideEnded",
)

CHECKOUT = plan(
    "checkout",
    step("price_cart", "Cart", makes="Subtotal"),
    step("check_coupon", "Coupon", "Subtotal", makes="Discount | CouponRejected"),
    step("choose_method", "PaymentChoice", makes="CardChosen | UpiChosen | CodChosen"),
    step("shipping_options", "Cart", "Address", makes="ShippingQuote", is_async=True),
    step("quote", "Subtotal", "ShippingQuote", optional("Discount"), makes="Quote"),
    step(
        "score_fraud",
        "Quote",
        "Address",
        access("CouponRejected"),
        feedback("ReviewOpened"),
        makes="LowRisk | HighRisk",
    ),
    step("hold_for_review", "Quote", "HighRisk", makes="ReviewOpened"),
    step("tokenise", "CardChosen", "CardDetails", makes="CardToken"),
    step("charge_card", "CardToken", take("OtpEntered"), "Quote", "LowRisk", makes="Paid | CardDeclined"),
    step("charge_upi", "UpiChosen", "Quote", "LowRisk", makes="UpiPaid"),
    step("promise_cod", "CodChosen", "Quote", "LowRisk", makes="CodPromised"),
    step("place_order", parameter("Paid | UpiPaid | CodPromised"), "Quote", makes="OrderPlaced"),
    step("reserve_stock", "OrderPlaced", "Cart", makes="Reservation, PickList"),
    step("send_receipt", "OrderPlaced", access("Discount"), makes="ReceiptSent | None"),
    step("confirm", "OrderPlaced", "Reservation", "PickList", optional("ReceiptSent"), makes="Confirmed"),
    target="Confirmed",
    transient=("CardDetails", "CardToken", "OtpEntered"),
)

NEGOTIATION = plan(
    "negotiation",
    step("ask", "Wish", feedback("Counter"), makes="Offer"),
    step("answer", "Offer", take("Verdict"), makes="Agreed | Counter"),
    step("tick", "Wish", feedback("Tick"), access("Log"), makes="Tick, Log"),
    step("file", parameter("Agreed | Verbal"), optional("Note | Tick"), makes="Filed"),
    target=("Filed", "Log"),
    transient=("Note",),
)

ORDER_WAITS = run(
    Status.WAITING,
    "Cart Address Coupon PaymentChoice Subtotal Discount CardChosen ShippingQuote Quote LowRisk",
    "CardDetails OtpEntered",
    run_id="order-42",
)

ORDER_FAILED = run(
    Status.FAILED,
    "Cart Address Coupon PaymentChoice Subtotal Discount UpiChosen ShippingQuote Quote LowRisk",
    run_id="order-43",
    failed="charge_upi: ConnectionError",
)
