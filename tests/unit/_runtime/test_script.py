from collections.abc import Callable

import pytest

from polaris._runtime.script import Ask, Ended, Script, ask


def length(text: str) -> Callable[[], int]:
    return lambda: len(text)


def test_to_ask_is_one_effect_whose_answer_comes_back() -> None:
    script = ask(length("four"))
    effect = next(script)
    assert isinstance(effect, Ask)
    assert effect.operation() == 4
    with pytest.raises(StopIteration) as stop:
        script.send(effect.operation())
    assert stop.value.value == 4


def test_an_answer_goes_on_into_the_script_that_asked() -> None:
    def twice() -> Script[int]:
        first = yield from ask(length("one"))
        return first + (yield from ask(length("three")))

    script = twice()
    next(script)
    script.send(30)
    with pytest.raises(StopIteration) as stop:
        script.send(5)
    assert stop.value.value == 35


def test_what_an_operation_raises_can_be_caught_where_it_was_asked() -> None:
    def careful() -> Script[str]:
        try:
            yield from ask(length("one"))
        except OSError as error:
            return f"caught {error}"
        return "nothing raised"

    script = careful()
    next(script)
    with pytest.raises(StopIteration) as stop:
        script.throw(OSError("down"))
    assert stop.value.value == "caught down"


def test_an_operation_is_not_done_before_a_driver_does_it() -> None:
    done: list[int] = []
    next(ask(lambda: done.append(1)))
    assert done == []


def test_a_step_that_ended_returned_something_or_raised() -> None:
    error = OSError("down")
    assert (Ended(1, returned=2).returned, Ended(1, returned=2).error) == (2, None)
    assert (Ended(1, error=error).returned, Ended(1, error=error).error) == (None, error)
