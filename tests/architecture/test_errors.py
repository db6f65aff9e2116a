"""Every error says what it is for, is exported, and crosses processes with its fields."""

import copy
import inspect
import pickle

import pytest

from polaris import errors

ERRORS = sorted(
    (
        thing
        for thing in vars(errors).values()
        if isinstance(thing, type) and issubclass(thing, BaseException) and thing.__module__ == errors.__name__
    ),
    key=lambda cls: cls.__name__,
)

# A value for each parameter that a constructor in `errors` has, by its name.
ARGUMENTS: dict[str, object] = {
    "args": "a message",
    "current": "b" * 64,
    "declared": "RideEnded",
    "diagnostics": ("a.py:1: POL101",),
    "do": "Do that.",
    "expected": "a function",
    "extra": "images",
    "feature": "render()",
    "found": "nothing",
    "key": "RideEnded",
    "known": ("cab_ride", "checkout"),
    "name": "match_cabbie",
    "passes": 100,
    "path": ".fare",
    "reading": True,
    "reason": "ZeroDivisionError: division by zero",
    "resource": "Fleet",
    "returned": "str",
    "run_id": "ride-42",
    "seconds": 1.5,
    "status": "WAITING",
    "step": "end_ride",
    "stored": "a" * 64,
    "transient": ("Otp",),
    "url": "sqlite:///rides.db",
    "waiting_for": ("CabbieArrived",),
    "what": "This is wrong.",
    "where": "plan.lock",
    "why": "it is not JSON",
    "workflow": "cab_ride",
}


def parameters(cls: type[BaseException]) -> list[inspect.Parameter]:
    """Give what the constructor of an error takes, without `self` and without `**kwargs`."""
    found = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return [parameter for parameter in found if parameter.kind is not parameter.VAR_KEYWORD]


def make(cls: type[BaseException]) -> BaseException:
    """Build an error as its raiser would: every parameter is given."""
    positional: list[object] = []
    named: dict[str, object] = {}
    for parameter in parameters(cls):
        assert parameter.name in ARGUMENTS, f"{cls.__name__}({parameter.name}=...): add a value for it to ARGUMENTS"
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = ARGUMENTS[parameter.name]
        else:
            positional.append(ARGUMENTS[parameter.name])
    return cls(*positional, **named)


def test_there_are_errors() -> None:
    assert errors.PolarisError in ERRORS


@pytest.mark.parametrize("cls", ERRORS)
def test_an_error_has_a_docstring_of_its_own(cls: type[BaseException]) -> None:
    assert cls.__dict__.get("__doc__")


@pytest.mark.parametrize("cls", ERRORS)
def test_an_error_is_exported_and_is_one_of_ours(cls: type[BaseException]) -> None:
    assert cls.__name__ in errors.__all__
    assert issubclass(cls, errors.PolarisError)


@pytest.mark.parametrize("cls", ERRORS)
def test_an_error_keeps_what_it_was_given_as_fields(cls: type[BaseException]) -> None:
    error = make(cls)
    fields = [parameter.name for parameter in parameters(cls) if parameter.kind is not parameter.VAR_POSITIONAL]
    assert {name: getattr(error, name) for name in fields} == {name: ARGUMENTS[name] for name in fields}


@pytest.mark.parametrize("cls", ERRORS)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_survives_pickling_with_its_fields(cls: type[BaseException], protocol: int) -> None:
    error = make(cls)
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is cls
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("cls", ERRORS)
def test_an_error_can_be_copied(cls: type[BaseException]) -> None:
    error = make(cls)
    again = copy.copy(error)
    assert (type(again), str(again), vars(again)) == (cls, str(error), vars(error))


@pytest.mark.parametrize("cls", ERRORS)
def test_an_error_is_read_as_its_message(cls: type[BaseException]) -> None:
    text = str(make(cls))
    assert text
    assert text[0] != "'", "a KeyError would show the repr of its message"
