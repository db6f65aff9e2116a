"""Store URLs: ``memory://``, ``sqlite:///rides.db``, ``sqlite:////var/lib/rides.db?synchronous=normal``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from polaris.errors import StoreUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A store URL, taken apart: ``scheme://host/path?options``.

    Attributes:
        url: as it was given.
        scheme: what kind of store it is.
        host: where the store is; empty for stores on this machine.
        path: what stands behind the slash after the host, without that slash.
        options: what stands behind the question mark.
    """

    url: str
    scheme: str
    host: str
    path: str
    options: tuple[tuple[str, str], ...]

    def choices(self, allowed: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """Give a value for each option; for one that the URL does not name, the first that is allowed.

        Raises:
            StoreUnavailableError: an option or its value is not allowed.
        """
        chosen = {name: values[0] for name, values in allowed.items()}
        for name, value in self.options:
            if name not in allowed:
                known = f"It has: {', '.join(allowed)}." if allowed else "It has none."
                raise StoreUnavailableError(self.url, why=f"there is no option {name!r}", do=known)
            if value not in allowed[name]:
                values = " or ".join(f"{name}={value}" for value in allowed[name])
                raise StoreUnavailableError(self.url, why=f"{name} cannot be {value!r}", do=f"Write {values}.")
            chosen[name] = value
        return chosen


def parse(url: str) -> Address:
    """Take a store URL apart.

    Raises:
        StoreUnavailableError: it is no URL.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise StoreUnavailableError(url, why="it is not a URL", do=f"For a file, write sqlite:///{url}")
    location, _, query = rest.partition("?")
    host, _, path = location.partition("/")
    options = tuple(parse_qsl(query, keep_blank_values=True))
    return Address(url=url, scheme=scheme, host=host, path=unquote(path), options=options)
