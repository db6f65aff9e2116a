from polaris._model.compiled import Compiled
from polaris._model.keys import Key
from tests.unit._model.nouns import assert_noun
from tests.unit._model.plans import plan


def made(*sources: str) -> Compiled:
    return Compiled(plan=plan(), functions={"end": print}, types={Key("str"): str}, sources=sources)


def test_a_compiled_workflow_is_a_noun() -> None:
    assert_noun(made())


def test_what_no_file_can_vouch_for_is_not_kept_on_disk() -> None:
    assert not made().cacheable
    assert made("rides.py").cacheable


def test_nothing_is_doubtful_unless_it_is_said() -> None:
    assert made().warnings == ()
