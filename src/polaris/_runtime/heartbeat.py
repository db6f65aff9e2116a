"""Keeps leases alive while builders run: a daemon thread that renews each of them three times per lease."""

from __future__ import annotations

import logging
import threading
import time

from polaris._model.records import Receipt
from polaris.protocols import Store

_LOGGER = logging.getLogger("polaris")

_BEATS_PER_LEASE = 3


class Heartbeat:
    """Renews the leases of one engine. The store's clock decides; the thread only goes by the monotonic one."""

    def __init__(self, store: Store, lease: float) -> None:
        self._store = store
        self._lease = lease
        self._held: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._renewing = threading.RLock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self, run_id: str, claim_id: str, at: float | None = None) -> None:
        """Keep a lease alive from now on; also called whenever something else renewed it.

        Args:
            run_id: the run.
            claim_id: the claim that holds it.
            at: when that was asked for, in seconds of the monotonic clock; None for now.
        """
        held = run_id, time.monotonic() if at is None else at
        if claim_id in self._held:  # one step, and often: no lock
            self._held[claim_id] = held
            return
        with self._lock:
            self._held[claim_id] = held
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="polaris-heartbeat", daemon=True)
                self._thread.start()

    def drop(self, claim_id: str) -> None:
        """Let a lease go; it is not renewed any more when this has returned."""
        with self._renewing, self._lock:
            self._held.pop(claim_id, None)

    def is_held(self, claim_id: str) -> bool:
        """Say whether the lease was renewed recently enough that nobody else can have taken it."""
        held = self._held.get(claim_id)
        return held is not None and time.monotonic() - held[1] < self._lease

    def close(self) -> None:
        """Stop renewing."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _beat(self) -> None:
        pause = self._lease / _BEATS_PER_LEASE
        while not self._stopped.wait(pause):
            with self._lock:
                due = [(claim, run) for claim, (run, at) in [*self._held.items()] if time.monotonic() - at >= pause / 2]
            for claim_id, run_id in due:
                with self._renewing:
                    self._renew(run_id, claim_id)

    def _renew(self, run_id: str, claim_id: str) -> None:
        with self._lock:
            if claim_id not in self._held:
                return
        sent = time.monotonic()
        try:
            lost = self._store.renew(run_id, claim_id=claim_id, lease=self._lease).receipt is Receipt.LOST
        except Exception:
            _LOGGER.exception("the lease of run %r could not be renewed; it is tried again", run_id)
            return
        with self._lock:
            if lost:
                self._held.pop(claim_id, None)
            elif claim_id in self._held:
                self._held[claim_id] = (run_id, sent)
