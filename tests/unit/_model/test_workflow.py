import copy
import pickle
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris._model.declaration import LONGEST
from polaris._model.workflow import Workflow
from polaris.errors import DeclarationError


@dataclass(frozen=True)
class Request: ...


@dataclass(frozen=True)
class Ended: ...


def end(request: Request) -> Ended:
    return Ended()


ride = Workflow("ride", target=Ended)


def workflow(name: object = "ride", **changed: object) -> Workflow[Ended]:
    options: dict[str, Any] = {"builders": [end], **changed}
    return Workflow(name, target=Ended, **options)


def made_in(namespace: dict[str, Any], source: str = "made = Workflow('made', target=int)") -> Workflow[object]:
    exec(source, namespace)
    made: Workflow[object] = namespace["made"]
    return made


def test_a_workflow_keeps_what_it_was_told() -> None:
    one = workflow(
        inputs=[Request],
        transients=[Request],
        prefer={Ended: end},
        renamed={"Done": Ended},
        timeout=timedelta(minutes=1),
        max_passes=7,
    )
    assert (one.name, one.target, one.builders, one.inputs, one.transients) == (
        *("ride", Ended, (end,), (Request,), (Request,)),
    )
    assert (one.prefer, one.renamed, one.timeout, one.max_passes) == ({Ended: end}, {"Done": Ended}, 60.0, 7)


def test_a_workflow_that_is_told_nothing_takes_whatever_is_in_its_module() -> None:
    assert (ride.builders, ride.inputs, ride.transients, ride.prefer, ride.renamed) == (None, None, (), {}, {})
    assert (ride.timeout, ride.max_passes) == (None, 100)


def test_everything_but_the_name_is_a_keyword() -> None:
    untyped: Callable[..., object] = Workflow
    with pytest.raises(TypeError, match="positional"):
        untyped("ride", Ended)


def test_a_workflow_remembers_where_it_was_made_and_sees_what_comes_below_it() -> None:
    assert ride.namespace is globals()
    assert ride.module == __name__
    assert ride.namespace["end"] is end


@pytest.mark.parametrize(
    ("namespace", "module"),
    [
        pytest.param({"__name__": "pkg.flow"}, "pkg.flow", id="a module"),
        pytest.param({"__name__": "__main__", "__spec__": SimpleNamespace(name="pkg.flow")}, "pkg.flow", id="-m"),
        pytest.param({"__name__": "__main__", "__spec__": None}, "", id="a script"),
        pytest.param({"__name__": "__main__"}, "", id="a notebook"),
        pytest.param({}, "", id="nothing"),
    ],
)
def test_the_module_is_named_as_another_process_can_import_it(namespace: dict[str, Any], module: str) -> None:
    assert made_in({"Workflow": Workflow, **namespace}).module == module


def test_inside_a_function_the_builders_must_be_listed() -> None:
    with pytest.raises(DeclarationError) as caught:
        Workflow("ride", target=Ended)
    assert caught.value.what == (
        "Workflow 'ride' is created inside `test_inside_a_function_the_builders_must_be_listed`, "
        "where its builders cannot be seen."
    )
    assert "builders=[...]" in caught.value.do


def test_inside_a_class_the_builders_must_be_listed() -> None:
    with pytest.raises(DeclarationError, match="inside `Rides`"):

        class Rides:
            ride = Workflow("ride", target=Ended)


def test_inside_a_generator_the_builders_must_be_listed() -> None:
    with pytest.raises(DeclarationError, match="<genexpr>"):
        made_in({"Workflow": Workflow}, "(made,) = (Workflow(name, target=int) for name in ['made'])")


@pytest.mark.parametrize("name", ["", None, 3, b"ride", ["ride"]], ids=repr)
def test_a_name_must_be_a_text(name: object) -> None:
    with pytest.raises(DeclarationError) as caught:
        workflow(name)
    assert caught.value.what == f"A workflow's name must be a text, not {name!r}."


@pytest.mark.parametrize(
    "options",
    [{"max_passes": 0}, {"max_passes": -1}, {"timeout": 0}, {"timeout": -0.5}, {"timeout": timedelta(0)}],
    ids=str,
)
def test_a_limit_that_lets_nothing_happen_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match="both must be positive") as caught:
        workflow(**options)
    ((name, value),) = options.items()
    assert f"{name}={value}" in caught.value.what


@given(st.integers(1), st.floats(0, LONGEST, exclude_min=True))
def test_every_positive_limit_is_kept(passes: int, timeout: float) -> None:
    one = workflow(max_passes=passes, timeout=timeout)
    assert (one.max_passes, one.timeout) == (passes, timeout)


subscripted = Workflow[Ended]("subscripted", target=Ended)


def test_a_workflow_may_say_its_type_in_brackets() -> None:
    assert subscripted.module == __name__
    assert subscripted.namespace is globals()


def test_a_workflow_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="name cannot be set"):
        ride.name = "other"
    with pytest.raises(AttributeError, match="note cannot be set"):
        ride.note = "new"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="name cannot be deleted"):
        del ride.name
    assert ride.name == "ride"
    assert not hasattr(ride, "__dict__")


def test_what_was_handed_over_can_be_changed_later_without_changing_the_workflow() -> None:
    builders, prefer, renamed = [end], {Ended: end}, {"Done": Ended}
    one = workflow(builders=builders, prefer=prefer, renamed=renamed)
    builders.clear()
    prefer.clear()
    renamed.clear()
    assert (one.builders, one.prefer, one.renamed) == ((end,), {Ended: end}, {"Done": Ended})
    kept: Any = one.prefer
    with pytest.raises(TypeError):
        kept[Request] = end


def test_a_workflow_is_itself_and_no_other_of_the_same_name() -> None:
    one, other = workflow(), workflow()
    assert one != other
    assert len({one, other, one}) == 2
    assert weakref.ref(one)() is one


def test_a_workflow_shows_its_name() -> None:
    assert repr(ride) == "<Workflow 'ride'>"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_workflow_crosses_processes_by_its_place_as_a_function_does(protocol: int) -> None:
    assert pickle.loads(pickle.dumps(ride, protocol)) is ride
    assert copy.deepcopy(ride) is ride


def test_the_place_is_looked_up_in_the_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    here = ModuleType("elsewhere")
    monkeypatch.setitem(sys.modules, "elsewhere", here)
    sent = pickle.dumps(made_in({"Workflow": Workflow, "__name__": "elsewhere"}))
    here.made = "what is there"  # type: ignore[attr-defined]
    assert pickle.loads(sent) == "what is there"


def test_a_workflow_that_is_no_top_level_name_cannot_be_sent() -> None:
    with pytest.raises(TypeError, match="'local': it is no top-level name of an importable module"):
        pickle.dumps(workflow("local"))


def test_a_workflow_of_a_script_cannot_be_sent() -> None:
    with pytest.raises(TypeError, match="'made': it is no top-level name"):
        pickle.dumps(made_in({"Workflow": Workflow, "__name__": "__main__"}))
