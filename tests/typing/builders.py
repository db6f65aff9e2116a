"""A builder keeps the type of its function, in both ways of calling `builder`, sync and async."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import assert_type

from polaris import Retry, builder


class Request: ...


class Ended: ...


class Refused: ...


@builder
def plain(request: Request, *, late: bool = False) -> Ended | None:
    return None if late else Ended()


@builder(name="end", once=True, retry=Retry(attempts=3, on=(OSError, ValueError)), timeout=timedelta(minutes=1))
def with_options(request: Request, *, late: bool = False) -> tuple[Ended, Refused]:
    return Ended(), Refused()


@builder
async def plain_async(request: Request) -> Ended:
    return Ended()


@builder(renamed_from=["first", "second"], timeout=1.5, local=True, rerun=True)
async def async_with_options(request: Request) -> Ended | Refused:
    return Refused()


@builder(renamed_from="renamed", retry=Retry(wait=timedelta(seconds=1), max_wait=10, jitter=0))
def renamed(request: Request) -> Ended:
    return Ended()


async def awaited() -> None:
    assert_type(await plain_async(Request()), Ended)
    assert_type(await async_with_options(request=Request()), Ended | Refused)


assert_type(plain(Request()), Ended | None)
assert_type(plain(request=Request(), late=True), Ended | None)
assert_type(with_options(Request(), late=True), tuple[Ended, Refused])
assert_type(renamed(Request()), Ended)
function: Callable[[Request], Ended] = builder(renamed)
coroutine_function: Callable[[Request], Awaitable[Ended]] = builder()(plain_async)
asyncio.run(awaited())
