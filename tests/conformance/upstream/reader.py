"""Reads recorded cases of the ancestor: each becomes a workflow with types and builders of its own, and its calls."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Any, Union

from polaris import Access, Feedback, Workflow, builder

Json = dict[str, Any]
Values = dict[str, str]

CASES: dict[str, Json] = {
    case["name"]: case
    for case in json.loads((Path(__file__).parent / "upstream-cases.json").read_text(encoding="utf-8"))["cases"]
}
"""Every recorded case, by name; the file says what its words mean."""


class DataBuilderException(Exception):
    """What a builder of a case raises to say that it cannot build."""


class DataValidationException(Exception):
    """What a builder of a case raises to say that its data is wrong."""


class RuntimeException(Exception):
    """What a builder of a case raises to say that it was called wrongly."""


RAISED = {"builder": DataBuilderException, "validation": DataValidationException, "runtime": RuntimeException}


@dataclass(frozen=True)
class Read:
    """A case as a workflow.

    Attributes:
        case: what was recorded.
        deliveries: what each call delivers; null stays None.
        ran: names of the builders in the order they were started; emptied between calls.
    """

    case: Json
    workflow: Workflow[Any]
    deliveries: list[list[object]]
    ran: list[str]


def read(case: Json, *, awaited: bool = False) -> Read:
    """Make the workflow of a case.

    Args:
        case: what was recorded; a builder may also name what it reads through `feedback`.
        awaited: make its builders coroutine functions.
    """
    types = {name: _type(name) for name in _names(case)}
    maker = _Maker(types, awaited=awaited)
    functions = [maker.function(spec) for spec in case["builders"]]
    workflow: Workflow[Any] = Workflow(
        case["name"],
        target=types.get(case["target"], case["target"]),
        builders=functions,
        transients=[types[name] for name in case["transients"] or ()],
        prefer={types[name]: maker.named(chosen) for name, chosen in case["resolution"].items()},
    )
    deliveries = [[given and types[given["data"]](given["value"]) for given in call["delta"]] for call in case["calls"]]
    return Read(case, workflow, deliveries, maker.ran)


def _type(name: str) -> type:
    return make_dataclass(name, [("value", str)], frozen=True, namespace={"__module__": "made"})


def _names(case: Json) -> set[str]:
    ways = ("consumes", "optionals", "accesses", "feedback")
    read_by = (name for spec in case["builders"] for way in ways for name in spec.get(way, ()))
    made = (spec["produces"] for spec in case["builders"])
    delivered = (given["data"] for call in case["calls"] for given in call["delta"] if given)
    return {*read_by, *made, *delivered, *([case["target"]] if case["target"] else [])}


# --- builders --------------------------------------------------------------------------------------------------------


class _Maker:
    """Makes the functions of one case; they share the count of their calls."""

    def __init__(self, types: dict[str, type], *, awaited: bool) -> None:
        self.types = types
        self.awaited = awaited
        self.ran: list[str] = []
        self.calls: Counter[str] = Counter()
        self.made: dict[str, Callable[..., object]] = {}

    def function(self, spec: Json) -> Callable[..., object]:
        hints = self._hints(spec)
        parameters = ", ".join(f"p{at}: P{at}{default}" for at, (_, _, default) in enumerate(hints))
        given = ", ".join(f"{name!r}: p{at}" for at, (name, _, _) in enumerate(hints))
        scope: dict[str, Any] = {f"P{at}": hint for at, (_, hint, _) in enumerate(hints)}
        scope |= {"call": self._behaviour(spec), "Made": self._returns(spec)}
        define = "async def" if self.awaited else "def"
        exec(f"{define} step({parameters}) -> Made: return call({{{given}}})", scope)
        made = builder(name=spec["name"])(scope["step"])
        self.made[spec["name"]] = made
        return made

    def named(self, name: str) -> Callable[..., object]:
        """Give the builder of this name; one that the case does not have, if there is none."""

        def stranger() -> None: ...

        return self.made.get(name) or builder(name=name)(stranger)

    def _hints(self, spec: Json) -> list[tuple[str, Any, str]]:
        types = self.types
        consumed = [(name, types[name], "") for name in spec["consumes"]]
        before = [(name, Feedback[types[name]], "") for name in spec.get("feedback", ())]
        optional = [(name, Union[types[name], None], " = None") for name in spec["optionals"]]  # noqa: UP007 - run time
        accessed = [(name, Access[types[name]], " = None") for name in spec["accesses"]]
        return [*consumed, *before, *optional, *accessed]

    def _returns(self, spec: Json) -> Any:  # noqa: ANN401 - a type form
        made = self.types[spec["produces"]]
        always = any(not rule.get("when") for rule in spec["behaviour"])
        return made if always else Union[made, None]  # noqa: UP007 - run time

    def _behaviour(self, spec: Json) -> Callable[[dict[str, Any]], object]:
        name, produces = spec["name"], self.types[spec["produces"]]

        def call(arguments: dict[str, Any]) -> object:
            self.ran.append(name)
            self.calls[name] += 1
            seen = {key: datum.value for key, datum in arguments.items() if datum is not None}
            for rule in spec["behaviour"]:
                if all(_holds(condition, seen, self.calls[name]) for condition in rule.get("when", ())):
                    return produces(_value(rule["do"], seen))
            return None

        return call


def _holds(condition: list[Any], seen: Values, calls: int) -> bool:
    match condition:
        case ["has", key]:
            return key in seen
        case ["hasnt", key]:
            return key not in seen
        case ["eq", key, value]:
            return seen[key] == value
        case ["eqi", key, value]:
            return seen[key].lower() == value.lower()
        case ["contains", key, part]:
            return part in seen[key]
        case ["le", key, number]:
            return int(seen[key]) <= number
        case ["gt", key, number]:
            return int(seen[key]) > number
        case ["calls_ge", number]:
            return calls > number
    raise NotImplementedError(condition)


def _value(do: Json, seen: Values) -> str:
    match do:
        case {"emit": value}:
            return str(value)
        case {"concat": keys, "sep": separator}:
            return str(separator.join(seen[key] for key in keys))
        case {"raise": kind, "message": message}:
            raise RAISED[kind](message)
    raise NotImplementedError(do)
