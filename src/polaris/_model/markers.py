"""Markers: what a parameter's type may be wrapped in.

They are old-style generic aliases, so that a type checker without a plugin sees the plain type:
``Access[T]`` is ``T | None``, the others are ``T``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional, TypeVar

T = TypeVar("T")


class Mode(StrEnum):
    """How a parameter reads what it is given."""

    CONSUMES = "consumes"
    ACCESS = "access"
    TAKE = "take"
    FEEDBACK = "feedback"
    RESOURCE = "resource"


Access = Annotated[Optional[T], Mode.ACCESS]  # noqa: UP045 - only the old form can be subscripted again
"""``x: Access[T]``: read T if it is there; never required, never a trigger, but the makers of T settle first."""

Take = Annotated[T, Mode.TAKE]
"""``x: Take[T]``: consume T and remove it. For verdicts, one-time codes, clicks."""

Feedback = Annotated[T, Mode.FEEDBACK]
"""``x: Feedback[T]``: consume T as it was before this pass. The only legal way to close a loop."""

Resource = Annotated[T, Mode.RESOURCE]
"""``x: Resource[T]``: a service handed in at run time (``resources={T: ...}``); never stored."""
