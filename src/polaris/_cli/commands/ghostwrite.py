"""``polaris ghostwrite``: writes the test file of a workflow."""

from __future__ import annotations

from pathlib import Path

import click

from polaris._assembly import compiled
from polaris._cli.load import load_workflow
from polaris._cli.wrong_use import WrongUseError, writing
from polaris._model.compiled import Compiled
from polaris._model.plan import Plan, Step

_TEST = '''\
"""Property tests of `{workflow}`: see docs/how-to/test-a-workflow.md."""

from hypothesis import given

from {module} import {imports}
from polaris.testing import Run, check_workflow, path_coverage, runs

STUB = [{stub}]
"""Builders that talk to the world, for which values of their own return type stand in."""


def test_{name}_keeps_what_every_workflow_must() -> None:
    check_workflow({workflow}, stub=STUB)


@given(runs({workflow}, stub=STUB))
def test_{name}_never_fails(run: Run) -> None:
    assert run.failure is None


def test_the_tests_of_{name}_see_every_path() -> None:
    path_coverage({workflow}, stub=STUB, at_least={percent})
'''

_PERCENT = 80


@click.command("ghostwrite")
@click.argument("workflow", metavar="MODULE:WORKFLOW")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write into this file, which must not exist yet.",
)
def ghostwrite_command(*, workflow: str, output: Path | None) -> None:
    """Write the test file of a workflow, or print it.

    Builders that ask for a resource or a context, and those that run once, are stood in for.
    """
    module, _, variable = workflow.partition(":")
    text = text_of_test(compiled(load_workflow(workflow)), module, variable)
    if output is None:
        click.echo(text, nl=False)
        return
    if output.exists():
        raise WrongUseError(f"{output} exists already. Name another file, or print it without -o.")
    with writing(output):
        output.write_text(text, encoding="utf-8")


def text_of_test(found: Compiled, module: str, variable: str) -> str:
    """Give the text of a test file."""
    named = {step.name: reference for step in _worldly(found.plan) if (reference := _imported(step)) is not None}
    names = sorted({variable, *named.values()})
    return _TEST.format(
        module=module,
        imports=", ".join(names),
        workflow=variable,
        name=variable.lower(),
        stub=", ".join(named.values()),
        percent=_PERCENT,
    )


def _worldly(plan: Plan) -> list[Step]:
    return [step for step in plan.steps if step.resources or step.context or step.once]


def _imported(step: Step) -> str | None:
    """Give the name by which a builder of the workflow's own module is imported; others are left to the user."""
    module, _, name = step.function.partition(":")
    return name if not module and name.isidentifier() else None
