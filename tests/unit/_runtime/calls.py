"""Makes the call of a function with no plan around it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from polaris import Context
from polaris._runtime.call import Call
from polaris._runtime.script import Ended, Script

PLAIN = Call(
    step="step",
    function=lambda: None,
    arguments={},
    positional=(),
    retry=None,
    timeout=None,
    clock=None,
    deadline=None,
    context_in=None,
    context=Context(),
    is_async=False,
    local=False,
)


def call_of(function: Any, /, **fields: Any) -> Call:  # noqa: ANN401 - fields of a call
    """Make a call of a function without parameters, unless the fields say otherwise."""
    return replace(PLAIN, function=function, **fields)


def taken(*effects: Any) -> Script[list[Any]]:  # noqa: ANN401 - any effects
    """Ask a driver for one effect after another, and give its answers."""
    answers: list[Any] = []
    for effect in effects:
        answer = yield effect
        answers.append(answer)
    return answers


def come_to(ended: Ended | None) -> object:
    """Give what a builder returned or raised; None if it has not ended."""
    if ended is None:
        return None
    return ended.error or ended.returned


def wait_for_threads() -> None:
    """Wait until the builders have ended that were left behind, each in a thread of its own."""
    for thread in threading.enumerate():
        if thread.name == "polaris-builder":
            thread.join(60)
