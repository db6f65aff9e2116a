"""Ways to carry the same deliveries."""

import pytest

from polaris import Workflow
from polaris._assembly import compiled
from polaris._model.outcome import Status
from polaris.errors import BuilderFailedError
from polaris.testing.subject import Subject
from polaris.testing.ways import WAYS, in_memory, ways_for
from tests.unit.testing.subjects import SUBJECT, A, Out


@pytest.mark.parametrize("name", WAYS)
def test_every_way_comes_to_the_same(name: str) -> None:
    carried = WAYS[name](SUBJECT.found, SUBJECT, [{A: A(1)}, {A: A(2)}])
    assert carried.end == (Status.COMPLETED, {"A": A(2), "Out": Out(2)})
    assert carried.end == in_memory(SUBJECT.found, SUBJECT, [{A: A(1)}, {A: A(2)}]).end
    assert carried.builders == ["make", "make"]


def test_who_takes_over_is_not_asked_for_transients_that_are_lost() -> None:
    def make(a: A) -> Out: ...

    plan = compiled(Workflow("flow", target=Out, builders=[make], transients=[A])).plan
    assert "taken over before every builder" not in ways_for(plan)


def test_what_a_stand_in_raises_in_threads_is_a_failure() -> None:
    def make(a: A) -> Out:
        raise KeyError(a)

    flow = Workflow("flow", target=Out, builders=[make])
    subject = Subject(compiled(flow), ("make",), flow, {}, {})
    with pytest.raises(BuilderFailedError):
        WAYS["run in threads"](subject.found, subject, [{A: A(1)}])
