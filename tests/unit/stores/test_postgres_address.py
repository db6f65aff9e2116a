"""What the URL of a PostgreSQL store says to libpq."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from polaris.errors import StoreUnavailableError
from polaris.stores.address import parse
from polaris.stores.postgres_address import target

PASSWORD = "a!b@c$d()e*_,/:;=?@ff[]22"


def said(url: str, *names: str) -> tuple[object, ...]:
    found = conninfo_to_dict(target(parse(url)).conninfo)
    return tuple(found.get(name) for name in names)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_user_password_host_port_and_database_are_those_of_the_url(scheme: str) -> None:
    url = f"{scheme}://me:{PASSWORD}@db.example:5433/rides"
    assert said(url, "user", "password", "host", "port", "dbname") == ("me", PASSWORD, "db.example", "5433", "rides")


def test_what_the_url_does_not_say_is_left_to_libpq() -> None:
    assert said("postgresql://", "user", "password", "host", "port", "dbname") == (None,) * 5


@pytest.mark.parametrize(
    ("hosts", "host", "port"),
    [
        ("a", "a", None),
        ("a:1", "a", "1"),
        ("a:1,b", "a,b", "1,"),
        ("a,b:2", "a,b", ",2"),
        ("a,b", "a,b", None),
        ("[::1]:1", "::1", "1"),
        ("[::1]", "::1", None),
        ("%2Fvar%2Frun:5", "/var/run", "5"),
    ],
)
def test_there_may_be_several_hosts_and_ports(hosts: str, host: str, port: str | None) -> None:
    assert said(f"postgresql://{hosts}/rides", "host", "port") == (host, port)


def test_options_are_those_of_libpq_and_come_before_what_is_usual_here() -> None:
    url = "postgresql://h/rides?sslmode=require&connect_timeout=3&host=/tmp&application_name=shop"
    assert said(url, "sslmode", "connect_timeout", "host", "application_name") == ("require", "3", "/tmp", "shop")
    assert said("postgresql://h/rides", "connect_timeout", "fallback_application_name") == ("10", "polaris")


def test_the_schema_is_the_search_path() -> None:
    assert target(parse("postgresql://h/rides")).schema == "polaris"
    url = "postgresql://h/rides?schema=Shop_2&options=-c%20work_mem%3D8MB"
    assert target(parse(url)).schema == "Shop_2"
    (options,) = said(url, "options")
    assert str(options).startswith('-c search_path="Shop_2" ')
    assert str(options).endswith(" -c work_mem=8MB")


@pytest.mark.parametrize("schema", ["", "1a", 'a"b', "a b", "a-b", "ä", "a\n"])
def test_a_schema_with_an_odd_name_is_refused(schema: str) -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        target(parse(f"postgresql://me:s3cret@h/rides?schema={schema}"))
    assert caught.value.why == f"a schema cannot be called {schema!r}"
    assert caught.value.do == "Use letters, digits and underscores."


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        target(parse("postgresql://me:s3cret@h/rides?sync=off"))
    assert caught.value.why == "there is no option 'sync'"
    assert caught.value.do.startswith("It has: schema, and ")
    assert "s3cret" not in str(caught.value)


def test_a_target_shows_no_password() -> None:
    assert "s3cret" not in repr(target(parse("postgresql://me:s3cret@h/rides")))
