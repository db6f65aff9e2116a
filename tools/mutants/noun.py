"""What a mutant is."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """One small fault in the package that our tests must find.

    Attributes:
        name: what is wrong then.
        file: the file, inside the package.
        text: what stands there; it must be there exactly once.
        instead: what stands there in the mutant.
        tests: what is to find it: files of tests, or single ones.
    """

    name: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]
