"""The front door, name by name: a change here is a change of what is promised to users."""

from types import ModuleType

import pytest

import polaris

FRONT_DOOR = [
    "Access",
    "AsyncEngine",
    "BuilderFailedError",
    "CompileError",
    "Context",
    "Engine",
    "Feedback",
    "Outcome",
    "Plan",
    "PolarisError",
    "Resource",
    "Retry",
    "RunState",
    "Status",
    "Take",
    "Workflow",
    "__version__",
    "arun",
    "builder",
    "compile_plan",
    "open_async_engine",
    "open_engine",
    "run",
]


def test_the_front_door_opens_to_these_names() -> None:
    assert list(polaris.__all__) == FRONT_DOOR


def test_every_name_is_offered_before_anything_is_loaded() -> None:
    assert set(FRONT_DOOR) <= set(dir(polaris))
    assert dir(polaris) == sorted(set(dir(polaris)))


def test_a_name_that_is_not_there_is_told_as_python_tells_it() -> None:
    with pytest.raises(AttributeError, match="module 'polaris' has no attribute 'bulider'"):
        _ = polaris.bulider  # type: ignore[attr-defined]


def test_the_names_are_sorted() -> None:
    assert sorted(FRONT_DOOR) == FRONT_DOOR


def test_every_name_is_there_and_is_no_module() -> None:
    assert [name for name in FRONT_DOOR if isinstance(getattr(polaris, name), ModuleType)] == []


def test_every_class_and_function_at_the_front_door_has_a_docstring() -> None:
    things = {name: getattr(polaris, name) for name in FRONT_DOOR}
    assert [name for name, thing in things.items() if hasattr(thing, "__qualname__") and not thing.__doc__] == []
