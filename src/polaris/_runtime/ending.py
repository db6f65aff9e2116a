"""What comes of a straight-line function: the fields of its outcome, or its failure.

Most callers want one or two fields of an outcome; each is worked out when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import cast

from polaris._model.context import Context
from polaris._model.keys import Key
from polaris._model.outcome import Outcome, Status
from polaris._runtime.bind import Bound
from polaris._runtime.call import failure_of, idempotency_key, told
from polaris._runtime.delivery import names_of
from polaris._runtime.reading import Sure
from polaris._runtime.straight import Straight
from polaris._runtime.waiting import is_complete, waiting_for
from polaris.errors import RunawayLoopError, StepError

Values = Mapping[str, object]
"""The variables of a straight-line function that hold anything."""


class Ending:
    """What comes of a straight-line function: the fields of its outcome, or its failure."""

    def __init__(self, bound: Bound, straight: Straight) -> None:
        self._bound = bound
        self._calls = straight.calls
        self._checks = straight.checks
        self._again = straight.again
        self._variables = straight.variables
        self._ended = straight.ended
        self._done = straight.done
        self._complete = straight.complete

    def read(self, field: str, run_id: str | None, order: tuple[Key, ...], ended: tuple[object, ...]) -> object:
        """Give a field of the outcome of a call that ended well."""
        plan, types = self._bound.plan, self._bound.types
        match field:
            case "data" | "produced":
                found = dict(zip(self._ended, ended, strict=True))
                return self._data(order, found) if field == "data" else self._produced(order, found)
            case "status" | "waiting_for":
                if self._complete:
                    return Status.COMPLETED if field == "status" else ()
                return self._standing(dict(zip(self._ended, ended, strict=True)))[field]
            case "target":
                return names_of(types, plan.target)
            case _:
                return {"workflow": plan.workflow, "run_id": run_id, "target_all": plan.target_all}[field]

    def fail(self, error: Exception, order: tuple[Key, ...], variables: dict[str, object]) -> StepError:
        """Give the failure of the step at whose line a function was left, with what was there by then.

        Args:
            error: what was raised.
            order: the delivered keys, in the order of the delivery.
            variables: all that the function held.

        Raises:
            Exception: it was no failure of a step.
        """
        variables.pop("error")  # or the frame would hold the error that holds the frame
        line, number, failure = self.step_of(error)
        found = variables if line > self._again else self._until(number, variables)
        plan, types = self._bound.plan, self._bound.types
        outcome: Outcome[object] = Outcome(
            workflow=plan.workflow,
            run_id=None,
            status=Status.FAILED,
            produced=self._produced(order, found),
            data=self._data(order, found),
            waiting_for=(),
            target=names_of(types, plan.target),
            target_all=plan.target_all,
        )
        failure.attach(None, outcome, ())
        return failure

    def step_of(self, error: Exception) -> tuple[int, int, StepError]:
        """Give the line at which a function was left, the number of the step that it belongs to, and its failure.

        Raises:
            Exception: it was no failure of a step.
        """
        line = error.__traceback__.tb_lineno if error.__traceback__ else 0
        number = self._calls.get(line)
        if number is not None:
            return line, number, failure_of(self._bound.plan.steps[number].name, told(error))
        if isinstance(error, StepError) and line in self._checks:
            return line, self._checks[line], error
        raise error  # what a class makes of `isinstance`, or of `==`: the walk lets it pass, too

    def context(self, number: int, rounds: tuple[int, ...], uid: str, run_id: str = "") -> Context:
        """Make the context of a step, as the walk would: see `idempotency_key`."""
        index = self._bound.index.steps[number]
        seen = tuple(sorted(one for one in rounds if one))
        return Context(
            run_id=run_id,
            workflow=self._bound.plan.workflow,
            builder=index.step.name,
            idempotency_key=idempotency_key(index.step, int(index.untriggered), seen, uid),
        )

    def runaway(self, number: int) -> StepError:
        """Give the failure of a step that would run or be undone in one pass too many."""
        plan = self._bound.plan
        return RunawayLoopError(plan.steps[number].name, passes=plan.max_passes)

    def _until(self, number: int, variables: Values) -> Values:
        """Leave out what a step and those behind it would have made in the first pass."""
        found = dict(variables)
        for one in self._variables.values():
            if one.maker is not None and one.maker >= number:
                if one.delivered:
                    found[one.flag] = False
                else:
                    found.pop(one.name, None)
        return found

    def _there(self, order: tuple[Key, ...], found: Values) -> dict[Key, object]:
        keys = dict.fromkeys((*order, *self._variables))
        for key in cast("Iterable[Key]", found.get("came", ())):  # they come behind those of the first pass
            del keys[key]
            keys[key] = None
        values = {key: found.get(self._variables[key].name) for key in keys}
        return {key: value for key, value in values.items() if value is not None}

    def _data(self, order: tuple[Key, ...], found: Values) -> Mapping[object, object]:
        types, transient = self._bound.types, self._bound.index.transient
        there = self._there(order, found).items()
        return MappingProxyType({types[key]: value for key, value in there if key not in transient})

    def _produced(self, order: tuple[Key, ...], found: Values) -> Mapping[object, object]:
        types, there = self._bound.types, self._there(order, found)
        return MappingProxyType({types[key]: value for key, value in there.items() if self._is_made(key, found)})

    def _is_made(self, key: Key, found: Values) -> bool:
        one = self._variables[key]
        return not one.delivered or bool(found.get(one.flag, one.made is Sure.YES))

    def _standing(self, found: Values) -> dict[str, object]:
        index = self._bound.index
        there = self._there((), found).keys() - index.transient

        def is_done(name: str) -> bool:
            done = self._done.get(name, False)
            return bool(found[done]) if isinstance(done, str) else done

        if is_complete(index, there.__contains__):
            return {"status": Status.COMPLETED, "waiting_for": ()}
        waits = waiting_for(index, there.__contains__, is_done)
        return {
            "status": Status.WAITING if waits else Status.BLOCKED,
            "waiting_for": names_of(self._bound.types, waits),
        }
