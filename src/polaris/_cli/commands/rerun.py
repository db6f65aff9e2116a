"""``polaris rerun``: has a builder of a stored run, or all of them, run again."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, cast

import click

from polaris._assembly import compiled
from polaris._cli import render
from polaris._cli.as_json import outcome_json
from polaris._cli.engines import opened_engine
from polaris._cli.load import load_resources, load_workflow
from polaris._cli.options import as_json_option, resources_option, store_option
from polaris._cli.stored import opened_store
from polaris._cli.wrong_use import WrongUseError
from polaris._model.keys import TypeForm
from polaris._model.outcome import Outcome
from polaris._model.plan import Plan
from polaris.errors import StepError


@click.command("rerun")
@click.argument("workflow", metavar="MODULE:WORKFLOW")
@click.argument("run_id", metavar="RUN_ID")
@click.option("--builder", metavar="NAME", help="The builder; without it the run starts from the beginning.")
@store_option
@resources_option
@as_json_option
def rerun_command(
    *, workflow: str, run_id: str, builder: str | None, store: str, resources_name: str | None, as_json: bool
) -> None:
    """Have a builder of a stored run run again.

    It runs although nothing has changed, even if it runs once; then what depends on it. Without --builder the run
    starts from the beginning: what builders made is dropped, and what was delivered stays.
    """
    asked = load_workflow(workflow)
    if builder is not None:
        _check_builder(builder, compiled(asked).plan)
    resources: Mapping[TypeForm, object] = load_resources(resources_name) if resources_name else {}
    try:
        with opened_store(store) as opened, opened_engine(opened, asked, resources=resources) as engine:
            outcome = engine.ask(lambda each: each.rerun(run_id, builder))
    except StepError as error:
        if error.outcome is not None:
            _print(cast("Outcome[Any]", error.outcome), as_json=as_json, error=str(error))
        raise
    _print(outcome, as_json=as_json)


def _check_builder(name: str, plan: Plan) -> None:
    known = sorted(step.name for step in plan.steps)
    if name not in known:
        near = get_close_matches(name, known, n=1)
        advice = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known)}."
        raise WrongUseError(f"Workflow {plan.workflow!r} has no builder {name!r}. {advice}")


def _print(outcome: Outcome[Any], *, as_json: bool, error: str | None = None) -> None:
    if as_json:
        click.echo(outcome_json(outcome, error, values=False))
    else:
        render.show(render.outcome_text(outcome))
