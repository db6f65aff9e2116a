"""What builders see of a context is the same in every run of an example."""

import asyncio

from polaris import Context
from polaris.testing.contexts import Arguments, Names


def key_of(names: Names, run_id: str, key: str, *args: object) -> str:
    def read(*args: object, ctx: Context) -> str:
        return f"{ctx.run_id} {ctx.idempotency_key}"

    context = Context(run_id=run_id, builder="read", idempotency_key=key)
    return str(names.around(read, is_async=False)(*args, ctx=context))


def test_the_same_call_has_the_same_key_in_every_run() -> None:
    arguments = Arguments()
    one, other = Names(arguments, frozenset()), Names(arguments, frozenset())
    assert key_of(one, "", "k1", 1) == key_of(other, "run", "k2", 1)
    assert key_of(one, "", "k1", 1).startswith("checked ")


def test_another_call_has_another_key() -> None:
    names = Names(Arguments(), frozenset())
    keys = [key_of(names, "", key, arg) for key, arg in [("k1", 1), ("k1", 1), ("k2", 1), ("k3", 2)]]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_another_example_has_other_keys() -> None:
    assert key_of(Names(Arguments(), frozenset()), "", "k", 1) != key_of(Names(Arguments(), frozenset()), "", "k", 1)


def test_a_coroutine_function_stays_one() -> None:
    async def read(ctx: Context, service: object) -> str:
        return ctx.run_id

    named = Names(Arguments(), frozenset({"service"})).around(read, is_async=True)
    assert asyncio.run(named(ctx=Context(run_id="r"), service=object())) == "checked"
