"""Workflows of very many builders, made at run time; those of a thousand can be imported by any process.

A chain hands a number on and adds one at each step; a fan hands one number to all, and another builder adds up what
they make of it.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any, NamedTuple

from polaris import Workflow

THOUSAND = 1_000


class Made(NamedTuple):
    """A workflow, and the type that it begins with."""

    workflow: Workflow[Any]
    first: Any


def chain(count: int, *, word: str = "def", scope: dict[str, Any] | None = None) -> Made:
    """Make a chain of so many builders, each a `def` or an `async def`."""
    types = [f'Link{n} = NewType("Link{n}", int)' for n in range(count + 1)]
    steps = [f"{word} link{n}(value: Link{n}) -> Link{n + 1}: return Link{n + 1}(value + 1)" for n in range(count)]
    return _made([*types, *steps], "chain", ("Link0", f"Link{count}"), scope)


def fan(count: int, *, word: str = "def", scope: dict[str, Any] | None = None) -> Made:
    """Make a fan of so many builders, each a `def` or an `async def`, and of one that adds up."""
    types = [f'{name} = NewType("{name}", int)' for name in ("Hub", "Rim", *(f"Blade{n}" for n in range(count)))]
    steps = [f"{word} blade{n}(hub: Hub) -> Blade{n}: return Blade{n}(hub + {n})" for n in range(count)]
    parameters = ", ".join(f"p{n}: Blade{n}" for n in range(count))
    values = ", ".join(f"p{n}" for n in range(count))
    adds = f"{word} add_up({parameters}) -> Rim: return Rim(sum(({values},)))"
    return _made([*types, *steps, adds], "fan", ("Hub", "Rim"), scope)


def _made(lines: list[str], name: str, ends: tuple[str, str], scope: dict[str, Any] | None) -> Made:
    scope = {"__name__": "made"} if scope is None else scope
    before = set(scope)
    exec("\n".join(["from typing import NewType", *lines]), scope)  # noqa: S102 - our own text
    first, last = (scope[end] for end in ends)
    builders = [scope[key] for key in scope if key not in before and isinstance(scope[key], FunctionType)]
    return Made(Workflow(name, target=last, builders=builders), first)


# found by their names in any process that imports this
CHAIN = chain(THOUSAND, scope=globals())
FAN = fan(THOUSAND, scope=globals())
