"""Store URLs: ``memory://``, ``sqlite:////var/lib/rides.db?synchronous=normal``, ``redis://user:password@host/0``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from polaris.errors import StoreUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A store URL, taken apart: ``scheme://user:password@host/path?options``.

    Attributes:
        url: as it was given, but for the password: this is what errors show.
        scheme: what kind of store it is.
        user: who asks; None if it is not said.
        password: and proves it; None if there is none.
        host: where the store is, with a port if one is named; empty for stores on this machine.
        path: what stands behind the slash after the host, without that slash.
        options: what stands behind the question mark.
    """

    url: str
    scheme: str
    host: str
    path: str
    options: tuple[tuple[str, str], ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def choices(self, allowed: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """Give a value for each option; for one that the URL does not name, the first that is allowed.

        Raises:
            StoreUnavailableError: an option or its value is not allowed.
        """
        chosen = self.texts({name: values[0] for name, values in allowed.items()})
        for name, value in chosen.items():
            if value not in allowed[name]:
                values = " or ".join(f"{name}={value}" for value in allowed[name])
                raise StoreUnavailableError(self.url, why=f"{name} cannot be {value!r}", do=f"Write {values}.")
        return chosen

    def texts(self, defaults: Mapping[str, str]) -> dict[str, str]:
        """Give a text for each option; for one that the URL does not name, its default.

        Raises:
            StoreUnavailableError: there is no such option.
        """
        for name, _ in self.options:
            if name not in defaults:
                known = f"It has: {', '.join(defaults)}." if defaults else "It has none."
                raise StoreUnavailableError(self.url, why=f"there is no option {name!r}", do=known)
        return {**defaults, **dict(self.options)}


def parse(url: str) -> Address:
    """Take a store URL apart.

    User and password may be percent-encoded, and need not be: the last ``@`` ends them, so that a password may hold
    any character. An ``@`` further on, in an option, must be written ``%40``.

    Raises:
        StoreUnavailableError: it is no URL.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise StoreUnavailableError(url, why="it is not a URL", do=f"For a file, write sqlite:///{url}")
    credentials, at, place = ("", "", rest) if rest.startswith("/") else rest.rpartition("@")
    user, colon, password = credentials.partition(":")
    location, _, query = place.partition("?")
    host, _, path = location.partition("/")
    return Address(
        url=f"{scheme}://{user}{colon}{'***' if password else ''}{at}{place}",
        scheme=scheme,
        user=unquote(user) or None,
        password=unquote(password) or None,
        host=host,
        path=unquote(path),
        options=tuple(parse_qsl(query, keep_blank_values=True)),
    )
