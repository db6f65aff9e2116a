"""The recorded pictures, by file name. ``python -m tests.unit.export.goldens`` records them anew: look at the diff."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from polaris import export
from polaris.export import dot, mermaid, timeline
from tests.unit.export.histories import RIDE
from tests.unit.export.plans import CAB_RIDE, CHECKOUT, HELLO, NEGOTIATION, ORDER_FAILED, ORDER_WAITS

FOLDER = Path(__file__).parents[2] / "golden" / "export"


def pictures() -> Mapping[str, str]:
    """Draw every recorded picture."""
    return {
        "hello.dot": dot(HELLO),
        "cab_ride.dot": dot(CAB_RIDE),
        "checkout.dot": dot(CHECKOUT),
        "checkout_waiting.dot": dot(CHECKOUT, ORDER_WAITS),
        "negotiation.dot": dot(NEGOTIATION, direction="TB", legend=False),
        "negotiation_dark.dot": dot(NEGOTIATION, theme="dark"),
        "hello.mmd": mermaid(HELLO),
        "cab_ride.mmd": mermaid(CAB_RIDE),
        "checkout.mmd": mermaid(CHECKOUT),
        "negotiation.mmd": mermaid(NEGOTIATION),
        "checkout_waiting.mmd": mermaid(CHECKOUT, ORDER_WAITS),
        "checkout_failed.dot": dot(CHECKOUT, ORDER_FAILED),
        "checkout_failed.mmd": mermaid(CHECKOUT, ORDER_FAILED),
        "checkout_focus.dot": dot(CHECKOUT, focus="Quote", depth=1),
        "checkout_focus.mmd": mermaid(CHECKOUT, focus="Quote", depth=1),
        "hello.json": export.json(HELLO),
        "checkout_waiting.json": export.json(CHECKOUT, ORDER_WAITS),
        "ride.timeline.svg": timeline(RIDE),
    }


if __name__ == "__main__":
    for name, picture in pictures().items():
        (FOLDER / name).write_text(picture, encoding="utf-8")
