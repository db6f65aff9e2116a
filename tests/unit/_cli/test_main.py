import sys
from importlib import import_module

import click
import pytest

from polaris._cli import main as main_module
from polaris._cli.main import main
from polaris._cli.wrong_use import WrongUseError
from polaris.errors import (
    BuilderFailedError,
    CompileError,
    DeclarationError,
    MissingExtraError,
    MissingResourceError,
    PolarisError,
    RenderError,
    RunBusyError,
    StoreUnavailableError,
    UnknownDataError,
    UnknownRunError,
    UnknownWorkflowError,
)
from tests.unit._cli.folder import Polaris

FAULTS_OF_THE_WORKFLOW_OR_THE_RUN = [
    BuilderFailedError("end_ride", reason="ValueError: no"),
    CompileError("cab_ride", []),
    DeclarationError("This cannot work.", do="Do that."),
    RunBusyError("ride-42"),
    UnknownRunError("ride-42"),
]

WRONG_USES = [
    MissingExtraError("Drawing a picture", extra="images"),
    MissingResourceError("end_ride", resource="Fleet"),
    RenderError("No such format.", do="Use another."),
    StoreUnavailableError("sqlite:///no/where.db", why="it is not there"),
    UnknownDataError("Nobody knows it.", do="Leave it out."),
    UnknownWorkflowError("cab_ride", known=["bus_ride"]),
    WrongUseError("That is not there."),
]


class Raising:
    """Stands in for the click command."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def main(self, *_: object, **__: object) -> None:
        raise self._error


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> BaseException:
    """An error that every command raises."""
    error: BaseException = request.param
    monkeypatch.setattr(main_module, "app", Raising(error))
    return error


def test_help_and_the_version_are_no_failure(polaris: Polaris) -> None:
    assert polaris("--help")[0] == 0
    assert polaris("--version")[0] == 0


def test_a_command_that_went_well_gives_zero(polaris: Polaris) -> None:
    assert polaris("compile", "rides:cab_ride")[0] == 0


def test_the_arguments_of_the_process_are_taken_if_none_are_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["polaris", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("polaris ")


@pytest.mark.parametrize("raising", FAULTS_OF_THE_WORKFLOW_OR_THE_RUN, indirect=True, ids=lambda e: type(e).__name__)
def test_a_fault_of_the_workflow_or_the_run_gives_one(
    raising: PolarisError, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.startswith("Error: "), "Traceback" in said.err) == ("", True, False)


@pytest.mark.parametrize("raising", WRONG_USES, indirect=True, ids=lambda e: type(e).__name__)
def test_a_wrong_use_gives_two(raising: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.startswith("Error: "), "Traceback" in said.err) == ("", True, False)


@pytest.mark.parametrize("raising", [ZeroDivisionError("division by zero")], indirect=True)
def test_a_fault_of_our_own_says_so_without_a_traceback(raising: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert "ZeroDivisionError: division by zero. This is a fault in polaris" in capsys.readouterr().err


@pytest.mark.parametrize("raising", [UnknownRunError("ride-42")], indirect=True)
def test_a_traceback_is_shown_to_who_asks_for_it(
    raising: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLARIS_DEBUG", "1")
    assert main([]) == 1
    assert capsys.readouterr().err.startswith("Traceback")


@pytest.mark.parametrize("raising", [click.Abort()], indirect=True)
def test_an_interrupted_command_gives_the_status_of_shells(
    raising: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("library", ["click", "rich"])
def test_without_the_extra_it_says_what_to_install(
    library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    for name in [name for name in sys.modules if name.startswith((f"{library}.", "polaris._cli."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("polaris._cli.render")
    with pytest.raises(SystemExit) as exited:
        import_module("polaris._cli.main")
    assert exited.value.code == 2
    assert capsys.readouterr().err == (
        "Error: The command `polaris` needs an optional library. Install it: pip install 'polaris-workflows[cli]'\n"
    )


def test_another_module_that_is_missing_is_not_taken_for_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polaris._cli.app", None)
    monkeypatch.delitem(sys.modules, "polaris._cli.main")
    with pytest.raises(ModuleNotFoundError, match=r"polaris\._cli\.app"):
        import_module("polaris._cli.main")
