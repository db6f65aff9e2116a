"""The recorded pictures of the examples, by name. ``python -m tests.acceptance.example_goldens`` records them anew.

Each workflow is drawn as a plan, and some as a run that waits, in every language that is text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polaris
from polaris import export
from tests.acceptance.test_documents import ROOT
from tools.draw_examples import examples, run

FOLDER = ROOT / "tests" / "golden" / "examples"

LANGUAGES: Mapping[str, Callable[..., str]] = {"dot": export.dot, "mmd": export.mermaid, "json": export.json}


def pictures() -> Mapping[str, str]:
    """Draw every recorded picture."""
    found: dict[str, str] = {}
    for example in examples():
        plan, paused = polaris.compile_plan(example.workflow), run(example)
        for ending, draw in LANGUAGES.items():
            found[f"{plan.workflow}.{ending}"] = draw(plan)
            if paused is not None:
                found[f"{plan.workflow}_waiting.{ending}"] = draw(plan, paused)
    return found


if __name__ == "__main__":
    for name, picture in pictures().items():
        (FOLDER / name).write_text(picture, encoding="utf-8")
