"""The fingerprint: a hash of what a plan means, whatever its source looks like and wherever it stands."""

from __future__ import annotations

import hashlib
import json

from polaris._model.plan import Plan, Step


def fingerprint(plan: Plan) -> str:
    """Hash keys with schema and transient flag, edges, modes, slots, ``once`` and target: SHA-256, hexadecimal.

    Not retry, timeout, module names, references, parameter names, comments, order or positions.
    """
    meaning = {
        "workflow": plan.workflow,
        "keys": [[info.name, info.kind, info.transient, info.schema] for info in plan.keys],
        "schemas": [[schema.name, schema.form, schema.fields] for schema in plan.schemas],
        "steps": sorted(map(_meaning, plan.steps), key=lambda step: str(step["name"])),
        "target": sorted(plan.target),
        "all": plan.target_all,
    }
    text = json.dumps(meaning, separators=(",", ":"), check_circular=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _meaning(step: Step) -> dict[str, object]:
    return {
        "name": step.name,
        "inputs": sorted([(given.keys, given.mode, given.required) for given in step.inputs]),
        "slots": step.slots if len(step.slots) == len(step.slots[0]) == 1 else sorted(map(sorted, step.slots)),
        "declines": step.may_decline,
        "once": step.once,
    }
