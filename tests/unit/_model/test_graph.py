import pytest

from polaris._model.graph import Edge, EdgeKind, Graph
from polaris._model.keys import Key
from tests.unit._model.nouns import assert_noun

A = Key("A")
EDGE = Edge(before="make", after="use", key=A, kind=EdgeKind.NEEDS)
GRAPH = Graph(
    workflow="w",
    contracts={},
    makers={A: ("make", "make_too")},
    chosen={A: "make"},
    used=("make", "use"),
    edges=(EDGE,),
    target=(A,),
    target_all=False,
)


@pytest.mark.parametrize("noun", [EDGE, GRAPH], ids=type)
def test_a_graph_and_its_edges_are_nouns(noun: object) -> None:
    assert_noun(noun)


def test_equal_edges_are_one_edge() -> None:
    again = Edge(before="make", after="use", key=A, kind=EdgeKind.NEEDS)
    assert {EDGE, again} == {EDGE}
    assert Edge(before="make", after="use", key=A, kind=EdgeKind.ACCESS) != EDGE


def test_an_edge_is_there_for_one_of_five_reasons() -> None:
    assert [kind.value for kind in EdgeKind] == ["needs", "optional", "access", "take", "feedback"]
