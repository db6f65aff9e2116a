"""What tells two entries of the cache apart: all that is said about a workflow and that its files do not fix."""

import pytest

from polaris._cache.identity import identity_of
from polaris._compiler.compile import compile_workflow
from tests.unit._compiler.modules import HEADER, Write, workflow_of

RIDES = (
    HEADER
    + """
@builder
def make(a: A) -> B | None: ...
@builder
def end(b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
)


@pytest.mark.parametrize(
    "arguments",
    [
        "target=B",
        "target=C, builders=[end]",
        "target=C, inputs=[A]",
        "target=C, inputs=[]",
        "target=C, transients=[B]",
        "target=C, prefer={B: make}",
        "target=C, renamed={'Old': A}",
        "target=C, timeout=3",
        "target=C, max_passes=3",
    ],
)
def test_everything_that_is_said_about_a_workflow_is_part_of_its_identity(arguments: str, write: Write) -> None:
    module = write(RIDES + f'other = Workflow("flow", {arguments})\n')
    assert identity_of(workflow_of(module)) != identity_of(workflow_of(module, "other"))


def test_a_module_can_be_listed_among_the_builders(write: Write) -> None:
    module = write(RIDES)
    listing = write(
        HEADER + 'import written\nflow = Workflow("flow", target=written.C, builders=[written])\n', "listing"
    )
    assert "written" in identity_of(workflow_of(listing))
    assert compile_workflow(workflow_of(listing)).plan.workflow == workflow_of(module).name


def test_builders_with_other_options_have_another_identity(write: Write) -> None:
    options = (
        "@builder",
        "@builder(retry=Retry(attempts=2))",
        "@builder(retry=Retry(attempts=3))",
        "@builder(once=True)",
    )
    texts = [RIDES.replace("@builder\ndef end", f"{option}\ndef end") for option in options]
    assert len({identity_of(workflow_of(write(text))) for text in texts}) == len(options)


DEPENDS = (
    HEADER
    + """
import os
if "BETA" in os.environ:
    @builder
    def make(a: A, d: D) -> B: ...
else:
    @builder
    def make(a: A) -> B: ...
flow = Workflow("flow", target=B)
"""
)


def test_what_the_environment_decides_is_told_apart(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity_of(workflow_of(write(DEPENDS)))
    assert identity_of(workflow_of(write(DEPENDS))) == before
    monkeypatch.setenv("BETA", "yes")
    assert identity_of(workflow_of(write(DEPENDS))) != before
