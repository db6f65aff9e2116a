"""Store URLs."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores.address import parse

SYNCHRONOUS = {"synchronous": ("full", "normal")}


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("memory://", ("memory", "", "", ())),
        ("sqlite:///rides.db", ("sqlite", "", "rides.db", ())),
        ("sqlite:////var/lib/rides.db", ("sqlite", "", "/var/lib/rides.db", ())),
        ("sqlite:///C:/rides.db", ("sqlite", "", "C:/rides.db", ())),
        ("sqlite:///a%20b%3F#c.db?synchronous=normal", ("sqlite", "", "a b?#c.db", (("synchronous", "normal"),))),
        ("redis://host:6379/0?a=&b=2", ("redis", "host:6379", "0", (("a", ""), ("b", "2")))),
    ],
)
def test_a_url_is_taken_apart(url: str, parts: tuple[object, ...]) -> None:
    address = parse(url)
    assert (address.url, address.scheme, address.host, address.path, address.options) == (url, *parts)


ODD = "a!b@c$d()e*_,/:;=?@ff[]22"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("redis://host", (None, None, "host", "", ())),
        ("redis://me@host", ("me", None, "host", "", ())),
        ("redis://:pass@host:1/2", (None, "pass", "host:1", "2", ())),
        ("postgresql://me:@host/db", ("me", None, "host", "db", ())),
        (f"redis://m%40e:{quote(ODD, safe='')}@host:1/2?a=b", ("m@e", ODD, "host:1", "2", (("a", "b"),))),
        (f"redis://me:{ODD}@host:1/2?a=b%40c", ("me", ODD, "host:1", "2", (("a", "b@c"),))),
        (f"unix://me:{ODD}@/run/redis.sock", ("me", ODD, "", "run/redis.sock", ())),
        ("unix:///run/me:pass@host", (None, None, "", "run/me:pass@host", ())),
        ("redis://me:100%@[::1]:1/2", ("me", "100%", "[::1]:1", "2", ())),
    ],
)
def test_who_asks_stands_before_the_last_at_sign(url: str, parts: tuple[object, ...]) -> None:
    address = parse(url)
    assert (address.user, address.password, address.host, address.path, address.options) == parts


@pytest.mark.parametrize("password", [ODD, quote(ODD, safe=""), quote(ODD)])
def test_a_password_is_never_shown(password: str) -> None:
    address = parse(f"redis://me:{password}@host:1/2?a=b")
    assert address.password == ODD
    assert address.url == "redis://me:***@host:1/2?a=b"
    assert "ff" not in repr(address)


@pytest.mark.parametrize("url", ["rides.db", "", "sqlite:rides.db", "/var/lib/rides.db"])
def test_what_is_no_url_is_refused_with_the_url_to_write(url: str) -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        parse(url)
    assert (caught.value.url, caught.value.why) == (url, "it is not a URL")
    assert caught.value.do == f"For a file, write sqlite:///{url}"


def test_an_option_that_is_not_named_has_the_first_value_allowed() -> None:
    assert parse("sqlite:///a.db").choices(SYNCHRONOUS) == {"synchronous": "full"}
    assert parse("sqlite:///a.db?synchronous=normal").choices(SYNCHRONOUS) == {"synchronous": "normal"}


@pytest.mark.parametrize(
    ("url", "allowed", "why", "do"),
    [
        ("sqlite:///a.db?sync=off", SYNCHRONOUS, "there is no option 'sync'", "It has: synchronous."),
        ("memory://?sync=off", {}, "there is no option 'sync'", "It has none."),
        (
            "sqlite:///a.db?synchronous=off",
            SYNCHRONOUS,
            "synchronous cannot be 'off'",
            "Write synchronous=full or synchronous=normal.",
        ),
    ],
)
def test_an_unknown_option_or_value_is_refused(
    url: str, allowed: dict[str, tuple[str, ...]], why: str, do: str
) -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        parse(url).choices(allowed)
    assert (caught.value.why, caught.value.do) == (why, do)
