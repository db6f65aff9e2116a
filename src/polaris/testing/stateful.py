"""A run under everything that can happen to it, compared after every step with what the rules of a call say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from polaris._assembly import compiled, desk_of
from polaris._model.compiled import Compiled
from polaris._model.declaration import Function
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.outcome import Status
from polaris._model.plan import KeyKind
from polaris._model.workflow import Workflow
from polaris._runtime.engine import Engine
from polaris.errors import DeclarationError
from polaris.protocols import Store
from polaris.stores import open_store
from polaris.testing.contexts import RUN_ID
from polaris.testing.expected import Expected
from polaris.testing.fakes import Fault, Faults, Killed, SetClock, kill
from polaris.testing.report import Carried, as_code, as_example, compared, lines_of, worded
from polaris.testing.strategies import Deltas, Strategies, deliveries
from polaris.testing.subject import NOTHING, Subject, stubbed
from polaris.testing.ways import end_of

_LEASE = 30.0
_LAST_OPERATION = 12
_PLACES = "by the rules", "in the store"
_SAID = {Status.COMPLETED.value: "completed", Status.FAILED.value: "failed"}


class Machine(RuleBasedStateMachine):
    """What happens to one run: deliveries, some sent again, crashes, takeovers by a second worker, and time.

    Made by `machine`, which says of which workflow and in which store.
    """

    subject: Subject
    address: str

    def __init__(self) -> None:
        super().__init__()
        self.clock = SetClock()
        self.store: Store = open_store(self.address, clock=self.clock)
        self.run_id = f"{RUN_ID} {uuid4().hex}"
        self.script: Deltas = []
        self.found: Compiled | None = None
        self.expected = Expected(self.subject.bound(self.subject.found))

    def teardown(self) -> None:
        """Close the store."""
        self.store.close()

    @precondition(lambda self: self.found is None)
    @rule(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Make the run."""
        self.found = self.subject.for_example(data)
        self.expected = Expected(self.subject.bound(self.found))
        self.expected.call({})
        with self._worker() as engine:
            engine.run(self._name, self.run_id, new=True)

    @precondition(lambda self: self.found is not None)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Deliver something."""
        self._draw(data)
        self._send()

    @precondition(lambda self: bool(self.script))
    @rule()
    def duplicate(self) -> None:
        """Send the last delivery again, under its id."""
        self._send()

    @precondition(lambda self: self.found is not None)
    @rule(data=st.data(), at=st.integers(1, _LAST_OPERATION), is_saved=st.booleans())
    def crash(self, data: st.DataObject, at: int, *, is_saved: bool) -> None:
        """Let the worker die on a delivery; a second one takes the run over, and the delivery is sent again."""
        self._draw(data)
        fault = Fault(at=at, when="after" if is_saved else "before", do=kill)
        try:
            self._send(Faults(fault))
        except Killed:
            self.clock.sleep(_LEASE + 1)
            self._send()

    @precondition(lambda self: self.found is not None)
    @rule()
    def resume(self) -> None:
        """Call without data."""
        self.expected.call({})
        with self._worker() as engine:
            engine.run(self._name, self.run_id)

    @precondition(lambda self: self.found is not None)
    @rule(data=st.data())
    def leave_to_another_worker(self, data: st.DataObject) -> None:
        """Deliver while a worker holds the run that never comes back; another recovers it."""
        self.store.claim(self.run_id, claim_id=uuid4().hex, lease=_LEASE, wanted=True)
        self._draw(data)
        with self._worker() as engine:
            engine.deliver(self.run_id, deepcopy(self.script[-1]), delivery_id=self._delivery_id)
        self.clock.sleep(_LEASE + 1)
        with self._worker() as other:
            other.recover()

    @rule(hours=st.integers(1, 10_000))
    def wait(self, hours: int) -> None:
        """Let time go by."""
        self.clock.sleep(hours * 3600)

    @invariant()
    def is_as_expected(self) -> None:
        """Compare the run with what the rules say."""
        if self.found is None:
            return
        with self._worker() as engine:
            end = end_of(engine.get(self.run_id))
            history = lines_of(engine.history(self.run_id))
        wanted = self.expected.status, {Key(key): value for key, value in self.expected.data.items()}
        if (_SAID.get(end[0], "open"), end[1]) != wanted:
            raise AssertionError(
                f"{self._name}: a run in a store is not as the rules of a call say.\n"
                f"{as_code(self._name, [{}, *self.script])}\n"
                f"by the rules: {worded(wanted)}\nin the store: {worded(end)}\n"
                f"{compared(self.found.plan, _PLACES, Carried(wanted, self.expected.lines), Carried(end, history))}"
                f"{as_example(self.script)}"
            )

    @property
    def _name(self) -> str:
        return self.subject.found.plan.workflow

    @property
    def _delivery_id(self) -> str:
        return f"delivery {len(self.script)}"

    def _draw(self, data: st.DataObject) -> None:
        script = data.draw(deliveries(self.subject.workflow, self.subject.strategies).filter(bool), label="delivery")
        self.script.append(script[0])
        self.expected.call({key_of(form): value for form, value in deepcopy(script[0]).items()})

    def _send(self, faults: Faults | None = None) -> None:
        with self._worker(faults) as engine:
            engine.run(self._name, self.run_id, deepcopy(self.script[-1]), delivery_id=self._delivery_id)

    def _worker(self, faults: Faults | None = None) -> Engine:
        store = (faults or Faults()).around(self.store)
        bound = self.subject.bound(self.found or self.subject.found)
        return Engine(desk_of(store, bound, clock=self.clock, lease=_LEASE), executor=None, sleep=self.clock.sleep)


def machine(
    workflow: Workflow[Any],
    *,
    store: str = "memory://",
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
) -> type[Machine]:
    """Give a state machine of Hypothesis for a run of a workflow; its `TestCase` is for a test file.

    Example: ``TestRide = machine(cab_ride, stub=[match_cabbie]).TestCase``.

    Args:
        workflow: the workflow.
        store: URL of the store; the runs that are made in it stay there.
        stub: builders to stand in for; see `check_workflow`.
        resources: the services that the other builders ask for, by type.
        strategies: strategies for types that need their own, by type.

    Raises:
        DeclarationError: the workflow has no data from outside, or takes transients, which nobody can deliver again;
            or `stub` names a function that is no builder of it.
    """
    found = compiled(workflow)
    inputs = [info for info in found.plan.keys if info.kind is KeyKind.INPUT]
    if not inputs or any(info.transient for info in inputs):
        raise DeclarationError(
            f"{workflow.name!r} takes {'transients' if inputs else 'no data'} from outside.",
            do="Use check_workflow.",
        )
    subject = Subject(found, stubbed(found, stub), workflow, resources, strategies)
    return type(f"{workflow.name}_machine", (Machine,), {"subject": subject, "address": store})
