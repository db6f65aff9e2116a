import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

import polaris
from polaris import Access, Context, Resource, Retry, Workflow, builder
from polaris._assembly import compiled
from polaris._runtime.bind import bind, find, resolve
from polaris.errors import MissingExtraError, MissingResourceError, StalePlanError


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class B:
    text: str


class Service:
    name = "service"

    class Part:
        pass


class Refused(Exception):
    pass


def result(function: object, *data: object, resources: dict[object, object] | None = None) -> str:
    flow = Workflow("flow", target=B, builders=[function])  # type: ignore[list-item]
    return polaris.run(flow, *data, resources=resources or {}).result.text


def test_an_access_that_finds_nothing_is_none_or_its_default() -> None:
    def plain(a: A, note: Access[Note]) -> B:
        return B(repr(note))

    def defaulted(a: A, note: Access[Note] = Note("default")) -> B:  # noqa: B008
        return B(repr(note))

    assert result(plain, A(1)) == "None"
    assert result(defaulted, A(1)) == "Note(text='default')"
    assert result(defaulted, A(1), Note("there")) == "Note(text='there')"


def test_what_can_only_be_passed_by_position_is() -> None:
    def positional(ctx: Context, a: A, note: Note = Note("none"), /) -> B:  # noqa: B008
        return B(f"{ctx.builder} {a.n} {note.text}")

    def context_alone(ctx: Context, /, a: A) -> B:
        return B(f"{ctx.builder} {a.n}")

    assert result(positional, A(1)) == "positional 1 none"
    assert result(positional, A(1), Note("x")) == "positional 1 x"
    assert result(context_alone, A(2)) == "context_alone 2"


def test_a_resource_is_handed_in_and_may_be_missing_only_with_a_default() -> None:
    def needs(a: A, service: Resource[Service]) -> B:
        return B(service.name)

    def may_have(a: A, service: Resource[Service] | None = None) -> B:
        return B(repr(service))

    assert result(needs, A(1), resources={Service: Service()}) == "service"
    assert result(may_have, A(1)) == "None"
    with pytest.raises(MissingResourceError) as caught:
        result(needs, A(1))
    assert (caught.value.step, caught.value.resource) == ("needs", "Service")


tries: list[int] = []


@builder(retry=Retry(attempts=3, on=Refused, wait=0, max_wait=0, jitter=0))
def stubborn(a: A, ctx: Context) -> B:
    tries.append(ctx.attempt)
    if len(tries) < a.n:
        raise Refused
    return B("done")


retried = Workflow("retried", target=B, builders=[stubborn])


def test_a_builder_is_tried_again_on_an_exception_of_its_own_module() -> None:
    tries.clear()
    assert polaris.run(retried, A(3)).result.text == "done"
    assert tries == [1, 2, 3]
    tries.clear()
    with pytest.raises(polaris.BuilderFailedError) as caught:
        polaris.run(retried, A(4))
    assert isinstance(caught.value.__cause__, Refused)
    assert tries == [1, 2, 3]


def test_a_retry_without_its_library_says_which_extra_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stamina", None)
    monkeypatch.setattr("polaris._runtime.bind.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        polaris.run(Workflow("retried", target=B, builders=[stubborn]), A(1))
    assert caught.value.extra == "retry"


def test_what_a_plan_names_is_found_again() -> None:
    known = compiled(retried)
    found = find(known.plan, retried.namespace)
    assert found.functions == known.functions
    assert found.types == known.types
    assert bind(found, {}, retried.namespace).steps[0].function is stubborn


@pytest.mark.parametrize(
    ("reference", "form"),
    [
        (":A", A),
        ("list[:A]", list[A]),
        ("dict[str, :A | None]", dict[str, A | None]),
        ("tuple[:A, ...]", tuple[A, ...]),
        (f"{__name__}:B", B),
        (f"{__name__}:Service.Part | None", Service.Part | None),
        ("collections.abc:Callable[[:A, str], :A]", Callable[[A, str], A]),
    ],
)
def test_a_reference_is_read_as_the_type_it_was_written_from(reference: str, form: object) -> None:
    assert resolve(reference, {"A": A}) == form


@pytest.mark.parametrize("reference", [":Gone", "no_such_module:A", "polaris:gone", "gone"])
def test_what_is_gone_is_a_stale_plan(reference: str) -> None:
    with pytest.raises(StalePlanError):
        resolve(reference, {})


def test_a_name_that_is_no_function_any_more_is_a_stale_plan() -> None:
    with pytest.raises(StalePlanError, match="expects :stubborn to be a function"):
        find(compiled(retried).plan, {**retried.namespace, "stubborn": 3})


def test_a_name_that_stands_for_another_type_now_is_a_stale_plan() -> None:
    plan = compiled(retried).plan
    with pytest.raises(StalePlanError) as caught:
        find(plan, {**retried.namespace, "A": Note})
    assert (caught.value.name, caught.value.found) == ("A", "Note")
