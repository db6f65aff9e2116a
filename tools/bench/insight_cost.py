"""What asking costs: `why`, and what would get a run further, on plans of up to 1,000 builders.

A new run of three kinds of plans, of which nothing was delivered: a ladder, in which every builder reads what the three
before it make; a fan, in which every builder reads outside data of its own and one joins them; a maze, in which every
builder makes one of two variants and reads one of two outside data, so that the ways to the target double with each.
"""

import argparse
import time
from collections.abc import Callable, Mapping

from polaris._insight.next_inputs import next_inputs
from polaris._insight.why import why
from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.plan import KeyInfo, KeyKind, Plan, Step
from polaris._model.snapshot import Snapshot
from tools.bench.rows import Row, report, row

NEW = Snapshot()


def step(name: str, *inputs: tuple[str, ...], makes: tuple[str, ...]) -> Step:
    """Make a builder that requires one of each of its inputs, and makes one of some variants."""
    given = [Input(parameter=keys[0].lower(), keys=tuple(map(Key, keys))) for keys in inputs]
    return Step(name=name, function=f":{name}", inputs=tuple(given), slots=(tuple(map(Key, makes)),))


def plan(steps: list[Step]) -> Plan:
    """Make a plan of builders in plan order; the target is what the last makes."""
    made = {key for one in steps for key in one.produces}
    read = {key for one in steps for given in one.inputs for key in given.keys}
    kinds = {key: KeyKind.MADE if key in made else KeyKind.INPUT for key in sorted(made | read)}
    keys = [KeyInfo(name=key, reference=f":{key}", kind=kind, schema=key) for key, kind in kinds.items()]
    return Plan(
        workflow="flow",
        keys=tuple(keys),
        schemas=(),
        steps=tuple(steps),
        levels=(),
        triggers=(),
        predecessors=(),
        target=steps[-1].produces[:1],
        target_all=True,
        renamed=(),
        timeout=None,
        max_passes=100,
        fingerprint="",
    )


def ladder(size: int) -> Plan:
    """Make a plan in which every builder reads what the three before it make."""
    return plan([
        step(f"make_{n}", *((f"K{n - before}" if n >= before else f"O{n - before + 3}",) for before in (1, 2, 3)),
             makes=(f"K{n}",))
        for n in range(size)
    ])  # fmt: skip


def fan(size: int) -> Plan:
    """Make a plan in which every builder reads outside data of its own, and the last one joins them."""
    leaves = [step(f"make_{n}", (f"O{n}",), makes=(f"K{n}",)) for n in range(size - 1)]
    return plan([*leaves, step("join", *((f"K{n}",) for n in range(size - 1)), makes=("K",))])


def maze(size: int) -> Plan:
    """Make a plan in which every builder makes one of two variants, and reads one of two outside data."""
    return plan([
        step(f"make_{n}", (f"A{n - 1}", f"B{n - 1}") if n else ("O",), (f"P{n}", f"Q{n}"), makes=(f"A{n}", f"B{n}"))
        for n in range(size)
    ])  # fmt: skip


KINDS: Mapping[str, Callable[[int], Plan]] = {"ladder": ladder, "fan": fan, "maze": maze}


def milliseconds(work: Callable[[], object], samples: int) -> Row:
    """Measure some work by the processor's time, which is the same on a busy machine."""
    times: list[float] = []
    for _ in range(samples):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1000)
    return row(times, "ms")


def ask(kind: str, size: int, samples: int) -> dict[str, Row]:
    """Ask all questions of one plan."""
    one = KINDS[kind](size)
    ways: dict[str, Callable[[], object]] = {
        "why": lambda: why(one, NEW, status=Status.WAITING),
        "why as text": lambda: str(why(one, NEW, status=Status.WAITING)),
        "next": lambda: next_inputs(one, NEW),
        "next until the target": lambda: next_inputs(one, NEW, one.target),
    }
    return {f"{kind} of {size:,}, {way}": milliseconds(work, samples) for way, work in ways.items()}


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Ask all questions of all plans."""
    samples = 3 if options.quick else 11
    return {name: one for kind in KINDS for size in (10, 100, 1_000) for name, one in ask(kind, size, samples).items()}


if __name__ == "__main__":
    report(measure, __doc__)
