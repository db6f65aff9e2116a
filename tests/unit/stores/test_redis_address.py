"""Redis URLs."""

from __future__ import annotations

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores.address import parse
from polaris.stores.redis_address import place_of

ODD = "a!b@c$d()e*_,/:;=?@ff[]22"
HERE = {"host": "localhost", "port": 6379, "db": 0, "username": None, "password": None}


@pytest.mark.parametrize(
    ("url", "server", "prefix"),
    [
        ("redis://", HERE, "polaris"),
        ("redis://localhost", HERE, "polaris"),
        ("valkey://localhost:6379/0?prefix=rides", HERE, "rides"),
        ("redis://:7000/3", {**HERE, "port": 7000, "db": 3}, "polaris"),
        ("redis://[::1]", {**HERE, "host": "::1"}, "polaris"),
        ("redis://[::1]:7000", {**HERE, "host": "::1", "port": 7000}, "polaris"),
        (f"redis://me:{ODD}@host", {**HERE, "host": "host", "username": "me", "password": ODD}, "polaris"),
        ("rediss://host", {**HERE, "host": "host", "ssl": True, "ssl_ca_certs": None}, "polaris"),
        ("rediss://host?ca=/ca.pem", {**HERE, "host": "host", "ssl": True, "ssl_ca_certs": "/ca.pem"}, "polaris"),
        (
            "unix://:pass@/run/redis.sock?db=2",
            {"unix_socket_path": "/run/redis.sock", "db": 2, "username": None, "password": "pass"},
            "polaris",
        ),
    ],
)
def test_a_url_names_a_server_and_a_prefix(url: str, server: dict[str, object], prefix: str) -> None:
    place = place_of(parse(url))
    assert (place.server, place.prefix) == (server, prefix)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://host:many", "its port is no number"),
        ("redis://host/rides", "its database is no number"),
        ("redis://host/\u00b2", "its database is no number"),
        ("unix:///s?db=-1", "its db is no number"),
        ("unix://", "it names no socket"),
        ("unix://run/redis.sock", "it names no socket"),
        ("redis://host?prefix=", "the prefix must be a text without braces"),
        ("redis://host?prefix={a}", "the prefix must be a text without braces"),
        ("redis://host?ca=/ca.pem", "there is no option 'ca'"),
        ("rediss://host?db=1", "there is no option 'db'"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_with_what_to_write(url: str, why: str) -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        place_of(parse(url))
    assert (caught.value.url, caught.value.why) == (url, why)
    assert caught.value.do


def test_a_place_does_not_show_its_password() -> None:
    assert "s3cret" not in repr(place_of(parse("redis://me:s3cret@host")))
