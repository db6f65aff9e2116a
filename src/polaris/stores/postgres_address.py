"""What the URL of a PostgreSQL store says to libpq."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote

from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from polaris.errors import StoreUnavailableError
from polaris.stores.address import Address

_SCHEMA = "polaris"

_ABANDONED_AFTER = 10_000
"""Milliseconds after which the server ends a transaction whose client has fallen silent, so that its locks are free."""

_DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "client_encoding": "utf8",
        "connect_timeout": "10",
        "fallback_application_name": "polaris",
        "keepalives_count": "3",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "tcp_user_timeout": "30000",
    }
)

_HOST = re.compile(r"(?P<host>\[[^]]*\]|[^:]*)(:(?P<port>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the tables of a store are.

    Attributes:
        conninfo: how to connect, as libpq takes it; has the password in it.
        schema: the schema in that database, which is the search path of these connections.
    """

    conninfo: str = field(repr=False)
    schema: str


def target(address: Address) -> Target:
    """Give what an address says; what it does not say is left to libpq and its environment variables.

    Raises:
        StoreUnavailableError: an option is not known.
    """
    options = dict(address.options)
    schema = options.pop("schema", _SCHEMA)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", schema):
        raise StoreUnavailableError(
            address.url, why=f"a schema cannot be called {schema!r}", do="Use letters, digits and underscores."
        )
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    for name in options:
        if name not in known:
            do = "It has: schema, and what PostgreSQL calls connection parameters, such as sslmode."
            raise StoreUnavailableError(address.url, why=f"there is no option {name!r}", do=do)
    said = {"user": address.user, "password": address.password, "dbname": address.path, **_hosts(address.host)}
    given = {name: value for name, value in said.items() if value} | options
    ours = f'-c search_path="{schema}" -c idle_in_transaction_session_timeout={_ABANDONED_AFTER}'
    given["options"] = f"{ours} {given.get('options', '')}".rstrip()
    return Target(conninfo=make_conninfo(**{**_DEFAULTS, **given}), schema=schema)


def _hosts(text: str) -> dict[str, str]:
    """Give what stands for the host: one, or several with commas between them, each with or without a port."""
    found = [match for each in text.split(",") if (match := _HOST.fullmatch(each))]
    hosts = ",".join(unquote(match["host"]).strip("[]") for match in found)
    ports = ",".join(match["port"] or "" for match in found)
    return {"host": hosts, "port": ports if ports.strip(",") else ""}
