"""Property tests of whole workflows: values drawn from the type hints, and what must hold of every workflow.

Needs the extra ``testing`` (hypothesis).
"""

from __future__ import annotations

from importlib.util import find_spec

from polaris.errors import MissingExtraError

if find_spec("hypothesis") is None:
    raise MissingExtraError("polaris.testing", extra="testing")

from polaris.testing.properties import check_workflow
from polaris.testing.strategies import deliveries, values

__all__ = ["check_workflow", "deliveries", "values"]
