"""Finds what a name on the command line stands for: ``package.module:workflow``."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import click

from polaris._cli.wrong_use import WrongUseError
from polaris._model.keys import TypeForm
from polaris._model.workflow import Workflow

if TYPE_CHECKING:
    from typing_extensions import TypeIs

_OURS = Path(__file__).parents[1]
_DEBUG = "POLARIS_DEBUG=1 shows the traceback."


def load_workflow(name: str) -> Workflow[Any]:
    """Import a workflow; the current directory is searched first.

    Args:
        name: ``package.module:workflow``.

    Raises:
        WrongUseError: there is no such module, or no such workflow in it.
        click.ClickException: the module is there, but cannot be imported.
    """
    module, attribute, found = _load(name, "MODULE:WORKFLOW", "rides:cab_ride")
    if _is_workflow(found):
        return found
    workflows = [key for key, value in vars(module).items() if _is_workflow(value)]
    if found is None:
        what = f"Module {module.__name__!r} has no {attribute!r}."
    else:
        what = f"{name!r} is no Workflow, but a {type(found).__name__}."
    raise WrongUseError(f"{what} {_advice(attribute, workflows)}")


def load_workflows(name: str) -> tuple[Workflow[Any], ...]:
    """Import a workflow, or every workflow at the top level of a module, in the order of the module.

    Args:
        name: ``package.module:workflow``, or ``package.module``.

    Raises:
        WrongUseError: there is no such module, or no such workflow in it.
        click.ClickException: the module is there, but cannot be imported.
    """
    if ":" in name:
        return (load_workflow(name),)
    if name.endswith(".py"):
        raise WrongUseError(f"{name!r} names a file. Name the module: {_dotted(name)}.")
    if not _is_dotted(name):
        raise WrongUseError(f"{name!r} is not MODULE or MODULE:WORKFLOW. Write it like rides or rides:cab_ride.")
    found = {id(value): value for value in vars(_import(name)).values() if _is_workflow(value)}
    if not found:
        raise WrongUseError(f"Module {name!r} has no Workflow at its top level. Make one, or name another module.")
    return tuple(found.values())


def load_resources(name: str) -> Mapping[TypeForm, object]:
    """Import a mapping from types to services, or call the function that gives it.

    Raises:
        WrongUseError: there is no such mapping.
        click.ClickException: the module cannot be imported, or the function failed.
    """
    module, attribute, found = _load(name, "MODULE:MAPPING", "rides:RESOURCES")
    if found is None:
        near = get_close_matches(attribute, vars(module), n=1)
        advice = f"Did you mean {near[0]!r}?" if near else "Define it there as a dict from types to objects."
        raise WrongUseError(f"Module {module.__name__!r} has no {attribute!r}. {advice}")
    if callable(found):
        try:
            found = found()
        except Exception as error:
            raise click.ClickException(f"{name!r} failed{_told(error)}. Mend it there; {_DEBUG}") from error
    if not isinstance(found, Mapping):
        raise WrongUseError(
            f"{name!r} gives no mapping, but a {type(found).__name__}. "
            "Name a dict from types to objects, or a function without arguments that returns one."
        )
    return cast("Mapping[TypeForm, object]", found)


def _load(name: str, form: str, example: str) -> tuple[ModuleType, str, object]:
    """Give the module, the name of the attribute, and the attribute or None."""
    path, _, attribute = name.partition(":")
    if path.endswith(".py"):
        raise WrongUseError(f"{name!r} names a file. Name the module: {_dotted(path)}:{attribute or 'workflow'}.")
    if not attribute.isidentifier() or not _is_dotted(path):
        raise WrongUseError(f"{name!r} is not {form}. Write it like {example}.")
    module = _import(path)
    return module, attribute, getattr(module, attribute, None)


def _dotted(file: str) -> str:
    return ".".join(Path(file).with_suffix("").parts)


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _import(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            near = get_close_matches(name, [file.stem for file in Path.cwd().glob("*.py")], n=1)
            advice = f"Did you mean {near[0]!r}?" if near else "Check the name, or go to the folder that it is in."
            raise WrongUseError(f"There is no module {name!r}. {advice}") from error
        raise click.ClickException(
            f"Module {name!r} cannot be imported{_told(error)}. Mend it there; {_DEBUG}"
        ) from error


def _is_workflow(thing: object) -> TypeIs[Workflow[Any]]:
    return isinstance(thing, Workflow)


def _told(error: BaseException) -> str:
    """Say in a line what was raised, and where in the code of others than us."""
    if isinstance(error, SyntaxError):
        return f": SyntaxError: {error.msg} ({error.filename}:{error.lineno})"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f": {type(error).__name__}: {error}{place}"


def _is_theirs(file: str) -> bool:
    return not file.startswith("<frozen ") and _OURS not in Path(file).parents


def _advice(attribute: str, workflows: list[str]) -> str:
    near = get_close_matches(attribute, workflows, n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Its workflows: {', '.join(workflows)}." if workflows else "It has no Workflow at its top level: make one."
