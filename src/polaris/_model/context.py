"""What a builder may ask about the call it runs in."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Ask for it with ``ctx: Context``; every field has a default for tests: ``Context(run_id="t")``.

    Attributes:
        run_id: id of the run; empty in `polaris.run`.
        workflow: name of the workflow.
        builder: name of the builder.
        attempt: 1 for the first attempt, one more for every retry.
        idempotency_key: the same across retries, crashes, takeovers and renames of the builder, different for a
            legitimate re-run: hand it to payment providers and the like. 64 hexadecimal digits in a run.
        deadline: when the builder's or the call's timeout ends, in UTC; None if there is none.
        logger: the logger ``polaris.builder``.
    """

    run_id: str = ""
    workflow: str = ""
    builder: str = ""
    attempt: int = 1
    idempotency_key: str = ""
    deadline: datetime | None = None
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("polaris.builder"), compare=False)
