"""What all sessions of an engine share, and what one call of it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from polaris._model.keys import Key
from polaris._runtime.heartbeat import Heartbeat
from polaris._runtime.hooks import Hooks
from polaris._runtime.state import Encode
from polaris.protocols import Clock, Codec, Insight, Store

Checkpoint = Literal["builder", "call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What all sessions of an engine share.

    Attributes:
        encode: encodes a value and gives it as it will be read again.
        equal: says whether two values are exactly the same.
        clock: whose seconds timeouts are told in; None for the host's.
        history: whether what happens is saved with each write.
        at_once: how many builders may run at the same time; None for no limit, 1 in the thread that asks.
        insight: answers questions about runs.
    """

    store: Store
    codec: Codec
    encode: Encode
    equal: Callable[[object, object], bool]
    heartbeat: Heartbeat
    lease: float
    checkpoint: Checkpoint
    hooks: Hooks
    clock: Clock | None
    at_once: int | None
    history: bool
    insight: Insight

    @property
    def is_here(self) -> bool:
        """Whether all is done in the thread that asks."""
        return self.at_once == 1

    def same(self, _key: Key, old: object, new: object) -> bool:
        """Say whether two values of a key are exactly the same, for Feedback."""
        return self.equal(old, new)


class Request(NamedTuple):
    """One call of `Engine.run`."""

    run_id: str
    data: tuple[object, ...]
    wait: float
    delivery_id: str | None
    new: bool | None
