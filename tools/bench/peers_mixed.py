"""The checkout of `tools.bench.calls.mixed` in the peers that can branch: one step after another, and a turn.

What a builder of ours declares (an optional datum, a decline, one of two products) is a key of the state that may hold
None there, and a turn after the verdict.
"""

import asyncio
from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import pairwise
from typing import Any

from tools.bench.calls import Case

STEPS: Mapping[str, tuple[str, ...]] = {
    "account": ("order",),
    "stock": ("order",),
    "price": ("order",),
    "points": ("account",),
    "discount": ("price", "points"),
    "verdict": ("account", "price"),
    "invoice": ("verdict", "price", "discount"),
    "parcel": ("verdict", "stock", "note"),
    "label": ("parcel", "account"),
    "receipt": ("invoice",),
    "done": ("label", "receipt"),
    "letter": ("verdict",),
    "told": ("letter",),
}
"""What is made, in order, and of what; `told` is what is done with a letter, the last two are the other branch."""

MAIN, OTHER = [*STEPS][:-2], [*STEPS][-2:]


def functions(case: Case) -> dict[str, Callable[..., object]]:
    """Give the function of each step."""
    builders: Any = case[0].builders
    found = {one.__name__.removeprefix("make_"): one for one in builders}
    return {**found, "told": found["done"]}


def is_refused(verdict: object) -> bool:
    """Say whether the other branch is taken."""
    return type(verdict).__name__ == "Refused"


def turn(state: Mapping[str, object]) -> str:
    """Say where it goes on after the verdict."""
    return "make_letter" if is_refused(state["verdict"]) else "make_invoice"


def to_letter(state: Mapping[str, object]) -> bool:
    """Say whether it goes on with the letter."""
    return turn(state) == "make_letter"


def langgraph(case: Case) -> Callable[[], object]:
    """Compile the graph once; its state has a key for each datum."""
    them: Any = import_module("langgraph.graph")
    make, (order, note) = functions(case), case[1]
    state: Any = type("State", (dict,), {"__annotations__": dict.fromkeys(["order", "note", *STEPS], object)})
    graph = them.StateGraph(state)

    def step(key: str) -> Callable[[Mapping[str, object]], dict[str, object]]:
        return lambda state: {key: make[key](*[state[name] for name in STEPS[key]])}

    for key in STEPS:
        graph.add_node(f"make_{key}", step(key))
    for one, other in [*pairwise(MAIN), *pairwise(OTHER)]:
        if one != "verdict":
            graph.add_edge(f"make_{one}", f"make_{other}")
    graph.add_edge(them.START, f"make_{MAIN[0]}")
    graph.add_conditional_edges("make_verdict", turn, ["make_letter", "make_invoice"])
    for last in ("done", "told"):
        graph.add_edge(f"make_{last}", them.END)
    compiled, config = graph.compile(), {"recursion_limit": 100}

    def call() -> object:
        end = compiled.invoke({"order": order, "note": note}, config)
        return end.get("done") or end.get("told")

    return call


def burr(case: Case) -> Callable[[], object]:
    """Build the graph once; an application is a run, and made for each."""
    them: Any = import_module("burr.core")
    graphs: Any = import_module("burr.core.graph")
    make, (order, note) = functions(case), case[1]

    def step(key: str) -> object:
        def act(state: Any) -> object:  # noqa: ANN401 - theirs
            return state.update(**{key: make[key](*[state[name] for name in STEPS[key]])})

        return them.action(reads=[*STEPS[key]], writes=[key])(act)

    refused = them.Condition(["verdict"], to_letter, name="refused")
    turns = [("make_verdict", "make_letter", refused), ("make_verdict", "make_invoice", them.default)]
    straight = [(f"make_{one}", f"make_{other}") for one, other in [*pairwise(MAIN), *pairwise(OTHER)]]
    builder = graphs.GraphBuilder().with_actions(**{f"make_{key}": step(key) for key in STEPS})
    graph = builder.with_transitions(*(one for one in straight if one[0] != "make_verdict"), *turns).build()

    def call() -> object:
        application = them.ApplicationBuilder().with_graph(graph).with_entrypoint(f"make_{MAIN[0]}")
        running = application.with_state(order=order, note=note).build()
        _, _, state = running.run(halt_after=["make_done", "make_told"])
        return state.get("done") or state.get("told")

    return call


def pydantic_graph(case: Case) -> Callable[[], object]:
    """Build the graph once, and keep an event loop; its state is a dict."""
    them: Any = import_module("pydantic_graph")
    make, (order, note) = functions(case), case[1]
    builder = them.GraphBuilder(state_type=dict, input_type=object, output_type=object)

    def step(key: str) -> Any:  # noqa: ANN401 - theirs
        async def call(ctx: Any) -> object:  # noqa: ANN401 - theirs
            made = ctx.state[key] = make[key](*[ctx.state[name] for name in STEPS[key]])
            return made

        return builder.step(node_id=f"make_{key}")(call)

    steps = {key: step(key) for key in STEPS}
    for one, other in [*pairwise(MAIN), *pairwise(OTHER)]:
        if one != "verdict":
            builder.add(builder.edge_from(steps[one]).to(steps[other]))
    decision = builder.decision()
    decision = decision.branch(builder.match(object, matches=is_refused).to(steps["letter"]))
    decision = decision.branch(builder.match(object).to(steps["invoice"]))
    builder.add(
        builder.edge_from(builder.start_node).to(steps[MAIN[0]]),
        builder.edge_from(steps["verdict"]).to(decision),
        builder.edge_from(steps["done"], steps["told"]).to(builder.end_node),
    )
    graph, loop = builder.build(), asyncio.new_event_loop()
    return lambda: loop.run_until_complete(graph.run(state={"order": order, "note": note}, inputs=None))
