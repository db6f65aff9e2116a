"""Where a store of each kind is opened for a test: by name, what gives the URL of an empty one and removes it again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from tests.helpers.postgres_server import empty_url
from tests.helpers.redis_server import fresh_redis_url

EMPTY: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "memory": lambda _: nullcontext("memory://"),
    "sqlite": lambda folder: nullcontext(f"sqlite:///{folder}/runs.db?synchronous=normal"),
    "postgres": lambda _: empty_url(),
    "redis": lambda _: nullcontext(fresh_redis_url()),
}
"""Every kind, with its quickest settings."""
