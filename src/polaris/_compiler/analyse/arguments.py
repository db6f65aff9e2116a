"""The workflow's own arguments: from types to keys, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from polaris._compiler import codes
from polaris._compiler.analyse.forms import Wrong, fixed_tuple, marked, name_for, shown, wrong_with
from polaris._compiler.faults import Anchor, Fault, fault
from polaris._compiler.nouns import Settings
from polaris._model.keys import TypeForm, key_of, members
from polaris._model.workflow import Workflow


def read_arguments(workflow: Workflow[Any]) -> tuple[Settings, tuple[Fault, ...]]:
    """Give the arguments of a workflow, as far as they can be read, and their faults."""
    target, target_all = _target(workflow.target)
    named: dict[str, tuple[TypeForm, ...]] = {
        "target": target,
        "inputs": workflow.inputs or (),
        "transients": workflow.transients,
        "prefer": tuple(workflow.prefer),
        "renamed": tuple(workflow.renamed.values()),
    }
    good = {argument: tuple(form for form in forms if _wrong(form) is None) for argument, forms in named.items()}
    settings = Settings(
        target=tuple(map(key_of, good["target"])),
        target_all=target_all,
        inputs=None if workflow.inputs is None else frozenset(map(key_of, good["inputs"])),
        transients=frozenset(map(key_of, good["transients"])),
        prefer={key_of(form): workflow.prefer[form] for form in good["prefer"]},
        renamed={old: key_of(form) for old, form in workflow.renamed.items() if form in good["renamed"]},
        types=tuple((key_of(form), form, argument) for argument, forms in good.items() for form in forms),
    )
    return settings, tuple(_faults(workflow, named))


def _target(form: TypeForm) -> tuple[tuple[TypeForm, ...], bool]:
    """Give the members of a target, and whether all of them complete a run."""
    if _is_endless(form):
        return (form,), False
    parts = fixed_tuple(marked(form)[0])
    return (members(form), False) if parts is None else (parts, True)


def _wrong(form: TypeForm) -> Wrong | None:
    if _is_endless(form):
        return _ENDLESS
    plain, modes = marked(form)
    return _MARKED if modes else wrong_with(plain)


def _is_endless(form: TypeForm) -> bool:
    try:
        key_of(form)
    except RecursionError:
        return True
    return False


def _faults(workflow: Workflow[Any], named: Mapping[str, Collection[TypeForm]]) -> Iterator[Fault]:
    if not named["target"]:
        yield _fault(workflow, "target", what="names no type", do="Name the type that completes a run.")
    for argument, forms in named.items():
        for form in forms:
            wrong = _wrong(form)
            if wrong is not None:
                do = wrong.do.format(name=name_for(argument), form=shown(form))
                yield _fault(workflow, argument, what=_said(form, wrong), do=do)
    for form, function in workflow.prefer.items():
        if not callable(function):
            what = f"names {function!r} for {shown(form)}, which is no builder"
            yield _fault(workflow, "prefer", what=what, do="Name the function: `prefer={Quote: list_price}`.")
    for old in workflow.renamed:
        if not isinstance(old, str):
            what = f"has {shown(old)} where the old name must stand"
            yield _fault(workflow, "renamed", what=what, do='Write the old name as text: `renamed={"Old": New}`.')


def _said(form: TypeForm, wrong: Wrong) -> str:
    return f"names {shown(form)}, which {wrong.what or 'does not say which datum it is'}"


def _fault(workflow: Workflow[Any], argument: str, **words: str) -> Fault:
    at = Anchor(thing=workflow, part=argument)
    return fault(codes.BAD_ARGUMENT, at, workflow=repr(workflow.name), argument=argument, **words)


_MARKED = Wrong(codes.BAD_FORM, "has a marker", "Name the type alone; markers are for parameters.")
_ENDLESS = Wrong(codes.BAD_FORM, "stands for itself, or is nested too deep", "Name a class, or a NewType of it.")
