"""Writes what is done with what a builder returned: it is looked at, taken apart, and put into variables."""

from __future__ import annotations

from polaris._model.keys import Key
from polaris._runtime.draft import Draft
from polaris._runtime.index import StepIndex
from polaris._runtime.reading import Sure, Variable

Variants = tuple[tuple[Key, type], ...]
"""What a slot may hold: keys with their run-time classes."""


def unpack(draft: Draft, index: StepIndex) -> None:
    """Write what is done with `returned`; if it is None, only as far as it is nothing else."""
    page, bound = draft.page, draft.bound.steps[index.number]
    with page.under(["returned is not None"] if bound.step.may_decline else []):
        parts = ["returned"]
        if bound.step.several:
            parts = [f"part_{place}" for place in range(len(bound.variants))]
            check = draft.check(index)
            wrong = f"type(returned) is not tuple or len(returned) != {len(parts)}"
            page.check(index.number, f"if {wrong}: {check}(returned)")
            page.check(index.number, f"{', '.join(parts)}, = returned")
        slots = [*zip(bound.variants, parts, range(len(parts)), strict=True)]
        for slot, part, place in slots:
            if len(slot) == 1:
                check_class(draft, index, slot, part)
            else:
                _find_variant(draft, index, slot, part, place)
        for slot, part, place in slots:
            _assign(draft, slot, part, place)


def check_class(draft: Draft, index: StepIndex, slot: Variants, part: str, *, may_decline: bool = False) -> None:
    """Look at the class of a product: one that is not exactly it may be a subclass, or wrong."""
    kind = draft.kind(*slot[0])
    returned = "returned" if part.startswith("part_") else part
    unless = f" and {part} is not None" if may_decline else ""
    draft.page.check(index.number, f"if type({part}) is not {kind}{unless}: {draft.check(index)}({returned})")


def _find_variant(draft: Draft, index: StepIndex, slot: Variants, part: str, place: int) -> None:
    kinds = dict.fromkeys(draft.kind(key, kind) for key, kind in _distinct(slot))
    tests = " and ".join(f"kind_{place} is not {kind}" for kind in kinds)
    draft.page.write(f"kind_{place} = type({part})")
    draft.page.check(index.number, f"if {tests}: kind_{place} = {draft.check(index)}(returned)[{place}]")


def _assign(draft: Draft, slot: Variants, part: str, place: int) -> None:
    """Put a part into the variable that it is for, and take the other variants of the slot away."""
    chosen = _distinct(slot)
    for key, kind in slot:
        one = draft.variables[key]
        test = f"kind_{place} is {draft.kind(key, kind)}" if (key, kind) in chosen else ""
        if len(slot) == 1:
            put(draft, one, part)
        elif not one.is_traced:
            put(draft, one, f"{part} if {test} else None" if test else "None")
        else:
            _put_or_withdraw(draft, one, part, test)


def _put_or_withdraw(draft: Draft, one: Variable, part: str, test: str) -> None:
    name, value = (one.flag, "False") if one.delivered else (one.name, "None")
    draft.first[name] = value  # it may be that nothing else is ever written there
    if test:
        with draft.page.block(f"if {test}:"):
            put(draft, one, part)
    if one.there is not Sure.NO:
        with draft.page.block(f"{'elif' if test else 'if'} {one.name} is not None:"):
            withdraw(draft, one)


def put(draft: Draft, one: Variable, value: str) -> None:
    """Write that a key is made; of one that matters in later passes, also when it changed, and was a different one."""
    page = draft.page
    if one.is_compared and one.there is not Sure.NO:
        unless = f"{one.name} is None or " if one.there is Sure.MAYBE else ""
        page.write(f"if {unless}not {one.name} == {value}: {one.news} = {draft.now}")
    page.write(f"{one.name} = {value}")
    if one.is_traced:
        date(draft, one)
    if one.delivered:
        draft.first[one.flag] = "False"
        page.write(f"{one.flag} = True")


def date(draft: Draft, one: Variable) -> None:
    """Write that a key has changed; if it was surely absent, it is a different one, too."""
    page = draft.page
    if draft.is_again and one.is_late:
        page.write(f"if not {one.at}: came[{one.key!r}] = None")
    _write_dates(draft, one, is_new=one.there is Sure.NO)


def withdraw(draft: Draft, one: Variable) -> None:
    """Write that a key that is there is taken away, which is a change."""
    draft.page.write(f"{one.name} = None")
    _write_dates(draft, one, is_new=True)


def _write_dates(draft: Draft, one: Variable, *, is_new: bool) -> None:
    names = [one.at] if one.is_dated else []
    names += [one.news] if one.is_compared and is_new else []
    if names:
        draft.page.write(" = ".join([*names, draft.now]))


def _distinct(slot: Variants) -> Variants:
    """Leave out the variants of a class that an earlier one has: they are never made."""
    first = {kind: key for key, kind in reversed(slot)}
    return tuple((key, kind) for key, kind in slot if first[kind] == key)
