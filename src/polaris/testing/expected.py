"""What is expected of a run: the rules of a call, with the builders of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polaris._model.context import Context
from polaris._runtime.bind import Bound
from polaris._runtime.call import Call, products
from polaris.stores.codecs import exact
from polaris.testing.reference import Given, Reference, Role
from polaris.testing.report import Line, builder_line, call_line


class Expected(Reference):
    """A run that goes by the rules.

    Args:
        bound: the plan, with its builders.

    Attributes:
        lines: what happened in it.
    """

    def __init__(self, bound: Bound) -> None:
        plan = bound.plan
        self._workflow = plan.workflow
        self._steps = {one.step.name: one for one in bound.steps}
        self.lines: list[Line] = []
        super().__init__(
            order=[
                Role(step.name, [Given(i.keys, i.mode, i.required) for i in step.inputs], step.slots, step.once)
                for step in plan.steps
            ],
            target=plan.target,
            target_all=plan.target_all,
            transients=frozenset(info.name for info in plan.keys if info.transient),
            max_passes=plan.max_passes,
        )

    def call(self, delta: Mapping[str, object]) -> None:
        """Deliver, or, with nothing, go on."""
        self.lines.append(Line(None, call_line(delta)))
        super().call(delta)
        self.lines.append(Line(None, f"  {self.status}"))

    def behave(self, role: Role, arguments: Sequence[str | None]) -> Mapping[str, object] | None:
        """Call a builder."""
        one = self._steps[role.name]
        step = one.step
        read = {i.parameter: self.value[key] for i, key in zip(step.inputs, arguments, strict=True) if key is not None}
        call = Call(
            step=step.name,
            function=one.function,
            arguments={**one.fixed, **read},
            positional=one.positional,
            retry=one.retry,
            timeout=step.timeout,
            clock=None,
            deadline=None,
            context_in=step.context,
            context=Context(
                run_id="expected",
                workflow=self._workflow,
                builder=step.name,
                idempotency_key=self._name(role, arguments),
            ),
            is_async=False,
            local=True,
        )
        try:
            made: Mapping[str, object] = {str(key): value for key, value in products(one, call())}
        except Exception:  # noqa: BLE001 - whatever a builder raises
            self.lines.append(Line(step.name, f"  {step.name} fails"))
            return None
        self.lines.append(Line(step.name, builder_line(step.name, made)))
        return made

    def same(self, old: object, new: object) -> bool:
        """Compare as an engine does."""
        return exact(old, new)

    def _name(self, role: Role, arguments: Sequence[str | None]) -> str:
        """Name what is the same when a builder is tried again, and different for a legitimate re-run."""
        read = zip(role.inputs, arguments, strict=True)
        woke = sorted(self.changed[key] for given, key in read if key is not None and given.kind != "access")
        return f"{self.asked.get(role.name, 0)} {'' if role.once else woke}"
