"""`@builder`: mark a function as a builder, and give it back unchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from types import FunctionType
from typing import TypeVar, overload

from polaris._model.declaration import LONGEST, MARK, PLAIN, Declaration, Retry, seconds
from polaris.errors import DeclarationError

F = TypeVar("F", bound=Callable[..., object])


@overload
def builder(function: F, /) -> F: ...
@overload
def builder(
    *,
    name: str | None = None,
    once: bool = False,
    retry: Retry | None = None,
    timeout: float | timedelta | None = None,
    renamed_from: str | Sequence[str] = (),
    local: bool = False,
    rerun: bool = False,
) -> Callable[[F], F]: ...
def builder(
    function: Callable[..., object] | None = None,
    /,
    *,
    name: str | None = None,
    once: bool = False,
    retry: Retry | None = None,
    timeout: float | timedelta | None = None,
    renamed_from: str | Sequence[str] = (),
    local: bool = False,
    rerun: bool = False,
) -> Callable[..., object]:
    """Mark a plain function as a builder; its type hints say what it consumes and produces.

    The same function comes back, so it is tested by calling it. Its hints are read when a workflow is compiled.

    Args:
        function: the function, when used without parentheses.
        name: the builder's name in its workflow; the function's name if left out.
        once: once it has made anything it is neither triggered nor undone (charge a card, send a letter).
        retry: when and how often to try again after an exception.
        timeout: the longest time one attempt may take, in seconds or as a timedelta.
        renamed_from: earlier names of this builder, the oldest first, so that stored runs know it.
        local: always run it in the calling process, whatever the executor.
        rerun: let a run that moves to a changed plan run it again.

    Raises:
        DeclarationError: it is not a plain function (a class, a method, a partial ...), or an option is wrong.
    """
    if function is not None:
        return _mark(function, declaration=PLAIN)
    declaration = Declaration(
        name=name,
        once=once,
        retry=retry,
        timeout=None if timeout is None else seconds(timeout),
        renamed_from=(renamed_from,) if isinstance(renamed_from, str) else tuple(renamed_from),
        local=local,
        rerun=rerun,
    )
    _check(declaration)

    return partial(_mark, declaration=declaration)


def _mark(plain: Callable[..., object], /, declaration: Declaration) -> Callable[..., object]:
    if not isinstance(plain, FunctionType):
        raise DeclarationError(
            f"@builder was put on {plain!r}, which is a {type(plain).__name__} and not a plain function.",
            do="Write a function that calls it, and mark that.",
        )
    setattr(plain, MARK, declaration)
    return plain


def _check(declaration: Declaration) -> None:
    timeout, retry, name = declaration.timeout, declaration.retry, declaration.name
    if name is not None and (not isinstance(name, str) or not name):
        raise DeclarationError(f"A builder's name must be a text, not {name!r}.", do="Leave it out, or give one.")
    if timeout is not None and not 0 < timeout <= LONGEST:
        raise DeclarationError(
            f"A builder's timeout must be positive and at most a year, not {timeout} seconds.",
            do="Leave it out for none.",
        )
    if retry is not None and retry.attempts < 1:
        raise DeclarationError(f"Retry(attempts={retry.attempts}) never tries.", do="Give at least 1.")
