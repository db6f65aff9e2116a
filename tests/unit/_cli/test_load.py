from pathlib import Path

import click
import pytest

from polaris import Workflow
from polaris._cli.load import load_resources, load_workflow, load_workflows
from polaris._cli.wrong_use import WrongUseError
from tests.unit._cli.folder import Write


def wrong_use(name: str) -> str:
    with pytest.raises(WrongUseError) as raised:
        load_workflow(name)
    return raised.value.message


def fault(name: str) -> str:
    with pytest.raises(click.ClickException) as raised:
        load_workflow(name)
    assert raised.value.exit_code == 1
    return raised.value.message


# --- workflows -------------------------------------------------------------------------------------------------------


def test_a_workflow_is_imported_from_the_current_directory(folder: Path) -> None:
    found = load_workflow("rides:cab_ride")
    assert isinstance(found, Workflow)
    assert found.name == "cab_ride"


def test_a_workflow_may_be_in_a_package(write: Write) -> None:
    write("shop/__init__.py", "")
    write("shop/flow.py", "from polaris import Workflow\ncheckout = Workflow('checkout', target=bytes)")
    assert load_workflow("shop.flow:checkout").name == "checkout"


@pytest.mark.parametrize("name", ["rides", "rides:", ":cab_ride", "rides:cab ride", "a/b:c", ".rides:cab_ride", ""])
def test_a_name_of_another_form_is_shown_how_to_be_written(name: str, folder: Path) -> None:
    assert wrong_use(name) == f"{name!r} is not MODULE:WORKFLOW. Write it like rides:cab_ride."


@pytest.mark.parametrize(
    ("name", "better"), [("shop/flow.py:checkout", "shop.flow:checkout"), ("rides.py", "rides:workflow")]
)
def test_the_name_of_a_file_is_turned_into_that_of_a_module(name: str, better: str) -> None:
    assert wrong_use(name) == f"{name!r} names a file. Name the module: {better}."


def test_an_unknown_module_is_told_what_was_meant(folder: Path) -> None:
    assert wrong_use("ridez:cab_ride") == "There is no module 'ridez'. Did you mean 'rides'?"


def test_an_unknown_module_like_none_here_is_told_where_to_look(folder: Path) -> None:
    assert wrong_use("quite.other:cab_ride") == (
        "There is no module 'quite.other'. Check the name, or go to the folder that it is in."
    )


def test_a_module_that_is_no_package_has_no_module_in_it(folder: Path) -> None:
    assert wrong_use("rides.inner:cab_ride").startswith("There is no module 'rides.inner'.")


def test_a_module_that_imports_a_missing_one_is_not_called_missing_itself(write: Write, tmp_path: Path) -> None:
    write("lame.py", "import os\nimport crutch\n")
    assert fault("lame:walk") == (
        "Module 'lame' cannot be imported: ModuleNotFoundError: No module named 'crutch' "
        f"({tmp_path / 'lame.py'}:2). Mend it there; POLARIS_DEBUG=1 shows the traceback."
    )


def test_a_module_that_cannot_be_parsed_is_told_with_its_place(write: Write, tmp_path: Path) -> None:
    write("lame.py", "x = 1\ndef walk(:\n")
    assert f": SyntaxError: invalid syntax ({tmp_path / 'lame.py'}:2)." in fault("lame:walk")


def test_a_module_that_leaves_the_process_does_not_take_us_along(write: Write) -> None:
    write("lame.py", "import sys\nsys.exit(3)\n")
    assert "SystemExit: 3" in fault("lame:walk")


def test_a_wrong_declaration_is_told_at_the_line_of_the_user(write: Write, tmp_path: Path) -> None:
    write("lame.py", "from polaris import Workflow\n\nwalk = Workflow('', target=bytes)\n")
    message = fault("lame:walk")
    assert "DeclarationError: A workflow's name must be a text, not ''. Give it a name." in message
    assert f"({tmp_path / 'lame.py'}:3)" in message


