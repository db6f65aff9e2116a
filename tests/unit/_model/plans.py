"""A plan made by hand, as small as one can be."""

from typing import Any

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._model.plan import KeyInfo, KeyKind, Plan, RetryRule, Schema, Step

REQUEST, ENDED, REFUSED = Key("Request"), Key("Ended"), Key("Refused")
ASKED = Input(parameter="request", keys=(REQUEST,), mode=Mode.CONSUMES, required=True)


def step(**changed: object) -> Step:
    fields: dict[str, Any] = {
        "name": "end",
        "function": ":end",
        "inputs": (ASKED,),
        "resources": (),
        "context": None,
        "slots": ((ENDED,),),
        "several": False,
        "may_decline": False,
        "is_async": False,
        "once": False,
        "local": False,
        "rerun": False,
        "renamed_from": (),
        "retry": RetryRule(attempts=3, on=("Exception",), wait=0.1, max_wait=5.0, jitter=1.0),
        "timeout": None,
    }
    return Step(**fields | changed)


def plan(**changed: object) -> Plan:
    fields: dict[str, Any] = {
        "workflow": "ride",
        "keys": (
            KeyInfo(name=ENDED, reference=":Ended", kind=KeyKind.MADE, transient=False, schema="Ended"),
            KeyInfo(name=REQUEST, reference=":Request", kind=KeyKind.INPUT, transient=False, schema="Request"),
        ),
        "schemas": (Schema(name="Request", form="dataclass", fields=(("user", "str", True),)),),
        "steps": (step(),),
        "levels": ((0,),),
        "triggers": ((REQUEST, (0,)),),
        "predecessors": ((),),
        "target": (ENDED,),
        "target_all": False,
        "renamed": (),
        "timeout": None,
        "max_passes": 100,
        "fingerprint": "f" * 64,
    }
    return Plan(**fields | changed)
