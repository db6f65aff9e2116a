"""What a call in memory costs in other libraries, as a multiple of the same functions called by hand, and of ours.

All do the same work: they call the same small functions, which make the same frozen dataclasses, and keep what was
made under a name each. By hand, by `polaris.run` and by the other are called in turns in one process, and measured by
the time of the processor that the process takes. What a peer can do once (build a graph, compile it) is done before.
Every answer is compared with that by hand. A peer runs in an environment of its own, which `python3 tools/dev.py bench
--peers` makes.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from itertools import pairwise
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

from polaris._runtime.specialise import FEW
from tools.bench import calls, peers_mixed
from tools.bench.rows import Row, ratios, report, row

SECONDS = 100
"""How long one kind of work may take to be built and measured."""

MICROSECONDS = 5_000
"""How long a way is measured in one turn, if it does not take longer."""

WARM = 100
"""How often a way is called before it is measured, so that the interpreter knows it; less often, if it takes long."""

DEEP = 50_000
"""The recursion limit of those that walk a graph by recursion; their documents name none."""

Call = Callable[[], object]


class Node(NamedTuple):
    """One function of the work, the name of what it makes, and the names of what its parameters take."""

    function: Any
    makes: str
    takes: dict[str, str]


class Work(NamedTuple):
    """What is to be done.

    Attributes:
        case: the workflow of ours, what is delivered, and the same by hand.
        nodes: in an order in which they can be called.
        begin: the name of what is delivered.
    """

    case: calls.Case
    nodes: list[Node]
    begin: str

    @property
    def datum(self) -> object:
        """What is delivered."""
        return self.case[1][0]

    @property
    def end(self) -> str:
        """The name of what is asked for."""
        return self.nodes[-1].makes


class LeftOutError(Exception):
    """A peer cannot do some work, and why."""


class TooSlowError(BaseException):
    """The time of a row is over; nobody handles it on the way, whatever they handle."""


def work(case: calls.Case) -> Work:
    """Read what the functions of a workflow take and make from their hints.

    Raises:
        LeftOutError: it has branches: a graph of functions, each of which is called, cannot say so.
    """
    if case[0].name == "mixed":
        raise LeftOutError("every function of a graph is called: none is left out, or makes one of two")
    builders: Any = case[0].builders
    nodes = [
        Node(one, kinds.pop("return").__name__.lower(), {name: kind.__name__.lower() for name, kind in kinds.items()})
        for one in builders
        for kinds in [dict(one.__annotations__)]
    ]
    return Work(case, nodes, type(case[1][0]).__name__.lower())


# --- peers: each takes the work and gives what makes one call --------------------------------------------------------


def sciline(todo: Work) -> Call:
    """Build the task graph once; what is delivered is a parameter of it."""
    them: Any = import_module("sciline")
    pipeline = them.Pipeline([node.function for node in todo.nodes], params={type(todo.datum): todo.datum})
    graph = pipeline.get(todo.case[0].target)
    compute: Call = graph.compute
    return compute


def renamed(node: Node) -> FunctionType:
    """Make the same function whose names say what it makes and takes, which is how this peer finds them."""
    code: CodeType = node.function.__code__
    names = tuple(node.takes.get(name, name) for name in code.co_varnames)
    function = FunctionType(code.replace(co_name=node.makes, co_varnames=names), node.function.__globals__, node.makes)
    hints: dict[str, Any] = node.function.__annotations__
    function.__annotations__ = {node.takes.get(name, name): kind for name, kind in hints.items()}
    return function


def hamilton(todo: Work) -> Call:
    """Build the driver once."""
    driver: Any = import_module("hamilton.driver")
    utils: Any = import_module("hamilton.ad_hoc_utils")
    module = utils.create_temporary_module(*map(renamed, todo.nodes))
    built = driver.Builder().with_modules(module).build()
    return lambda: built.execute([todo.end], inputs={todo.begin: todo.datum})[todo.end]


def pipefunc(todo: Work) -> Call:
    """Build the pipeline once, without a check of types."""
    them: Any = import_module("pipefunc")
    functions = [them.PipeFunc(node.function, node.makes, renames=node.takes) for node in todo.nodes]
    function = them.Pipeline(functions, validate_type_annotations=False).func(todo.end)
    return lambda: function(**{todo.begin: todo.datum})


def dask(todo: Work) -> Call:
    """Bring the graph into the form of today once, without what is delivered."""
    them: Any = import_module("dask")
    spec: Any = import_module("dask._task_spec")
    graph = {
        node.makes: spec.Task(
            node.makes, node.function, **{name: spec.TaskRef(key) for name, key in node.takes.items()}
        )
        for node in todo.nodes
    }
    return lambda: them.get({**graph, todo.begin: spec.DataNode(todo.begin, todo.datum)}, todo.end)


def pydantic_graph(todo: Work) -> Call:
    """Build the graph once, and keep an event loop."""
    them: Any = import_module("pydantic_graph")
    builder = them.GraphBuilder(input_type=object, output_type=object)
    is_chain = all(len(node.takes) == 1 for node in todo.nodes)
    if not is_chain and any([*node.takes.values()] != [todo.begin] for node in todo.nodes[:-1]):
        raise LeftOutError("a step has one input: what several make meets only where all branches join")

    def step(node: Node, *, join: bool) -> object:
        async def call(ctx: Any) -> object:  # noqa: ANN401 - theirs
            made = node.function(**ctx.inputs) if join else node.function(ctx.inputs)
            return made if is_chain or join else {parameter: made}

        (parameter,) = [name for name, key in todo.nodes[-1].takes.items() if key == node.makes] or [""]
        return builder.step(node_id=node.makes)(call)

    steps = [step(node, join=not is_chain and node is todo.nodes[-1]) for node in todo.nodes]
    if is_chain:
        for one, other in pairwise([builder.start_node, *steps, builder.end_node]):
            builder.add(builder.edge_from(one).to(other))
    else:
        join = builder.join(them.reduce_dict_update, initial_factory=dict)
        builder.add(
            builder.edge_from(builder.start_node).to(*steps[:-1]),
            builder.edge_from(*steps[:-1]).to(join),
            builder.edge_from(join).to(steps[-1]),
            builder.edge_from(steps[-1]).to(builder.end_node),
        )
    graph, loop = builder.build(), asyncio.new_event_loop()
    return lambda: loop.run_until_complete(graph.run(inputs=todo.datum))


def langgraph(todo: Work) -> Call:
    """Compile the graph once; its state has a key for each datum."""
    them: Any = import_module("langgraph.graph")
    makers = {node.makes: node for node in todo.nodes}
    state: Any = type("State", (dict,), {"__annotations__": dict.fromkeys([todo.begin, *makers], object)})
    graph = them.StateGraph(state)

    def step(node: Node) -> Callable[[Mapping[str, object]], dict[str, object]]:
        return lambda state: {node.makes: node.function(**{name: state[key] for name, key in node.takes.items()})}

    for node in todo.nodes:
        graph.add_node(f"make_{node.makes}", step(node))
    for node in todo.nodes:
        before = [f"make_{key}" for key in node.takes.values() if key in makers]
        graph.add_edge(before if len(before) > 1 else before[0] if before else them.START, f"make_{node.makes}")
    graph.add_edge(f"make_{todo.end}", them.END)
    compiled, config = graph.compile(), {"recursion_limit": len(todo.nodes) + 10}
    return lambda: compiled.invoke({todo.begin: todo.datum}, config)[todo.end]


def burr(todo: Work) -> Call:
    """Build the graph once; an application is a run, and made for each."""
    them: Any = import_module("burr.core")
    graphs: Any = import_module("burr.core.graph")

    def step(node: Node) -> object:
        def act(state: Any) -> object:  # noqa: ANN401 - theirs
            made = node.function(**{name: state[key] for name, key in node.takes.items()})
            return state.update(**{node.makes: made})

        return them.action(reads=[*node.takes.values()], writes=[node.makes])(act)

    names = [f"make_{node.makes}" for node in todo.nodes]
    builder = graphs.GraphBuilder().with_actions(**dict(zip(names, map(step, todo.nodes), strict=True)))
    graph = builder.with_transitions(*pairwise(names)).build()

    def call() -> object:
        application = them.ApplicationBuilder().with_graph(graph).with_entrypoint(names[0])
        running = application.with_state(**{todo.begin: todo.datum}).build()
        return running.run(halt_after=[names[-1]])[2][todo.end]

    return call


def dbos(_todo: Work) -> Call:
    """Say why not.

    Raises:
        LeftOutError: always.
    """
    raise LeftOutError("every step is stored: see the durable rows")


class Peer(NamedTuple):
    """Another library.

    Attributes:
        packages: what is installed.
        call: what is measured, told in a few words.
        build: takes the work and gives what makes one call.
        mixed: takes the case with branches, if the peer can branch.
    """

    packages: Sequence[str]
    call: str
    build: Callable[[Work], Call]
    mixed: Callable[[calls.Case], Call] | None = None

    def built(self, case: calls.Case) -> Call:
        """Give what makes one call.

        Raises:
            LeftOutError: it cannot be said with this peer.
        """
        if case[0].name == "mixed" and self.mixed is not None:
            return self.mixed(case)
        return self.build(work(case))


PEERS: Mapping[str, Peer] = {
    "sciline": Peer(["sciline"], "`TaskGraph.compute()` of a graph that holds what is delivered", sciline),
    "hamilton": Peer(["sf-hamilton"], "`Driver.execute([name], inputs=…)`", hamilton),
    "pipefunc": Peer(["pipefunc"], "`Pipeline.func(name)(…)`, types not validated", pipefunc),
    "dask": Peer(["dask"], "`dask.get` of a graph of tasks", dask),
    "pydantic-graph": Peer(
        ["pydantic-graph"],
        "`await Graph.run(inputs=…)`",
        pydantic_graph,
        peers_mixed.pydantic_graph,
    ),
    "langgraph": Peer(
        ["langgraph", "langgraph-checkpoint-sqlite"],
        "`invoke` of a compiled `StateGraph`, no checkpointer",
        langgraph,
        peers_mixed.langgraph,
    ),
    "burr": Peer(["burr"], "`Application.run(halt_after=…)`, an application for each call", burr, peers_mixed.burr),
    "dbos": Peer(["dbos"], "no call in memory", dbos),
}

WORKS: Mapping[str, Callable[[], calls.Case]] = {
    **{f"chain {length}": partial(calls.chain, length) for length in (10, 100, 1000)},
    **{f"fan {width}": partial(calls.fan, width) for width in (10, 100, 1000)},
    "layered 10 x 10": partial(calls.layered, 10, 10),
    "mixed": calls.mixed,
}


# --- measuring -------------------------------------------------------------------------------------------------------


@contextmanager
def limited(seconds: int) -> Generator[None]:
    """Interrupt what takes longer."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def took(function: Call, times: int) -> float:
    """Give the microseconds of the processor's time that a call takes, in all threads, after one that is not counted.

    What others left behind is collected before, so that nobody pays for it.
    """
    gc.collect()
    function()
    begun = time.process_time_ns()
    for _ in range(times):
        function()
    return (time.process_time_ns() - begun) / times / 1000