def test_an_unknown_workflow_is_told_what_was_meant(folder: Path) -> None:
    assert wrong_use("rides:cab_rid") == "Module 'rides' has no 'cab_rid'. Did you mean 'cab_ride'?"


def test_an_unknown_workflow_like_none_there_is_told_which_there_are(folder: Path) -> None:
    assert wrong_use("rides:checkout") == "Module 'rides' has no 'checkout'. Its workflows: cab_ride."


def test_a_module_without_workflows_is_told_so(write: Write) -> None:
    write("empty.py", "")
    assert wrong_use("empty:checkout") == (
        "Module 'empty' has no 'checkout'. It has no Workflow at its top level: make one."
    )


def test_what_is_no_workflow_is_called_what_it_is(folder: Path) -> None:
    assert wrong_use("rides:match_cabbie") == (
        "'rides:match_cabbie' is no Workflow, but a function. Its workflows: cab_ride."
    )


# --- every workflow of a module --------------------------------------------------------------------------------------


def test_the_workflows_of_a_module_are_found_in_order_each_once(write: Write) -> None:
    flows = "from polaris import Workflow\nlast = Workflow('z', target=int)\nfirst = Workflow('a', target=int)\n"
    write("flows.py", flows + "again = last\n")
    assert [workflow.name for workflow in load_workflows("flows")] == ["z", "a"]
    assert [workflow.name for workflow in load_workflows("flows:first")] == ["a"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop/flow.py", "'shop/flow.py' names a file. Name the module: shop.flow."),
        ("a/b", "'a/b' is not MODULE or MODULE:WORKFLOW. Write it like rides or rides:cab_ride."),
        ("rides:", "'rides:' is not MODULE:WORKFLOW. Write it like rides:cab_ride."),
        ("fleets", "There is no module 'fleets'. Did you mean 'fleet'?"),
        ("empty", "Module 'empty' has no Workflow at its top level. Make one, or name another module."),
    ],
)
def test_a_module_that_cannot_be_used_is_a_wrong_use(name: str, expected: str, folder: Path, write: Write) -> None:
    write("empty.py", "")
    with pytest.raises(WrongUseError) as raised:
        load_workflows(name)
    assert raised.value.message == expected


# --- resources -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fleet:RESOURCES", "fleet:resources"])
def test_resources_are_a_mapping_or_a_function_that_gives_one(name: str, folder: Path) -> None:
    assert [form.__name__ for form in load_resources(name)] == ["Fleet"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fleet:RESOURCE", "Module 'fleet' has no 'RESOURCE'. Did you mean 'RESOURCES'?"),
        ("fleet:zzz", "Module 'fleet' has no 'zzz'. Define it there as a dict from types to objects."),
        (
            "fleet:match",
            (
                "'fleet:match' gives no mapping, but a Workflow. "
                "Name a dict from types to objects, or a function without arguments that returns one."
            ),
        ),
        ("fleet", "'fleet' is not MODULE:MAPPING. Write it like rides:RESOURCES."),
    ],
)
def test_what_gives_no_resources_is_a_wrong_use(name: str, message: str, folder: Path) -> None:
    with pytest.raises(WrongUseError) as raised:
        load_resources(name)
    assert raised.value.message == message


def test_a_function_for_resources_that_fails_is_told_with_its_place(folder: Path) -> None:
    with pytest.raises(click.ClickException) as raised:
        load_resources("fleet:broken")
    assert raised.value.exit_code == 1
    assert raised.value.message.startswith("'fleet:broken' failed: RuntimeError: the fleet is away (")


def test_a_function_for_resources_that_asks_for_arguments_fails_like_any_other(folder: Path) -> None:
    with pytest.raises(click.ClickException, match="'fleet:ask_fleet' failed: TypeError: "):
        load_resources("fleet:ask_fleet")
