"""Where runs are kept: `MemoryStore`, and `open_store` for whatever a URL names.

A store of your own is any class with the operations of `polaris.protocols.Store`; `polaris.testing.conformance` is the
suite that it should pass.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from polaris.errors import StoreUnavailableError
from polaris.protocols import Clock, Store
from polaris.stores.address import Address, parse
from polaris.stores.clock import SystemClock
from polaris.stores.memory import MemoryStore

__all__ = ["MemoryStore", "SystemClock", "open_store"]


class _Driver(Protocol):
    """What the module of a store offers; it and what it imports are loaded only when a URL asks for it."""

    def open_address(self, address: Address, clock: Clock | None, *, must_exist: bool = False) -> Store: ...


_DRIVERS = {
    "memory": "polaris.stores.memory",
    "postgres": "polaris.stores.postgres",
    "postgresql": "polaris.stores.postgres",
    "sqlite": "polaris.stores.sqlite",
    **dict.fromkeys(("redis", "rediss", "valkey", "unix"), "polaris.stores.redis"),
}


def open_store(url: str, *, clock: Clock | None = None, must_exist: bool = False) -> Store:
    """Open the store that a URL names.

    ``memory://`` is a fresh store in memory. ``sqlite:///rides.db`` is a file (``sqlite:////var/lib/rides.db`` an
    absolute path), made if it is not there; with ``?synchronous=normal`` a commit does not wait for the disk, so that
    the last ones can be lost in a power failure. ``redis://user:password@host:6379/0`` is a Redis or Valkey server, or
    a cluster (``valkey://`` says the same, ``rediss://`` by TLS with ``?ca=`` for a certificate of your own,
    ``unix:///run/redis.sock`` by a socket); all its keys begin with ``polaris``, or what ``?prefix=`` says.

    ``postgresql://user:password@host:port/database`` is a database, which needs the extra ``postgres``. Its tables are
    in the schema ``polaris``, or in another with ``?schema=rides``; the other options are those of libpq, such as
    ``sslmode=require``.

    Args:
        url: the address.
        clock: where the time comes from; the store's own clock if left out: that of the server, or of the host.
        must_exist: only open what is there, and make nothing.

    Raises:
        StoreUnavailableError: there is no such kind of store or option, or the store cannot be opened.
        MissingExtraError: what connects to such a store is not installed.
    """
    address = parse(url)
    if address.scheme not in _DRIVERS:
        schemes = " or ".join(f"{scheme}://" for scheme in _DRIVERS)
        raise StoreUnavailableError(
            address.url, why=f"there is no kind of store {address.scheme!r}", do=f"A store URL starts with {schemes}."
        )
    driver = cast(_Driver, import_module(_DRIVERS[address.scheme]))
    return driver.open_address(address, clock, must_exist=must_exist)