def compare(ways: Sequence[Call], turns: int) -> list[list[float]]:
    """Measure some ways in turns; give the microseconds of each, turn by turn."""
    often: list[int] = []
    for way in ways:
        began = time.perf_counter()
        for number in range(WARM):
            way()
            if number >= FEW and time.perf_counter() - began > 1:
                break
        often.append(max(1, int(MICROSECONDS / took(way, 3))))
    return [[took(way, times) for way, times in zip(ways, often, strict=True)] for _ in range(turns)]


def first(build: Callable[[], Call]) -> tuple[float, Call]:
    """Give the milliseconds of the processor's time from the functions to the first result, and what makes a call."""
    gc.collect()
    begun = time.process_time_ns()
    call = build()
    call()
    return (time.process_time_ns() - begun) / 1e6, call


def one(peer: Peer, name: str, make: Callable[[], calls.Case], turns: int) -> dict[str, Row | str]:
    """Measure one kind of work."""
    begun: list[tuple[float, float]] = []
    try:
        with limited(SECONDS):
            for _ in range(0 if "1000" in name else 4):
                case = make()
                begun.append((first(partial(calls.quick, case))[0], first(partial(peer.built, case))[0]))
            case = make()
            mine, ours = first(partial(calls.quick, case))
            taken, theirs = first(partial(peer.built, case))
            begun.append((mine, taken))
            by_hand = calls.hand(case)
            if theirs() != by_hand():
                return {name: "its answer is another one"}
            found = compare([by_hand, ours, theirs], turns)
    except LeftOutError as error:
        return {name: str(error)}
    except TooSlowError:
        return {name: f"not built and measured in {SECONDS} s"}
    except RecursionError:
        return {name: f"RecursionError, with a limit of {sys.getrecursionlimit():,}"}
    return {
        name: ratios(((hand, them) for hand, _, them in found), "x hand-written"),
        f"{name}, polaris.run": ratios(((hand, us) for hand, us, _ in found), "x hand-written"),
        f"{name}, times": ratios(((us, them) for _, us, them in found), "x polaris.run"),
        f"{name}, first result": row((them for _, them in begun), "ms"),
        f"{name}, first result, times": ratios(begun, "x polaris.run"),
    }


def measure(options: argparse.Namespace) -> dict[str, Row | str]:
    """Measure one peer on every kind of work."""
    sys.setrecursionlimit(DEEP)
    os.environ["HAMILTON_TELEMETRY_ENABLED"] = "false"
    peer, rows = PEERS[options.peer], dict[str, Row | str]()
    for name, case in WORKS.items():
        rows |= one(peer, name, case, 5 if options.quick else 25)
    return rows


def prepare(parser: argparse.ArgumentParser) -> None:
    """Add whom to measure."""
    parser.add_argument("peer", choices=PEERS, help="the library")


if __name__ == "__main__":
    report(measure, __doc__, prepare)
