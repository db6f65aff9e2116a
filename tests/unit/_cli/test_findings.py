from dataclasses import replace
from pathlib import Path

import pytest

from polaris import Workflow, builder
from polaris._cli.findings import Checked, Finding, check_workflows, shortened
from polaris._cli.load import load_workflows
from polaris._model.diagnostic import Diagnostic, Place, Related, Severity
from polaris.errors import DeclarationError
from tests.unit._cli.folder import Write
from tests.unit._cli.found import AT_A_PLACE, NOWHERE
from tests.unit._model.nouns import assert_noun

FLOWS = """
from polaris import Workflow, builder

class A: ...
class B: ...
class C: ...

@builder
def shared(a) -> B: ...

@builder
def last(b: B) -> C: ...

one = Workflow("one", target=B)
two = Workflow("two", target=C)
three = Workflow("three", target=C, builders=[A])
"""

REFUSED = DeclarationError("It is no function.", do="Write one.")


def checked(*findings: Finding, refused: tuple[DeclarationError, ...] = ()) -> Checked:
    return Checked(findings=findings, refused=refused)


@pytest.fixture
def flows(write: Write, tmp_path: Path) -> Checked:
    write("flows.py", FLOWS)
    return check_workflows(load_workflows("flows"), tmp_path)


@pytest.mark.parametrize("noun", [AT_A_PLACE, checked(AT_A_PLACE)], ids=type)
def test_what_is_found_is_a_noun(noun: object) -> None:
    assert_noun(noun)


def test_what_workflows_share_is_told_once_with_the_names_of_all(flows: Checked) -> None:
    assert [(finding.diagnostic.code, finding.workflows) for finding in flows.findings] == [("POL101", ("one", "two"))]


def test_a_workflow_that_is_refused_does_not_hide_the_faults_of_others(flows: Checked) -> None:
    assert [error.what.partition(" lists")[0] for error in flows.refused] == ["Workflow 'three'"]


def test_what_is_doubtful_is_looked_for(tmp_path: Path) -> None:
    class Name: ...

    class Greeting: ...

    @builder
    def greet(name: Name) -> Greeting: ...

    found = check_workflows([Workflow("hello", target=Greeting, builders=[greet])], tmp_path)
    assert [finding.diagnostic.severity for finding in found.findings] == [Severity.WARNING] * len(found.findings)
    assert "POL308" in {finding.diagnostic.code for finding in found.findings}


@pytest.mark.parametrize(
    ("found", "plainly", "strictly"),
    [
        (checked(), False, False),
        (checked(NOWHERE), False, True),
        (checked(NOWHERE, AT_A_PLACE), True, True),
        (checked(refused=(REFUSED,)), True, True),
    ],
    ids=["nothing", "a warning", "an error", "a refusal"],
)
def test_errors_are_bad_and_warnings_only_to_who_is_strict(found: Checked, plainly: bool, strictly: bool) -> None:
    assert (found.is_bad(strict=False), found.is_bad(strict=True)) == (plainly, strictly)


def test_paths_in_the_folder_begin_below_it_and_others_stay_whole(tmp_path: Path) -> None:
    inside, outside = str(tmp_path / "shop" / "rides.py"), str(tmp_path.parent / "rides.py")
    found = Diagnostic(
        code="POL202",
        severity=Severity.ERROR,
        message="Two make it.",
        hint="Choose one.",
        place=Place(file=inside, line=3),
        related=tuple(
            Related(message="it too", place=Place(file=file, line=4)) for file in (inside, outside, "<cell>")
        ),
    )
    short = shortened(found, tmp_path)
    assert short.place == Place(file="shop/rides.py", line=3)
    assert [each.place.file for each in short.related] == ["shop/rides.py", outside, "<cell>"]
    assert shortened(replace(found, place=None), tmp_path).place is None
