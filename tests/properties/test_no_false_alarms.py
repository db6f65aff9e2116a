"""What checks workflows raises no false alarm: every random plan whose builders are pure passes."""

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, Phase, given, reject, settings

from polaris.errors import RunawayLoopError
from polaris.testing import check_workflow
from tests.helpers.plans import make, specs
from tests.helpers.profiles import EXAMPLES
from tests.helpers.reference import Spec

PLANS = EXAMPLES * 3 // 5
"""A plan costs as much as many scripts: 300 of them are tried where other properties try 500 examples."""

settings.register_profile(
    "few for each plan",
    deadline=None,
    derandomize=True,
    max_examples=5,
    phases=[Phase.generate],  # if there is an alarm the plan is made smaller, not what is delivered to it
    suppress_health_check=[HealthCheck.nested_given],
)


@contextmanager
def few_for_each_plan() -> Iterator[None]:
    before = settings.get_current_profile_name()
    settings.load_profile("few for each plan")
    try:
        yield
    finally:
        settings.load_profile(before)


@settings(max_examples=PLANS, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_a_random_plan_whose_builders_are_pure_passes(spec: Spec) -> None:
    with few_for_each_plan():
        try:
            check_workflow(make(spec).workflow)
        except RunawayLoopError:  # a fault of the plan, and no false alarm: it never comes to rest
            reject()
