"""Plans with any names at all, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._model.plan import Plan
from tests.unit.export.plans import make_step, plan

NASTY = (
    'say "hello"',
    "<b>bold</b>",
    "</TD></TR>",
    "a & b; &amp; &#0;",
    "ends with a backslash \\",
    "\\N \\G \\\\",
    "two\nlines",
    "null \0 and bell \a",
    "lone surrogate \ud800",
    "\U0001f695 \u200d \u202e",
    "%%{init: {}}%% `--> end;",
    "[list] {of} |ports|:s",
    "",
    " ",
    "x" * 10_240,
    "\\" * 10_240,
    "digraph",
)

NAMES = st.sampled_from(NASTY) | st.text(max_size=30)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a plan of two builders that uses every kind of edge, with any names."""
    names = draw(st.lists(NAMES, min_size=8, max_size=8, unique=True))
    first, second, a, b, c, d, e, workflow = names
    outside, product, variant, loop, target = map(Key, (a, b, c, d, e))
    steps = (
        make_step(
            first,
            [
                Input(parameter="x", keys=(outside,), mode=Mode.TAKE, required=True),
                Input(parameter="y", keys=(loop,), mode=Mode.FEEDBACK, required=False),
            ],
            [(product, variant)],
            may_decline=draw(st.booleans()),
        ),
        make_step(
            second,
            [
                Input(parameter="x", keys=(product, variant), mode=Mode.CONSUMES, required=draw(st.booleans())),
                Input(parameter="y", keys=(target,), mode=Mode.ACCESS, required=False),
            ],
            [(loop,), (target,)],
            is_async=draw(st.booleans()),
        ),
    )
    return plan(workflow, *steps, target=target, transient=draw(st.sets(st.sampled_from([outside, variant]))))
