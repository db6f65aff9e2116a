"""Property tests of whole workflows: values drawn from the type hints, and what must hold of every workflow.

Needs the extra ``testing`` (hypothesis).
"""

from __future__ import annotations

from polaris.testing.properties import check_workflow
from polaris.testing.strategies import deliveries, values

__all__ = ["check_workflow", "deliveries", "values"]
