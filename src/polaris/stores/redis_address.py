"""What a Redis URL says: where the server is, who we are, and the prefix of our keys."""

from __future__ import annotations

from dataclasses import dataclass, field

from polaris.errors import StoreUnavailableError
from polaris.stores.address import Address

_PORT = 6379
_PREFIX = {"prefix": "polaris"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where runs are kept.

    Attributes:
        server: where the server is and who we are, as redis-py takes it.
        prefix: what all keys begin with.
    """

    server: dict[str, object] = field(repr=False)
    prefix: str


def place_of(address: Address) -> Place:
    """Give the place that an address names.

    Raises:
        StoreUnavailableError: it makes no sense.
    """
    if address.scheme == "unix":
        options = address.texts({**_PREFIX, "db": "0"})
        server: dict[str, object] = {"unix_socket_path": _socket(address), "db": _number(address, options["db"], "db")}
    elif address.scheme == "rediss":
        options = address.texts({**_PREFIX, "ca": ""})
        server = {**_host(address), "ssl": True, "ssl_ca_certs": options["ca"] or None}
    else:
        options = address.texts(_PREFIX)
        server = _host(address)
    prefix = options["prefix"]
    if not prefix or {"{", "}"} & {*prefix}:
        why = "the prefix must be a text without braces"
        raise StoreUnavailableError(address.url, why=why, do="Write ?prefix=polaris")
    return Place(
        server={**server, "username": address.user or None, "password": address.password or None}, prefix=prefix
    )


def _socket(address: Address) -> str:
    if address.host or not address.path:
        raise StoreUnavailableError(
            address.url, why="it names no socket", do="Write three slashes: unix:///run/redis.sock"
        )
    return f"/{address.path}"


def _host(address: Address) -> dict[str, object]:
    """Give host, port and database; a host with colons stands in brackets."""
    name, colon, port = address.host.rpartition(":")
    if not colon or port.endswith("]"):
        name, port = address.host, str(_PORT)
    return {
        "host": name.removeprefix("[").removesuffix("]") or "localhost",
        "port": _number(address, port, "port"),
        "db": _number(address, address.path or "0", "database"),
    }


def _number(address: Address, text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit()):
        example = "unix:///run/redis.sock?db=0" if address.scheme == "unix" else f"{address.scheme}://localhost:6379/0"
        raise StoreUnavailableError(
            address.url, why=f"its {what} is no number", do=f"Such a URL looks like this: {example}"
        )
    return int(text)
