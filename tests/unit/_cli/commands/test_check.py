import json
from pathlib import Path

import pytest

from tests.unit._cli.folder import Polaris, Write

BROKEN = """
from dataclasses import dataclass
from polaris import Workflow, builder

@dataclass(frozen=True)
class A: ...
@dataclass(frozen=True)
class B: ...
class C: ...

@builder
def make(a) -> B: ...

@builder
def send(b: B) -> C | None: ...

bad = Workflow("bad", target=B, builders=[make])
worse = Workflow("worse", target=A, builders=[send])
again = bad
"""

DOUBTFUL = """
from dataclasses import dataclass
from polaris import Workflow, builder

@dataclass(frozen=True)
class A: ...
@dataclass(frozen=True)
class B: ...
class C: ...

@builder
def make(a: A) -> B: ...

@builder
def aside(b: B) -> C: ...

flow = Workflow("flow", target=B, builders=[make])
doubtful = Workflow("doubtful", target=B, builders=[make, aside])
"""

FORMATS = ["text", "json", "github", "sarif"]


@pytest.fixture(autouse=True)
def modules(write: Write) -> None:
    """Write modules to check: with errors, with a warning, with a workflow that is refused, and with none."""
    write("broken.py", BROKEN)
    write("doubtful.py", DOUBTFUL)
    write("refused.py", DOUBTFUL + "no_flow = Workflow('no_flow', target=B, builders=[A])\n")
    write("empty.py", "")


def test_the_faults_of_all_workflows_of_a_module_are_told(polaris: Polaris) -> None:
    status, out, err = polaris("check", "broken")
    assert (status, err) == (1, "")
    assert out.startswith("broken.py:12:10: error POL101: parameter `a` of `make` has no type hint\n")
    assert "broken.py:18:27: error POL201: no builder of workflow 'worse' produces its target A\n" in out
    assert out.endswith("\n\nbroken: 2 workflows, 2 errors\n")


def test_a_workflow_can_be_named(polaris: Polaris) -> None:
    status, out, _ = polaris("check", "broken:worse")
    assert status == 1
    assert out.endswith("\n\nbroken:worse: 1 workflow, 1 error\n")
    assert "POL101" not in out


def test_where_nothing_is_wrong_it_says_so_in_a_line(polaris: Polaris) -> None:
    assert polaris("check", "doubtful:flow", "--strict") == (0, "doubtful:flow: 1 workflow, 0 faults\n", "")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("module", "plainly", "strictly"), [("broken", 1, 1), ("doubtful", 0, 1), ("doubtful:flow", 0, 0)]
)
def test_errors_change_the_exit_status_and_warnings_only_if_strict(
    module: str, plainly: int, strictly: int, form: str, polaris: Polaris
) -> None:
    assert polaris("check", module, "--format", form)[0] == plainly
    assert polaris("check", module, "--format", form, "--strict")[0] == strictly


def test_as_json_it_is_an_array(polaris: Polaris) -> None:
    _, out, err = polaris("check", "doubtful", "--format", "json")
    (found,) = json.loads(out)
    assert err == ""
    assert (found["code"], found["severity"], found["workflows"]) == ("POL301", "warning", ["doubtful"])
    assert (found["file"], found["line"]) == ("doubtful.py", 15)
    assert polaris("check", "doubtful:flow", "--format", "json") == (0, "[]\n", "")


def test_for_github_it_is_a_command_for_each_fault(polaris: Polaris) -> None:
    _, out, err = polaris("check", "broken", "--format", "github")
    assert err == ""
    assert out.splitlines()[0] == (
        "::error file=broken.py,line=12,col=10,endColumn=11,title=POL101::"
        "parameter `a` of `make` has no type hint%0Ahint: Say what it consumes: `a: SomeType`."
    )
    assert len(out.splitlines()) == 2
    assert polaris("check", "doubtful:flow", "--format", "github") == (0, "", "")


def test_as_sarif_it_is_a_log_of_this_folder(polaris: Polaris, folder: Path) -> None:
    _, out, err = polaris("check", "broken", "--format", "sarif")
    (run,) = json.loads(out)["runs"]
    assert err == ""
    assert [result["ruleId"] for result in run["results"]] == ["POL101", "POL201"]
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == f"{folder.as_uri()}/"


def test_a_workflow_that_is_refused_is_told_beside_the_faults_of_the_others(polaris: Polaris) -> None:
    status, out, err = polaris("check", "refused")
    assert status == 1
    assert out.endswith("\n\nrefused: 3 workflows, 1 warning\n")
    assert err.startswith("Error: Workflow 'no_flow' lists <class 'refused.A'>, which is a type")


def test_a_module_without_workflows_is_a_wrong_use(polaris: Polaris) -> None:
    status, out, err = polaris("check", "empty")
    assert (status, out) == (2, "")
    assert "Module 'empty' has no Workflow at its top level." in err


def test_an_unknown_format_is_a_wrong_use(polaris: Polaris) -> None:
    status, _, err = polaris("check", "broken", "--format", "xml")
    assert status == 2
    assert "'xml' is not one of" in err
