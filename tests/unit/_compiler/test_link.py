"""Third stage: contracts joined to a graph."""

from typing import Any

from polaris import Access, Feedback, Take, Workflow
from polaris._compiler.analyse.stage import analyse
from polaris._compiler.collect import collect
from polaris._compiler.link import link
from polaris._model.graph import Graph


class A: ...


class B: ...


class C: ...


class D: ...


class E: ...


def graph_of(*builders: Any, **arguments: Any) -> Graph:  # noqa: ANN401
    workflow: Workflow[Any] = Workflow("flow", builders=builders, **arguments)
    return link(analyse(workflow, collect(workflow)))


def make_b(a: A) -> B: ...  # type: ignore[empty-body]
def make_c(b: B) -> C: ...  # type: ignore[empty-body]
def other_b(a: A) -> B: ...  # type: ignore[empty-body]
def split(a: A) -> B | D: ...  # type: ignore[empty-body]


def test_makers_are_found_and_the_only_one_is_chosen() -> None:
    graph = graph_of(make_b, make_c, target=C)
    assert graph.makers == {"B": ("make_b",), "C": ("make_c",)}
    assert graph.chosen == {"B": "make_b", "C": "make_c"}
    assert graph.workflow == "flow"
    assert (graph.target, graph.target_all) == (("C",), False)


def test_of_several_makers_none_is_chosen_and_all_are_on_the_way() -> None:
    graph = graph_of(make_b, other_b, make_c, target=C)
    assert "B" not in graph.chosen
    assert graph.used == ("make_b", "make_c", "other_b")


def test_the_preferred_maker_is_chosen_and_the_other_left_out() -> None:
    graph = graph_of(make_b, other_b, make_c, target=C, prefer={B: other_b})
    assert graph.chosen["B"] == "other_b"
    assert graph.used == ("make_c", "other_b")


def test_a_preference_for_a_stranger_chooses_nobody() -> None:
    graph = graph_of(make_b, other_b, target=B, prefer={B: make_c, C: make_c})
    assert graph.chosen == {}


def test_of_two_builders_with_one_name_the_first_is_kept() -> None:
    def make_b(a: A) -> C: ...  # type: ignore[empty-body]

    graph = graph_of(globals()["make_b"], make_b, target=B)
    assert set(graph.contracts) == {"make_b"}


def test_edges_say_who_settles_before_whom_and_why() -> None:
    def reads(a: A, b: Access[B], c: Take[C], d: D | None = None) -> E: ...  # type: ignore[empty-body]
    def first(e: Feedback[E]) -> B: ...  # type: ignore[empty-body]
    def second(b: B) -> C: ...  # type: ignore[empty-body]
    def third(a: A) -> D: ...  # type: ignore[empty-body]

    graph = graph_of(reads, first, second, third, target=E)
    assert [(edge.before, edge.after, edge.key, edge.kind.value) for edge in graph.edges] == [
        ("first", "reads", "B", "access"),
        ("first", "reads", "E", "feedback"),
        ("first", "second", "B", "needs"),
        ("second", "reads", "C", "take"),
        ("third", "reads", "D", "optional"),
    ]


def test_a_builder_has_no_edge_to_itself_and_none_to_who_is_not_used() -> None:
    def own(a: A, before: Access[B], d: Access[D]) -> B: ...  # type: ignore[empty-body]
    def make_d(a: A) -> D: ...  # type: ignore[empty-body]

    graph = graph_of(own, make_d, target=B)
    assert graph.used == ("own",)
    assert graph.edges == ()


def test_every_variant_of_a_slot_is_made() -> None:
    assert graph_of(split, target=D).makers == {"B": ("split",), "D": ("split",)}


def takes(a: Take[A]) -> B: ...  # type: ignore[empty-body]
def audits(a: A | None = None) -> C: ...  # type: ignore[empty-body]
def looks(a: Access[A]) -> D: ...  # type: ignore[empty-body]
def looks_after(b: B, a: Access[A]) -> E: ...  # type: ignore[empty-body]


def test_whoever_reads_a_taken_key_settles_before_its_taker_unless_it_needs_what_the_taker_makes() -> None:
    graph = graph_of(takes, audits, looks, looks_after, target=tuple[B, C, D, E])
    assert [(edge.before, edge.after, edge.key, edge.kind) for edge in graph.edges] == [
        ("audits", "takes", "A", "take"),
        ("looks", "takes", "A", "take"),
        ("takes", "looks_after", "B", "needs"),
    ]
