"""How a plan names functions and types."""

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Annotated, Any, Generic, Literal, NewType, Optional, ParamSpec, TypeVar

import pytest
from typing_extensions import TypeAliasType

from polaris._model.keys import TypeForm
from polaris._model.references import LOST, Home, module_of, reference_by_name, reference_to
from tests.helpers import reference as elsewhere

P = ParamSpec("P")
T = TypeVar("T")


class Item:
    class Part: ...


class Call(Generic[P]): ...


UserId = NewType("UserId", str)
Alias = TypeAliasType("Alias", list[Item])
HOME = Home(module=__name__, namespace=globals())
AWAY = Home(module="elsewhere", namespace={})


@pytest.mark.parametrize(
    ("form", "reference"),
    [
        (Item, ":Item"),
        (Item.Part, ":Item.Part"),
        (UserId, ":UserId"),
        (str, "str"),
        (None, "None"),
        (type(None), "None"),
        (list[Item], "list[:Item]"),
        (Alias, "list[:Item]"),
        (Annotated[Item, 1], ":Item"),
        (tuple[Item, ...], "tuple[:Item, ...]"),
        (list[UserId | Item | None], "list[:Item | :UserId | None]"),
        (Optional[Item], ":Item | None"),  # noqa: UP045
        (dict[str, list[Item]], "dict[str, list[:Item]]"),
        (Literal["a", 1], "typing:Literal['a', 1]"),
        (Callable[[Item], None], "collections.abc:Callable[[:Item], None]"),
        (Call[[Item, str]], ":Call[[:Item, str]]"),
        (elsewhere.Spec, "tests.helpers.reference:Spec"),
        (list[elsewhere.Spec], "list[tests.helpers.reference:Spec]"),
        (Any, "typing:Any"),
    ],
    ids=str,
)
def test_a_type_is_written_as_in_python(form: TypeForm, reference: str) -> None:
    assert reference_to(form, HOME) == reference


def test_what_is_of_another_module_is_named_with_it() -> None:
    assert reference_to(Item, AWAY) == f"{__name__}:Item"


def test_functions_are_named_in_the_same_way() -> None:
    assert reference_by_name(test_functions_are_named_in_the_same_way, HOME) == f":{_name()}"
    assert reference_by_name(len, HOME) == "len"


def _name() -> str:
    return test_functions_are_named_in_the_same_way.__name__


def test_what_is_only_known_by_another_name_has_that_of_the_home() -> None:
    class Local: ...

    home = Home(module="home", namespace={"Second": Local, "First": Local})
    assert reference_to(Local, home) == ":First"


def test_what_is_local_to_a_function_is_lost() -> None:
    class Local: ...

    assert LOST in reference_to(Local, HOME)
    assert reference_to(Local, HOME).startswith(":test_what_is_local")


def test_what_cannot_be_found_by_its_name_is_lost() -> None:
    gone = type("Gone", (), {"__module__": __name__})
    assert reference_to(gone, HOME) == ":<locals>.Gone"
    nested = type("Gone", (), {"__module__": __name__, "__qualname__": "Item.Gone"})
    assert reference_to(nested, HOME) == ":<locals>.Item.Gone"
    assert reference_to(type("Gone", (), {"__module__": "no_such_module"}), HOME) == ":<locals>.Gone"


def test_an_impostor_of_the_same_name_is_not_what_is_meant() -> None:
    impostor = type("Item", (), {"__module__": __name__})
    assert reference_to(impostor, HOME) == ":<locals>.Item"


def test_a_thing_without_a_name_is_lost() -> None:
    assert LOST in reference_by_name(SimpleNamespace(), HOME)


def test_a_module_is_named_by_the_home_that_imported_it() -> None:
    module = ModuleType("some.module")
    assert reference_by_name(module, Home(module="home", namespace={"module": module})) == ":module"


def test_a_program_that_runs_as_a_module_counts_as_that_module(monkeypatch: pytest.MonkeyPatch) -> None:
    thing = SimpleNamespace(__module__="__main__")
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    main.__spec__ = SimpleNamespace(name="pkg.flow")  # type: ignore[assignment]
    assert module_of(thing) == "pkg.flow"
    main.__spec__ = None
    assert module_of(thing) == ""


def test_a_script_is_its_own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    script = type("Item", (), {"__module__": "__main__"})
    assert reference_to(script, Home(module="", namespace={"Item": script})) == ":Item"
    assert module_of(SimpleNamespace(__module__=None)) == ""
