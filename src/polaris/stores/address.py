"""Store URLs: ``memory://``, ``sqlite:///rides.db?synchronous=normal``, ``postgresql://user:password@host/rides``.

What is not plain is percent-encoded. In a user or password it need not be, unless it is a ``%``: they end at the last
``@`` before the options.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from polaris.errors import StoreUnavailableError

_OPTIONS = re.compile(r"\?(?=\w+=)")
_SECRET_OPTION = re.compile(r"([?&]\w*password=)[^&]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A store URL, taken apart: ``scheme://user:password@host/path?options``.

    Attributes:
        url: as it was given, but for the passwords in it: for people to read.
        scheme: what kind of store it is.
        user: who connects; empty if nobody is named.
        password: their password; empty if there is none.
        host: where the store is; empty for stores on this machine.
        path: what stands behind the slash after the host, without that slash.
        options: what stands behind the question mark.
    """

    url: str
    scheme: str
    host: str
    path: str
    options: tuple[tuple[str, str], ...] = field(repr=False)
    user: str = ""
    password: str = field(default="", repr=False)

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

    Raises:
        StoreUnavailableError: it is no URL.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        shown = without_passwords(url)
        raise StoreUnavailableError(shown, why="it is not a URL", do=f"For a file, write sqlite:///{shown}")
    credentials, rest = _split(rest)
    location, _, query = rest.partition("?")
    host, _, path = location.partition("/")
    user, _, password = credentials.partition(":")
    return Address(
        url=without_passwords(url),
        scheme=scheme,
        host=host,
        path=unquote(path),
        options=tuple(parse_qsl(query, keep_blank_values=True)),
        user=unquote(user),
        password=unquote(password),
    )


def without_passwords(url: str) -> str:
    """Give a URL, or what was meant as one, as it may be shown."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    credentials, rest = _split(rest)
    user, colon, _ = credentials.partition(":")
    shown = f"{user}{':***' if colon else ''}@" if credentials else ""
    return scheme + separator + shown + _SECRET_OPTION.sub(r"\1***", rest)


def _split(rest: str) -> tuple[str, str]:
    """Give the user and password that a URL has behind its scheme, and what comes after them."""
    if rest.startswith("/"):
        return "", rest
    options = _OPTIONS.search(rest)
    end = options.start() if options else len(rest)
    credentials, at, _ = rest[:end].rpartition("@")
    return credentials, rest[len(credentials) + len(at) :]
