"""The suite that every store passes: for authors of stores of their own.

Derive a class of tests from `StoreConformance`, and compare with the memory store by `same_as_memory`; the page "Write
a store" of the documents shows how. Needs the extra ``testing`` (hypothesis and pytest).
"""

from __future__ import annotations

from importlib.util import find_spec
from pkgutil import iter_modules

from polaris.errors import MissingExtraError

if find_spec("pytest") is None:
    raise MissingExtraError("polaris.testing.conformance", extra="testing")

import pytest

# Before they are imported, so that a test that fails tells what it compared.
pytest.register_assert_rewrite(*(f"{__name__}.{part.name}" for part in iter_modules(__path__)))

from polaris.testing.conformance.machine import Opener, same_as_memory
from polaris.testing.conformance.suite import StoreConformance
from polaris.testing.fakes import SetClock

__all__ = ["Opener", "SetClock", "StoreConformance", "same_as_memory"]
