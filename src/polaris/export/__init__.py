"""Pictures of a plan, and of a run on it: as text (`dot`, `mermaid`, `json`) or drawn into a file (`render`).

`timeline` draws what happened in a run, from its history.

Nothing here imports or runs a builder: the plan, and what is known of the run, are enough.
"""

from polaris.export.as_json import json
from polaris.export.dot import dot
from polaris.export.mermaid import mermaid
from polaris.export.render import render
from polaris.export.timeline import timeline

__all__ = ["dot", "json", "mermaid", "render", "timeline"]
