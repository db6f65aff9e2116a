"""A Redis or Valkey server: how it is reached, and what is done when it is not.

Every operation of a store may arrive late or twice and then changes nothing. So whatever goes wrong between here and
the server (a lost connection, no answer in time, a restart, a failover) is tried again, for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, TypeVar, cast

from msgspec import msgpack

from polaris.errors import MissingExtraError, StoreUnavailableError
from polaris.stores.scripts import script

try:
    from redis import Redis
    from redis import exceptions as faults
    from redis.backoff import FullJitterBackoff, NoBackoff
    from redis.cluster import RedisCluster
    from redis.retry import Retry
except ImportError as problem:
    raise MissingExtraError("A store in Redis", extra="redis") from problem

PATIENCE = 30.0
"""For how many seconds an operation is tried again."""

ANSWER_WITHIN = 10.0
"""For how many seconds a server is waited for, each time."""

_PASSING = (
    faults.ConnectionError,  # also LOADING: the server is starting
    faults.TimeoutError,
    faults.ReadOnlyError,  # a failover is going on
    faults.TryAgainError,
    faults.ClusterDownError,
    faults.RedisClusterException,  # no node of the cluster is reached, or none has the keys
)
_LASTING = (faults.AuthenticationError, faults.AuthorizationError)

_FAULTS: Mapping[type[Exception], tuple[str, str]] = MappingProxyType(
    {
        faults.AuthenticationError: ("the server does not know this user and password", "Check them."),
        faults.NoPermissionError: (
            "this user may not do it",
            "Give the user all rights to keys of this prefix.",
        ),
        faults.OutOfMemoryError: ("the server is full", "Purge runs, or raise its maxmemory."),
        faults.ConnectionError: ("the server cannot be reached", "Check the address, and that it is running."),
        faults.RedisClusterException: ("the cluster cannot be reached", "Check that all of it is running."),
        faults.TimeoutError: ("the server did not answer in time", "Look at what it is doing, or try again."),
    }
)


_TIMES: Mapping[str, object] = MappingProxyType(
    {
        "socket_timeout": ANSWER_WITHIN,
        "socket_connect_timeout": ANSWER_WITHIN,
        "socket_keepalive": True,
        "protocol": 2,
    }
)

_MANNERS: Mapping[str, object] = MappingProxyType(
    {
        **_TIMES,
        "max_connections": 2**16,  # one for each thread, however many
        "retry": Retry(NoBackoff(), 0),  # we try again, until the time is over
    }
)

_BACKOFF = FullJitterBackoff(cap=1.0, base=0.02)

T = TypeVar("T")


class _Client(Protocol):
    """What a client of redis-py does, whatever it is connected to."""

    def execute_command(self, *arguments: object) -> object: ...

    def close(self) -> None: ...


class RedisServer:
    """One server, or cluster, for all threads of a process, and for both sides of a fork.

    Args:
        url: what to call it in errors.
        place: where it is and who we are, as redis-py takes it.
        patience: for how many seconds an operation is tried again.
    """

    def __init__(self, url: str, place: Mapping[str, object], *, patience: float = PATIENCE) -> None:
        self.url = url
        self.patience = patience
        self._place = place
        self._client = cast(Callable[..., _Client], Redis)(**{**_MANNERS, **place})
        self._is_closed = False

    def ask(self) -> Mapping[str, object]:
        """Find out whether the server is one of a cluster, and give what it says of itself; nothing if we may not ask.

        Raises:
            StoreUnavailableError: the server could not be reached for a while.
        """
        try:
            info = cast(Mapping[str, object], self.do("INFO"))
        except StoreUnavailableError as error:
            if isinstance(error.__cause__, faults.NoPermissionError):
                return {}
            raise
        if info.get("cluster_enabled"):
            self._client.close()
            place = {name: value for name, value in self._place.items() if name != "db"}
            self._client = self._patiently(lambda: cast(Callable[..., _Client], RedisCluster)(**{**_TIMES, **place}))
        return info

    def run(self, name: str, keys: Sequence[str], arguments: Sequence[object]) -> object:
        """Carry out a script; the server is sent its text only if it does not know it.

        Raises:
            StoreUnavailableError: the server could not do it, or could not be reached for a while.
        """
        known = script(name)
        given = (len(keys), *keys, msgpack.encode([*map(str, arguments)]))

        def once() -> object:
            try:
                return self._client.execute_command("EVALSHA", known.digest, *given)
            except faults.NoScriptError:
                return self._client.execute_command("EVAL", known.text, *given)

        return self._patiently(once)

    def do(self, *command: object) -> object:
        """Carry out one command.

        Raises:
            StoreUnavailableError: the server could not do it, or could not be reached for a while.
        """
        return self._patiently(lambda: self._client.execute_command(*command))

    def close(self) -> None:
        """Close every connection; afterwards every operation is an error."""
        self._is_closed = True
        self._client.close()

    def _patiently(self, once: Callable[[], T]) -> T:
        end = time.monotonic() + self.patience
        failures = 0
        while True:
            if self._is_closed:
                raise StoreUnavailableError(self.url, why="it was closed", do="Open it again.")
            try:
                return once()
            except (faults.RedisError, faults.RedisClusterException) as error:
                failures += 1
                pause = _BACKOFF.compute(failures)
                if not _passes(error) or time.monotonic() + pause > end:
                    raise self._unavailable(error) from error
            time.sleep(pause)

    def _unavailable(self, error: Exception) -> StoreUnavailableError:
        why, do = next(
            (fault for kind, fault in _FAULTS.items() if isinstance(error, kind)),
            ("the server refused", "Look at what it says."),
        )
        return StoreUnavailableError(self.url, why=f"{why} ({error})", do=do)


def _passes(error: Exception) -> bool:
    """Say whether to try again: the server was not reached, or is busy with a script, or with itself."""
    return (isinstance(error, _PASSING) and not isinstance(error, _LASTING)) or str(error).startswith("BUSY ")
