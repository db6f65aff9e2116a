"""Store URLs."""

from __future__ import annotations

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores.address import parse, without_passwords

PASSWORD = "a!b@c$d()e*_,/:;=?@ff[]22"
ENCODED = "a%21b%40c%24d%28%29e%2A_%2C%2F%3A%3B%3D%3F%40ff%5B%5D22"
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


@pytest.mark.parametrize("password", [PASSWORD, ENCODED])
@pytest.mark.parametrize("rest", ["host:5432/db?sslmode=disable&a=b", "host:5432/db", "host", "[::1]:1/db?a=b@c"])
def test_a_password_may_be_odd_encoded_or_not(password: str, rest: str) -> None:
    address, plain = parse(f"postgresql://me:{password}@{rest}"), parse(f"postgresql://{rest}")
    assert (address.user, address.password) == ("me", PASSWORD)
    assert (address.host, address.path, address.options) == (plain.host, plain.path, plain.options)
    assert address.url == f"postgresql://me:***@{rest}"
    assert "ff" not in repr(address)


@pytest.mark.parametrize(
    ("url", "user", "password", "host"),
    [
        ("redis://me@host", "me", "", "host"),
        ("redis://:secret@host", "", "secret", "host"),
        ("redis://me:@host", "me", "", "host"),
        ("redis://m%40e:a:b@host", "m@e", "a:b", "host"),
        ("redis://host/0?name=a@b", "", "", "host"),
        ("redis://me:100%@[::1]:1/2", "me", "100%", "[::1]:1"),
        (f"unix://me:{PASSWORD}@/run/redis.sock", "me", PASSWORD, ""),
        ("unix:///run/me:pass@host", "", "", ""),
        ("postgresql:///db?host=/tmp&user=a@b", "", "", ""),
        ("sqlite:///a:b@c.db", "", "", ""),
    ],
)
def test_user_and_password_end_at_the_last_at_before_the_options(url: str, user: str, password: str, host: str) -> None:
    address = parse(url)
    assert (address.user, address.password, address.host) == (user, password, host)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        (f"postgresql://me:{PASSWORD}@host/db", "postgresql://me:***@host/db"),
        ("postgresql://host/db?user=me&password=s3cret&a=b", "postgresql://host/db?user=me&password=***&a=b"),
        ("postgresql:///db?sslpassword=s3cret", "postgresql:///db?sslpassword=***"),
        ("postgresql:me:s3cret@host", "postgresql:***@host"),
        ("sqlite:///a:b@c.db?synchronous=full", "sqlite:///a:b@c.db?synchronous=full"),
        ("", ""),
    ],
)
def test_what_is_shown_of_a_url_has_no_password_in_it(url: str, shown: str) -> None:
    assert without_passwords(url) == shown


def test_a_password_is_not_told_with_what_is_no_url() -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        parse("postgresql:me:s3cret@host")
    assert "s3cret" not in f"{caught.value} {vars(caught.value)}"


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
