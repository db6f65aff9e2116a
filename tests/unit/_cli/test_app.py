from importlib.metadata import version

import pytest

from polaris._cli.app import app
from tests.unit._cli.folder import Polaris


def test_it_has_these_verbs() -> None:
    assert sorted(app.commands) == [
        "cancel",
        "check",
        "compile",
        "deliver",
        "ghostwrite",
        "graph",
        "history",
        "next",
        "purge",
        "recover",
        "rerun",
        "run",
        "runs",
        "status",
        "why",
        "worker",
    ]


@pytest.mark.parametrize("verb", [None, *app.commands])
@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_it_and_every_verb_help(verb: str | None, asked: str, polaris: Polaris) -> None:
    status, out, err = polaris(*([verb] if verb else []), asked)
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: polaris {verb or '[OPTIONS]'} ")


def test_every_option_says_what_it_is_for() -> None:
    silent = [
        f"{verb} {option.name}"
        for verb, command in app.commands.items()
        for option in command.params
        if option.param_type_name == "option" and not getattr(option, "help", None)
    ]
    assert silent == []


def test_it_tells_the_version_that_is_installed(polaris: Polaris) -> None:
    assert polaris("--version") == (0, f"polaris {version('polaris-workflows')}\n", "")


def test_without_a_verb_it_shows_its_help(polaris: Polaris) -> None:
    status, _, err = polaris()
    assert status == 2
    assert err.startswith("Usage: polaris [OPTIONS] COMMAND")


def test_an_unknown_verb_is_a_wrong_use(polaris: Polaris) -> None:
    status, _, err = polaris("draw")
    assert status == 2
    assert "No such command 'draw'" in err
