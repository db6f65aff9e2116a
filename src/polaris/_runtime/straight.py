"""Writes the source of one straight-line function: what a call in memory does with one set of delivered keys.

Theory. A call in memory begins with nothing, so the walk's table folds up. What is delivered has round 1, what is made
in the first pass round 2 (1, if nothing is delivered); in it every builder is decided once, in plan order; nothing can
be undone, because nothing was made before. A builder that is runnable is dirty, and runs, unless the delivery answers
it and it runs once or nothing wakes it. If the plan reads through Feedback, a loop of more passes follows (`passes`).

A key is a local variable, None while it is absent, for None is never a value. What is known of it while the source is
written - that it is surely there, surely absent, surely made in this call - needs no test when the function runs.

What straight-line code does not do, and the walk does: retries, timeouts, a product class that None is an instance of,
and a parameter that may be left out of a function which hides its own default (one that is wrapped).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from polaris._model.keys import Key
from polaris._runtime.bind import Bound
from polaris._runtime.draft import Draft, NotStraightError
from polaris._runtime.index import StepIndex
from polaris._runtime.passes import note_loops, write_passes
from polaris._runtime.reading import Sure, Variable
from polaris._runtime.unpacking import Variants, check_class, date, unpack


@dataclass(frozen=True, slots=True, kw_only=True)
class Straight:
    """What was written.

    Attributes:
        lines: the source; its function is named ``call``.
        scope: what the names in it stand for, those left out that every such function uses.
        calls: the number of the step whose builder a line calls.
        checks: the number of the step whose product a line looks at.
        again: the line before the first one of later passes.
        variables: the keys that may have been there at any time, in the order in which they came.
        ended: the variables whose values the function hands on.
        done: for each step that runs once, the variable that says whether it made anything, or True.
        complete: whether the target is surely there in the end.
    """

    lines: tuple[str, ...]
    scope: dict[str, Any]
    calls: Mapping[int, int]
    checks: Mapping[int, int]
    again: int
    variables: Mapping[Key, Variable]
    ended: tuple[str, ...]
    done: Mapping[str, str | bool]
    complete: bool


def write(bound: Bound, delivered: Iterable[Key], given: frozenset[Key], *, keeps: bool = False) -> Straight:
    """Write the function for a set of delivered keys.

    Args:
        bound: the plan; with its resources, or without those that the function is handed.
        delivered: the keys, in the order in which the function takes their values.
        given: the keys of the resources that it is handed.
        keeps: whether it is handed a keeper instead, which is told of every step and keeps what that makes.

    Raises:
        NotStraightError: it must be walked.
    """
    return _Writer(Draft(bound, tuple(delivered), given, keeps=keeps)).straight()


class _Writer:
    """Goes through a plan in order, and knows at every step what is there."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._page = draft.page
        self._variables = draft.variables

    def straight(self) -> Straight:
        draft, index, page = self._draft, self._draft.bound.index, self._page
        is_answered = any(key in index.maker for key in draft.delivered)
        if index.plan.timeout is not None or (draft.keeps and is_answered):
            raise NotStraightError
        if not draft.keeps:
            note_loops(draft)
        for step in index.steps:
            if draft.keeps and self._may_change_twice(step):
                raise NotStraightError
            self._step(step)
        again = len(page.lines)
        if not draft.keeps:
            write_passes(draft)
        variables = {key: self._variables[key] for key in draft.delivered}
        made = [key for step in index.steps for key in step.produces if self._variables[key].maker is not None]
        variables.update((key, self._variables[key]) for key in made)
        ended = [one.name for one in variables.values() if one.there is not Sure.NO]
        ended += [one.flag for one in variables.values() if one.made is Sure.MAYBE]
        ended += [name for name in draft.done.values() if isinstance(name, str)]
        ended += ["came"] if draft.has_late else []
        head = self._head()
        run_id = "keeper.run_id" if draft.keeps else "None"
        page.write(f'put_(outcome, "_late", (read_, {run_id}, order, ({"".join(f"{name}, " for name in ended)})))')
        page.write("return outcome")
        return Straight(
            lines=(*head, *page.lines, "    except Exception as error:", "        raise fail_(error, order, locals())"),
            scope=draft.scope,
            calls={line + len(head): number for line, number in page.calls.items()},
            checks={line + len(head): number for line, number in page.checks.items()},
            again=again + len(head),
            variables=variables,
            ended=tuple(ended),
            done=draft.done,
            complete=self._is_complete(),
        )

    def _may_change_twice(self, index: StepIndex) -> bool:
        """Say whether a step may take what it reads, or run in a later pass; not if it lacks what no step can make."""
        lacks = any(all(self._variables[key].there is Sure.NO for key in keys) for keys in index.needs)
        return bool(index.takes or index.feedback) and not lacks

    def _head(self) -> list[str]:
        draft = self._draft
        lines = [f"def call(data, {'keeper' if draft.keeps else 'given'}, order):", "    try:"]
        body = [f"{', '.join(self._variables[key].name for key in draft.delivered)}, = data"] if draft.delivered else []
        body += [f"{name} = given[{key!r}]" for key, name in draft.served.items()]
        body += ["begin, keep, keep_all = keeper.begin, keeper.keep, keeper.keep_all"] if draft.keeps else []
        body += ["uid = uid_()"] if draft.has_context and not draft.keeps else []
        body += ["came = {}"] if draft.has_late else []
        for value in ("None", "False", "0", "1"):
            names = [name for name, first in draft.first.items() if first == value]
            body += [" = ".join([*names, value])] if names else []
        body += ["outcome = new_(Outcome_)"]
        return lines + ["        " + line for line in body]

    def _is_complete(self) -> bool:
        plan = self._draft.bound.plan
        there = [self._variables[key].there is Sure.YES for key in plan.target]
        return all(there) if plan.target_all else any(there)

    # --- one step of the first pass --------------------------------------------------------------------------

    def _step(self, index: StepIndex) -> None:
        tests = None if self._is_settled(index) else self._draft.tests(index)
        if tests is not None:
            with self._page.under(tests):
                self._run(index, is_sure=not tests)

    def _is_settled(self, index: StepIndex) -> bool:
        """Say whether the delivery answers a step that has nothing to do then."""
        if not all(any(self._variables[key].delivered for key in slot) for slot in index.slots):
            return False
        if index.once:
            self._draft.done[index.name] = True
        return index.once or index.untriggered

    def _run(self, index: StepIndex, *, is_sure: bool) -> None:
        draft, bound = self._draft, self._draft.bound.steps[index.number]
        step, first = bound.step, self._variables[index.produces[0]]
        is_direct = len(index.produces) == 1 and not step.several and not first.delivered
        returned = first.name if is_direct else "returned"
        draft.begin(index)
        draft.call(index, returned)
        if is_direct:
            check_class(draft, index, bound.variants[0], returned, may_decline=step.may_decline)
            if first.is_traced:
                with self._page.under([f"{returned} is not None"] if step.may_decline else []):
                    date(draft, first)
        else:
            unpack(draft, index)
        draft.keep(index)
        if not is_sure or (step.may_decline and not is_direct):
            fresh = (self._variables[key] for key in index.produces if not self._variables[key].delivered)
            draft.first.update((one.name, "None") for one in fresh)
        is_certain = is_sure and not step.may_decline
        if step.once:
            self._note_done(index, returned, is_certain=is_certain)
        for slot in bound.variants:
            self._learn(slot, index.number, is_certain=is_certain)
        for one in map(self._variables.__getitem__, index.takes):
            self._page.write(f"{one.name} = None")
            one.there = Sure.NO if is_sure else Sure.MAYBE

    def _note_done(self, index: StepIndex, returned: str, *, is_certain: bool) -> None:
        done = f"done_{index.number}"
        self._draft.done[index.name] = is_certain or done
        if not is_certain:
            self._draft.first[done] = "False"
            self._page.write(f"{done} = {returned} is not None")

    def _learn(self, slot: Variants, number: int, *, is_certain: bool) -> None:
        """Note what is known of a slot when its step has had its turn."""
        for one in (self._variables[key] for key, _ in slot):
            is_there = len(slot) == 1 and (is_certain or one.there is Sure.YES)
            one.maker = number
            one.there = Sure.YES if is_there else Sure.MAYBE
            one.made = Sure.YES if is_certain or not one.delivered else Sure.MAYBE
