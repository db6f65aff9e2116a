from datetime import timedelta
from functools import partial

import pytest

from polaris import Retry, builder
from polaris._model.declaration import declaration_of
from polaris.errors import DeclarationError


def plain(x: int) -> int:
    return x


class Holder:
    def method(self) -> int:
        return 1


def test_the_same_function_comes_back_and_can_still_be_called() -> None:
    def function(x: int) -> int:
        return x + 1

    assert builder(function) is function
    assert function(1) == 2


def test_the_options_are_in_the_mark() -> None:
    @builder(name="other", once=True, timeout=timedelta(minutes=1), renamed_from="old", retry=Retry(attempts=2))
    def function(x: int) -> int:
        return x

    mark = declaration_of(function)
    assert mark is not None
    assert (mark.name, mark.once, mark.timeout, mark.renamed_from) == ("other", True, 60.0, ("old",))
    assert mark.retry == Retry(attempts=2)


def test_a_function_without_a_mark_has_no_declaration() -> None:
    assert declaration_of(plain) is None


@pytest.mark.parametrize(
    "thing", [Holder, Holder().method, partial(plain, 1), len], ids=["class", "method", "partial", "builtin"]
)
def test_what_is_no_plain_function_is_refused(thing: object) -> None:
    with pytest.raises(DeclarationError, match="not a plain function"):
        builder(thing)  # type: ignore[call-overload]


@pytest.mark.parametrize("options", [{"name": ""}, {"timeout": 0}, {"retry": Retry(attempts=0)}])
def test_an_option_that_can_never_work_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(DeclarationError):
        builder(**options)  # type: ignore[call-overload]
