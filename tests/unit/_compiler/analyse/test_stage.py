"""Second stage: from functions to contracts."""

from polaris import Workflow
from polaris._compiler.analyse.stage import analyse
from polaris._compiler.nouns import Marked
from polaris._model.declaration import PLAIN


class A: ...


class B: ...


def second(a: A) -> B: ...  # type: ignore[empty-body]
def first(x) -> A: ...  # type: ignore[no-untyped-def,empty-body] # noqa: ANN001


def test_contracts_are_sorted_by_name_and_all_faults_are_gathered() -> None:
    flow = Workflow("flow", target=str, builders=[second, first])
    analysed = analyse(flow, [Marked((second,), PLAIN), Marked((first,), PLAIN)])
    assert analysed.workflow is flow
    assert [contract.name for contract in analysed.contracts] == ["first", "second"]
    assert [fault.rule.code for fault in analysed.faults] == ["POL213", "POL101"]
    assert analysed.settings.target == ()
