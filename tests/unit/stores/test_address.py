"""Store URLs."""

from __future__ import annotations

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
