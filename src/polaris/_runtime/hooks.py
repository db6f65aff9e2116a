"""Hooks: who is told what happens in a call. What they raise is logged and changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from polaris._model.events import Event, EventKind
from polaris._model.keys import TypeForm
from polaris.protocols import Observer

_LOGGER = logging.getLogger("polaris")

BADLY_TOLD = "an observer failed at %s; the run goes on"

Tell = Callable[[Event], object]

Before = Callable[[str, Mapping[TypeForm, object]], object]
"""Called with a builder's name and what this call delivers, by type, before the builder runs."""

After = Callable[[str, Mapping[TypeForm, object]], object]
"""Called with a builder's name and what it made, by type, when it has run; with nothing if it declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What users want to be told."""

    before: Before | None = None
    after: After | None = None
    observers: tuple[Observer, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anybody wants to be told anything."""
        return self.before is not None or self.after is not None or bool(self.observers)

    def told(self, kind: EventKind) -> tuple[Tell, ...]:
        """Give the methods of observers that want to be told of such events; one that lacks it does not care."""
        if not self.observers:
            return ()
        found: list[Tell | None] = [getattr(observer, kind.value, None) for observer in self.observers]
        return tuple(method for method in found if method is not None)

    def tell(self, event: Event) -> None:
        """Tell all observers."""
        tell(self.told(event.kind), event)

    def tell_before(self, name: str, delta: Mapping[TypeForm, object]) -> None:
        """Say that a builder is about to run."""
        _tell(self.before, name, delta)

    def tell_after(self, name: str, produced: Mapping[TypeForm, object]) -> None:
        """Say what a builder made."""
        _tell(self.after, name, produced)


NO_HOOKS = Hooks()


def tell(methods: Iterable[Tell], event: Event) -> None:
    """Tell those who asked for it that something happened."""
    for method in methods:
        try:
            method(event)
        except Exception:
            _LOGGER.exception(BADLY_TOLD, event.kind)


def _tell(hook: Before | After | None, name: str, data: Mapping[TypeForm, object]) -> None:
    if hook is None:
        return
    try:
        hook(name, data)
    except Exception:
        _LOGGER.exception("a hook failed at builder %s; the run goes on", name)
