"""A warning that the target cannot be reached is never false: random plans are run with all kinds of decisions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from random import Random

from hypothesis import event, example, given
from hypothesis import strategies as st

from polaris._compiler.compile import compile_workflow
from tests.helpers.plans import Features, make, specs
from tests.helpers.profiles import MANY
from tests.helpers.reference import Builder, In, Run, Spec

TOLD = re.compile(r"once `(\w+)` has made (\w+), the target")
RUNS = 40
CALLS = 5


@dataclass(frozen=True)
class Deciding(Builder):
    """A builder that makes anything that it may make, whatever it is given, and writes down what."""

    random: Random = field(default_factory=Random)
    made: set[tuple[str, str]] = field(default_factory=set)

    def behave(self, arguments: list[tuple[str, int] | None]) -> dict[str, int]:
        if self.declines and self.random.randrange(4) == 0:
            return {}
        found = {self.random.choice(slot): self.random.randrange(2) for slot in self.slots}
        self.made.update((self.name, key) for key in found)
        return found


def dead_states(spec: Spec) -> set[tuple[str, str]]:
    """Give every builder and variant of which it is told that the target cannot be reached any more."""
    warnings = compile_workflow(make(spec).workflow, thorough=True).warnings
    return {(match[1], match[2]) for each in warnings if (match := TOLD.match(each.message))}


def made_before_the_end(spec: Spec, random: Random) -> set[tuple[str, str]]:
    """Deliver what is absent, again and again; give all that had been made when the target was there."""
    made: set[tuple[str, str]] = set()
    builders = tuple(Deciding(**vars(one), random=random, made=made) for one in spec.builders)
    run = Run(replace(spec, builders=builders))
    found: set[tuple[str, str]] = set()
    for number in range(CALLS):
        absent = [key for key in spec.outside if key not in run.value or key in spec.transients]
        chosen = random.sample(absent, random.randint(0, len(absent))) if number else ()
        run.call({key: random.randrange(2) for key in chosen})
        if run.status == "completed":
            found |= made
    return found


REQUEST, OFFER = In(("O0",)), In(("K0a",))
HAGGLING = Spec(
    builders=(
        Builder("make_offer", (REQUEST, In(("K1b",), "feedback", False), In(("K0a",), "feedback", False)), (("K0a",),)),
        Builder("answer", (OFFER,), (("K1a", "K1b"),)),
    ),
    outside=("O0",),
    target=("K1a",),
    target_all=False,
)
"""A loop whose maker reads what is made last, so that whoever answers may answer otherwise in the next pass."""

ALTERNATIVE = replace(
    HAGGLING,
    builders=(Builder("make_offer", (In(("O0", "O1")),), (("K0a",),)), HAGGLING.builders[1]),
    outside=("O0", "O1"),
)
CHANCE = replace(
    HAGGLING,
    builders=(Builder("answer", (REQUEST, In(("O1",), required=False)), (("K1a", "K1b"),)),),
    outside=("O0", "O1"),
)


@MANY
@given(specs(Features(mixed_one_of=True)), st.randoms(use_true_random=False))
@example(HAGGLING, Random(1))
@example(ALTERNATIVE, Random(1))
@example(CHANCE, Random(1))
def test_where_no_way_to_the_target_is_seen_there_is_none(spec: Spec, random: Random) -> None:
    told = dead_states(spec)
    event("a dead state" if told else "none")
    for _ in range(RUNS if told else 0):
        assert told.isdisjoint(made_before_the_end(spec, random))
