"""Writes the passes after the first: a loop over the steps that Feedback may come to.

Theory. A call in memory has no earlier call, so little is left of the walk's rules. In a later pass a step is dirty if
one of its triggers changed in this pass, or if something that it reads through Feedback became a different one in the
pass before. (Older news cannot make it run or be undone: it had its turn when they were new, and what it lacked then
comes back by a change only, which wakes it anew.) Another pass begins if a step that reads through Feedback has such
news, and would run or be undone.

So a key that a later pass may change has a variable with the round of its last change (`at`), and a key that is read
through Feedback has one with the round in which it last became a different one (`news`). Steps that nothing can wake
again are left out of the loop; what is known of their keys after the first pass holds to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import partial

from polaris._model.keys import Key
from polaris._runtime.draft import Draft, either, wanted
from polaris._runtime.index import PlanIndex, StepIndex
from polaris._runtime.reading import Sure, choice
from polaris._runtime.unpacking import unpack, withdraw

_MayAct = Callable[[StepIndex, AbstractSet[Key]], bool]
"""Says of a step and of the keys that may change in later passes whether it may run or be undone in one."""


def note_loops(draft: Draft) -> None:
    """Note, before the first pass is written, of which keys it must write down when they change."""
    index = draft.bound.index
    for step in _reached(index, index.maker.keys(), lambda _step, _keys: True):
        for one in map(draft.variables.__getitem__, step.produces):
            one.is_dated, draft.first[one.at] = True, "1" if one.delivered else "0"
    for one in map(draft.variables.__getitem__, index.maker.keys() & index.compared):
        one.is_compared, draft.first[one.news] = True, "1" if one.delivered else "0"


def write_passes(draft: Draft) -> None:
    """Write the loop of later passes, if there may be any.

    Raises:
        NotStraightError: a step in it must be walked.
    """
    index, page = draft.bound.index, draft.page
    made = {key for key in index.maker if draft.variables[key].maker is not None}
    steps = _reached(index, made, partial(_may_act, draft))
    if not steps:
        return
    _learn(draft, steps)
    begins = [(test, str(step.number)) for step in steps for test in _begins(draft, step)]
    page.write(f"now = {draft.round}")
    draft.now, draft.is_again = "now", True
    with page.block(f"while {' or '.join(test for test, _ in begins)}:"):
        *others, (_, last) = begins
        most = draft.round + index.plan.max_passes - 1
        page.check(steps[0].number, f"if now >= {most}: raise runaway_({choice(others, last)})")
        page.write("last, now = now, now + 1")
        for step in steps:
            _step(draft, step)


def _reached(index: PlanIndex, made: AbstractSet[Key], may_act: _MayAct) -> list[StepIndex]:
    """Give the steps that later passes may come to, in plan order.

    Args:
        index: the plan.
        made: the keys that may have changed in the first pass.
        may_act: says whether a step may run or be undone.
    """
    found: set[int] = set()
    keys: set[Key] = set()
    before = -1
    while len(found) > before:
        before = len(found)
        for step in index.steps:
            news = any(key in made or key in keys for key in step.feedback) or not keys.isdisjoint(step.triggers)
            if news and step.number not in found and may_act(step, keys):
                found.add(step.number)
                keys.update(step.produces)
    return [index.steps[number] for number in sorted(found)]


def _may_act(draft: Draft, step: StepIndex, keys: AbstractSet[Key]) -> bool:
    if draft.done.get(step.name) is True:
        return False
    has_run = any(draft.variables[key].maker is not None for key in step.produces)
    return has_run or all(any(key in keys or draft.variables[key].there for key in some) for some in wanted(step))


def _learn(draft: Draft, steps: Iterable[StepIndex]) -> None:
    """Note what holds of keys in all later passes: those that may come or go in them may be there or not."""
    variables, loose = draft.variables, _loose(draft, steps)
    for step in steps:
        for one in map(variables.__getitem__, step.produces):
            one.is_late = one.there is not Sure.YES and not one.delivered
            draft.has_late |= one.is_late
            one.maker = step.number
            if one.delivered and one.made is Sure.NO:
                draft.first[one.flag] = "False"
            one.made = max(one.made, Sure.MAYBE) if one.delivered else Sure.YES
        if step.once and step.name not in draft.done:
            draft.done[step.name] = f"done_{step.number}"
            draft.first[f"done_{step.number}"] = "False"
    for one in map(variables.__getitem__, loose):
        if one.there is not Sure.YES and not one.delivered:
            draft.first[one.name] = "None"
        one.there = Sure.MAYBE


def _loose(draft: Draft, steps: Iterable[StepIndex]) -> AbstractSet[Key]:
    """Give the keys of which it is not known that they are there throughout all later passes."""
    loose = {key for step in steps for key in step.produces if draft.variables[key].there is not Sure.YES}
    loose |= {key for step in steps for key in step.takes if draft.variables[key].there}
    before = -1
    while len(loose) > before:
        before = len(loose)
        for step in steps:
            if _is_loose(draft, step, loose):
                loose.update(step.produces)
    return loose


def _is_loose(draft: Draft, step: StepIndex, loose: AbstractSet[Key]) -> bool:
    """Say whether a step may decline, make one of several variants, or miss what it needs."""
    if step.step.may_decline or any(len(slot) > 1 for slot in step.slots):
        return True
    sure = {key for some in wanted(step) for key in some if draft.variables[key].there is Sure.YES} - loose
    return any(sure.isdisjoint(some) for some in wanted(step))


# --- one step ------------------------------------------------------------------------------------------------------


def _step(draft: Draft, step: StepIndex) -> None:
    page, tests = draft.page, draft.tests(step)
    with page.under(_dirty(draft, step)):
        if tests is None:
            _withdraw(draft, step)
            return
        with page.under(tests):
            _run(draft, step)
        if tests:
            with page.block("else:"):
                _withdraw(draft, step)


def _run(draft: Draft, step: StepIndex) -> None:
    page, may_decline = draft.page, step.step.may_decline
    draft.call(step, "returned")
    unpack(draft, step)
    if may_decline:
        with page.block("else:"):
            _withdraw(draft, step)
    if step.once:
        page.write(f"{draft.done[step.name]} = {'returned is not None' if may_decline else 'True'}")
    for key in step.takes:
        page.write(f"{draft.variables[key].name} = None")


def _begins(draft: Draft, step: StepIndex) -> Iterator[str]:
    """Write, of a step that reads through Feedback, that it would run or be undone in the next pass."""
    news = [f"{text} == now" for text in _news(draft, step)]
    if not news:
        return
    tests, acts = draft.tests(step), [" and ".join(one) for one in _standing(draft, step)]
    if tests:
        acts.insert(0, " and ".join(tests))
    is_sure = tests == []
    yield " and ".join([*_not_done(draft, step), either(news), *([] if is_sure else [either(acts)])])


def _dirty(draft: Draft, step: StepIndex) -> list[str]:
    """Write the tests whether it is a step's turn in this pass."""
    woken = [f"{one.at} == now" for one in map(draft.variables.__getitem__, step.triggers) if one.is_dated]
    woken += [f"{news} == last" for news in _news(draft, step)]
    return [*_not_done(draft, step), either(woken)] if step.once else [" or ".join(woken)]


def _news(draft: Draft, step: StepIndex) -> list[str]:
    return [one.news for one in map(draft.variables.__getitem__, step.feedback) if one.is_compared]


def _not_done(draft: Draft, step: StepIndex) -> list[str]:
    return [f"not {draft.done[step.name]}"] if step.once else []


def _standing(draft: Draft, step: StepIndex) -> list[list[str]]:
    """Write, for each key that a step may have made, the tests whether it stands."""
    ones = [draft.variables[key] for key in step.produces]
    return [[text for text in (one.flag if one.made is Sure.MAYBE else "", one.test) if text] for one in ones]


def _withdraw(draft: Draft, step: StepIndex) -> None:
    """Write that what a step made, and still stands, is taken away."""
    for one, tests in zip(map(draft.variables.__getitem__, step.produces), _standing(draft, step), strict=True):
        with draft.page.under(tests):
            withdraw(draft, one)
