"""The table of everything the compiler can find fault with.

The pages of the reference are drawn from it, each with an example out of tests/golden/diagnostics.

A row is a stable code, a title, and the words of the message and of the hint; braces are filled in where the fault is
found. POL1xx is about one signature, POL2xx about the graph, POL3xx about what is doubtful but works, POL4xx about data
that cannot be stored, which matters to engines with a store.
"""

from __future__ import annotations

from dataclasses import dataclass

from polaris._model.diagnostic import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: a kind of fault.

    Attributes:
        code: stable, never used again for something else.
        title: what the kind is called.
        message: one sentence, what is wrong.
        hint: one sentence, what to do.
        severity: whether it stops the compiler.
    """

    code: str
    title: str
    message: str
    hint: str
    severity: Severity = Severity.ERROR


# --- POL1xx: one signature ---------------------------------------------------------------------------------------

NO_HINT = Rule(
    code="POL101",
    title="parameter without a type hint",
    message="parameter `{parameter}` of {builder} has no type hint",
    hint="Say what it consumes: `{parameter}: SomeType`.",
)
NO_RETURN_HINT = Rule(
    code="POL102",
    title="no return type hint",
    message="{builder} does not say what it produces",
    hint="Add a return type: `-> SomeType`, or `-> SomeType | None` if it may decline.",
)
BUILTIN = Rule(
    code="POL103",
    title="bare builtin as data",
    message="`{form}` in {builder} does not say which datum it is: data are told apart by their types",
    hint="{do}",
)
UNRESOLVED = Rule(
    code="POL104",
    title="name that cannot be resolved",
    message="`{name}` in a hint of {builder} cannot be found",
    hint="{do}",
)
TYPE_CHECKING_ONLY = Rule(
    code="POL105",
    title="name that is there for type checkers only",
    message="`{name}` in a hint of {builder} is bound under TYPE_CHECKING only, and hints are read at run time",
    hint="Move it out of the `if TYPE_CHECKING:` block; ruff leaves it there if its configuration says "
    '`lint.flake8-type-checking.runtime-evaluated-decorators = ["polaris.builder"]`.',
)
LOCAL_NAME = Rule(
    code="POL106",
    title="name that is local to a function",
    message="`{name}` in a hint of {builder} is local to `{function}`, where a hint in text form cannot see it",
    hint="Move `{name}` to module level, or drop the future import (or the quotes) that turns the hint into text.",
)
BROKEN_HINT = Rule(
    code="POL107",
    title="hint that cannot be evaluated",
    message="the hint `{text}` in {builder} cannot be evaluated: {why}",
    hint="Correct the hint; it must be valid when the workflow is compiled.",
)
NONE_WITHOUT_DEFAULT = Rule(
    code="POL108",
    title="`T | None` without a default",
    message="parameter `{parameter}` of {builder} allows None but has no default, and None is never a value",
    hint="{do}",
)
VARIADIC = Rule(
    code="POL109",
    title="`*args` or `**kwargs`",
    message="{builder} takes `{stars}{parameter}`, which does not say what it consumes",
    hint="Give every datum a parameter of its own.",
)
MAKES_NOTHING = Rule(
    code="POL110",
    title="builder that makes nothing",
    message="{builder} returns no datum, so nothing can depend on it",
    hint="Return a datum that says what was done, such as `-> ReceiptSent`.",
)
BAD_FORM = Rule(
    code="POL111",
    title="unsupported type form",
    message="`{form}` in {builder} {what}",
    hint="{do}",
)
SAME_KEY_TWICE = Rule(
    code="POL112",
    title="one key in two places of a signature",
    message="{key} stands in two {places} of {builder}",
    hint='Name it once, or tell the two apart: `{name} = NewType("{name}", {key})`.',
)
GENERATOR = Rule(
    code="POL113",
    title="generator as builder",
    message="{builder} is a generator, but a builder returns what it made",
    hint="Return the values, as a list or tuple, instead of yielding them.",
)

# --- POL2xx: the graph -------------------------------------------------------------------------------------------

NO_PRODUCER = Rule(
    code="POL201",
    title="target without a producer",
    message="no builder of workflow {workflow} produces its target {key}",
    hint="Add a builder that returns `{key}`, or check that the module or list holds it and that it is marked.",
)
SEVERAL_PRODUCERS = Rule(
    code="POL202",
    title="several producers",
    message="{key} is produced by {makers}",
    hint="Choose one: `prefer={{{key}: {first}}}`, or give the others a type of their own.",
)
CYCLE = Rule(
    code="POL203",
    title="cycle",
    message="builders wait for each other: {path}",
    hint="{do}",
)
TWO_TYPES = Rule(
    code="POL204",
    title="two types with one key",
    message="{key} is the key of two types: {first} and {second}",
    hint="{do}",
)
TWO_BUILDERS = Rule(
    code="POL205",
    title="two builders with one name",
    message="{what}",
    hint='Give one of them another name: `@builder(name="...")`.',
)
OWN_PRODUCT = Rule(
    code="POL206",
    title="builder that consumes its own product",
    message="`{builder}` waits for {key}, which it makes itself",
    hint="Read the value of the pass before: `{parameter}: Feedback[{key}]`, or without waking: `Access[{key}]`.",
)
TAKEN_TWICE = Rule(
    code="POL207",
    title="taken key that another builder needs",
    message="`{taker}` takes {key} away, but `{other}` {verb} it too",
    hint="Leave {key} to one builder: let `{taker}` produce what the others need, or consume it without Take.",
)
TRANSIENT_KEPT = Rule(
    code="POL208",
    title="transient that would have to be kept",
    message="{key} is transient, but {what}",
    hint="{do}",
)
NOT_PREFERRED = Rule(
    code="POL209",
    title="preferred producer beside another",
    message="`{builder}` is in the plan for {why} and makes {key} too, for which `{preferred}` is preferred",
    hint="Split `{builder}` so that what makes {key} is a builder of its own.",
)
NOT_AN_INPUT = Rule(
    code="POL210",
    title="required data that is no input and has no producer",
    message="`{builder}` requires {key}, which is neither in `inputs` nor made by a builder",
    hint="Add {key} to `inputs`, or add a builder that returns it.",
)
WRONG_PREFERENCE = Rule(
    code="POL211",
    title="preference for a builder that does not make the key",
    message="`prefer` names {builder} for {key}, but {why}",
    hint="Name one of the producers of {key}: {makers}.",
)
TRANSIENT_TARGET = Rule(
    code="POL212",
    title="transient target",
    message="the target {key} is transient, so it would be lost when the call that makes it ends",
    hint="Take {key} out of `transients`, or produce a target that can be kept.",
)
BAD_ARGUMENT = Rule(
    code="POL213",
    title="argument of a workflow that is not what it must be",
    message="`{argument}` of workflow {workflow} {what}",
    hint="{do}",
)

# --- POL3xx: doubtful --------------------------------------------------------------------------------------------

UNUSED = Rule(
    code="POL301",
    title="unused builder",
    message="`{builder}` is not on the way to the target {target} and never runs",
    hint="If it is there for its effect, put its product into the target: `target=tuple[..., {product}]`.",
    severity=Severity.WARNING,
)

DEAD_END = Rule(
    code="POL302",
    title="variant that leads nowhere",
    message="when `{builder}` makes {key}, the run ends there: nobody reads it, and it is no target",
    hint="Add a builder that takes it from there, or make it a target: `target=... | {key}`.",
    severity=Severity.WARNING,
)
NO_WAY = Rule(
    code="POL303",
    title="state from which the target cannot be reached",
    message="once `{builder}` has made {key}, the target {target} cannot be reached with data that are still absent",
    hint="Let a builder lead from {key} to the target, or make what it leads to a target too.",
    severity=Severity.WARNING,
)
ORDER = Rule(
    code="POL304",
    title="result that depends on the order of arrival",
    message="what `{builder}` makes depends on the order in which data arrive: {orders}",
    hint="{do}",
    severity=Severity.WARNING,
)
JUDGED_TOGETHER = Rule(
    code="POL305",
    title="outside data of different calls judged together",
    message="`{builder}` decides on {first} and {second}, which may arrive apart: a new {first} meets the old {second}",
    hint="If a {second} counts for one decision only, take it: `{name}: Take[{second}]`.",
    severity=Severity.WARNING,
)
LOST_WITH_TRANSIENT = Rule(
    code="POL306",
    title="product that is lost with a transient",
    message="`{builder}` requires {transient}, which later calls cannot see: a later {other} undoes its product",
    hint="Make what is needed of {transient} in a builder of its own, whose product is kept.",
    severity=Severity.WARNING,
)
MUTABLE = Rule(
    code="POL307",
    title="input whose values can be changed",
    message="values of {key} can be changed in place, by one builder for all the others",
    hint="Freeze the class (`@dataclass(frozen=True)`), or deliver a tuple instead of a list.",
    severity=Severity.WARNING,
)
NO_NAME = Rule(
    code="POL308",
    title="builder that cannot be imported by name",
    message="`{builder}` cannot be found by name in its module: it stays in this process, and its plan is not kept",
    hint="Define it at the top level of a module.",
    severity=Severity.WARNING,
)
NOT_DECIDED = Rule(
    code="POL309",
    title="doubt that was not decided",
    message="whether every state leads to the target was not decided from {key} of `{builder}` on: there are too many",
    hint="Split the workflow, or leave it: nothing is wrong as far as is known.",
    severity=Severity.WARNING,
)

# --- POL4xx: what cannot be stored ---------------------------------------------------------------------------------

VAGUE = Rule(
    code="POL401",
    title="type that does not say what it holds",
    message="{place} does not say what it holds, so that what is stored would be read back as something else",
    hint="{do}",
)
INTERFACE = Rule(
    code="POL402",
    title="interface instead of a class",
    message="{place} names an interface, which does not say as what a stored value is read back",
    hint="Name the class: {do}.",
)
NOT_JSON = Rule(
    code="POL403",
    title="class that cannot be written as JSON",
    message="{place} cannot be stored: nobody knows how to write {article} {cls} as JSON",
    hint="{do}",
)
BAD_KEYS = Rule(
    code="POL404",
    title="dict with keys that JSON cannot have",
    message="{place} cannot be stored: JSON has no keys that are {key}",
    hint="Use keys of text, numbers, dates or enums, or a list of pairs: `list[tuple[{key}, {value}]]`.",
)
INIT_ONLY = Rule(
    code="POL405",
    title="field that is not kept",
    message="{place} is an InitVar: it is not kept, so that it is missing when a stored value is read back",
    hint="Make `{field}` a field of its own, or work it out before the value is made.",
)
UNDERSCORE = Rule(
    code="POL406",
    title="private field of an attrs class",
    message="{place} is a private field of an attrs class, which is not written",
    hint="Call it `{do}`, or make the class a dataclass, whose private fields are kept.",
)
NO_EQUALITY = Rule(
    code="POL407",
    title="class without equality",
    message="{place} cannot be stored: {cls} has no equality, so that nobody can check that it comes back as it was",
    hint="Take `eq=False` from {cls}, or give it an `__eq__`.",
)
NOT_COMPARED = Rule(
    code="POL408",
    title="field that is left out of comparisons",
    message="{place} is left out of comparisons, but it is stored, and must come back equal all the same",
    hint="Let `{field}` take part in comparisons, or leave it out of the class if it is no part of the value.",
    severity=Severity.WARNING,
)
LOOKS_ALIKE = Rule(
    code="POL409",
    title="union that JSON cannot tell apart",
    message="{place} cannot be read back: JSON cannot tell {first} from {second}: {why}",
    hint="{do}",
)
VIEW = Rule(
    code="POL410",
    title="view of memory",
    message="{place} is a view of memory that belongs to something else, which is not stored with it",
    hint="Use `bytes`.",
)
REFUSED = Rule(
    code="POL411",
    title="type that the codec refuses",
    message="{place} cannot be stored: {why}",
    hint="Change the type, or open the engine with a codec of your own: `codec=...`.",
)

RULES = tuple(sorted((rule for rule in globals().values() if isinstance(rule, Rule)), key=lambda rule: rule.code))
"""Every row, sorted by code."""
