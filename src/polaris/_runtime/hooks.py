"""Hooks: who is told what happens in a call. What they raise is logged and changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from polaris._model.events import Event, EventKind
from polaris._model.keys import TypeForm
from polaris.protocols import Observer

_LOGGER = logging.getLogger("polaris")
_NO_KINDS: frozenset[EventKind] = frozenset()

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
    def kinds(self) -> frozenset[EventKind]:
        """What an observer wants to be told."""
        found = (kind for kind in EventKind for one in self.observers if getattr(one, kind, None) is not None)
        return frozenset(found) if self.observers else _NO_KINDS

    def tell(self, event: Event) -> None:
        """Tell all observers; one that lacks the method does not care."""
        for observer in self.observers:
            method = getattr(observer, event.kind, None)
            if method is not None:
                try:
                    method(event)
                except Exception:
                    _LOGGER.exception("an observer failed at %s; the run goes on", event.kind)

    def tell_before(self, name: str, delta: Mapping[TypeForm, object]) -> None:
        """Say that a builder is about to run."""
        _tell(self.before, name, delta)

    def tell_after(self, name: str, produced: Mapping[TypeForm, object]) -> None:
        """Say what a builder made."""
        _tell(self.after, name, produced)


NO_HOOKS = Hooks()


def _tell(hook: Before | After | None, name: str, data: Mapping[TypeForm, object]) -> None:
    if hook is None:
        return
    try:
        hook(name, data)
    except Exception:
        _LOGGER.exception("a hook failed at builder %s; the run goes on", name)
