import pytest

from polaris._insight.foresee import runs_after
from polaris._insight.scene import Scene
from polaris._model.keys import Key
from tests.unit._insight.states import scene
from tests.unit.export.plans import feedback, optional, plan, step, take

FLOW = plan(
    "flow",
    step("make", take("Token"), optional("Wish"), makes="Made | None"),
    step("use", optional("Made"), "Base", makes="Used"),
    step("end", "Used", "Made", makes="End"),
    target="End",
)


def after(found: Scene, *keys: str, hopeful: bool = False) -> list[str]:
    numbers = runs_after(found, list(map(Key, keys)), hopeful=hopeful)
    return [found.roles[number].step.name for number in sorted(numbers)]


def test_what_has_all_it_needs_and_was_woken_runs() -> None:
    assert after(scene(FLOW), "Base") == ["use"]
    assert after(scene(FLOW), "Token") == ["make"]
    assert after(scene(FLOW), "Wish") == []


def test_in_the_hope_that_all_is_made_what_comes_after_it_runs_too() -> None:
    assert after(scene(FLOW), "Token", "Base", hopeful=True) == ["make", "use", "end"]
    assert after(scene(FLOW), "Base", hopeful=True) == ["use"]


def test_what_is_woken_and_lacks_something_loses_what_it_made_which_wakes_its_readers() -> None:
    done = "-Token@1 Made@2=make Base@1 Used@2=use End@2=end"
    found = scene(FLOW, done, "make@2 use@2 end@2")
    assert after(found, "Wish") == ["use"]
    assert after(found, "Token") == ["make"]
    assert after(found) == []


def test_a_call_without_data_goes_on_with_what_was_left_to_do() -> None:
    assert after(scene(FLOW, "Base@1", at=2, clean=0)) == ["use"]


@pytest.mark.parametrize("hopeful", [False, True])
def test_feedback_wakes_in_the_next_pass(hopeful: bool) -> None:
    loop = plan(
        "loop", step("ask", "Wish", feedback("Reply"), makes="Ask"), step("say", "Go", makes="Reply"), target="Ask"
    )
    found = scene(loop, "Wish@1 Ask@2=ask", "ask@2")
    assert after(found, "Go", hopeful=hopeful) == (["ask", "say"] if hopeful else ["say"])


@pytest.mark.parametrize("hopeful", [False, True])
def test_what_a_builder_takes_is_gone_for_those_after_it(hopeful: bool) -> None:
    taking = plan(
        "taking",
        step("grab", take("Token"), makes="Made"),
        step("look", optional("Token"), optional("Other"), makes="Seen"),
        target="Made | Seen",
    )
    assert after(scene(taking), "Token", hopeful=hopeful) == ["grab"]
    assert after(scene(taking), "Token", "Other", hopeful=hopeful) == ["grab", "look"]
