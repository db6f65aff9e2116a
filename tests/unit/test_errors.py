"""What each error tells: its fields, its sentences, what it is caught as, and that it crosses processes."""

import copy
import pickle
from collections.abc import Callable

import pytest

import polaris
from polaris import errors
from polaris._model.diagnostic import Diagnostic, Place, Severity
from polaris.errors import (
    BuilderFailedError,
    BuilderTimeoutError,
    CodecError,
    CompileError,
    ContractViolationError,
    DeclarationError,
    IncompatiblePlanError,
    MissingDataError,
    MissingExtraError,
    MissingResourceError,
    NotFinishedError,
    PlanError,
    PlanFormatError,
    PolarisError,
    RenderError,
    RunawayLoopError,
    RunBusyError,
    RunCancelledError,
    RunError,
    RunExistsError,
    StalePlanError,
    StepError,
    StoreError,
    StoreUnavailableError,
    UnknownDataError,
    UnknownRunError,
    UnknownWorkflowError,
    WorkflowMismatchError,
)

FAULTS = (
    Diagnostic(
        code="POL101",
        severity=Severity.ERROR,
        message="parameter `x` has no type",
        hint="annotate it",
        place=Place(file="rides.py", line=3, column=5),
    ),
    Diagnostic(code="POL201", severity=Severity.ERROR, message="nothing makes RideEnded", hint="write a builder"),
)

# Every class that is raised: an example, its fields, and its message.
CASES: list[tuple[PolarisError, dict[str, object], str]] = [
    (
        DeclarationError("Builder 'ride' is a class.", do="Mark a plain function."),
        {"what": "Builder 'ride' is a class.", "do": "Mark a plain function."},
        "Builder 'ride' is a class. Mark a plain function.",
    ),
    (
        CompileError("cab_ride", list(FAULTS)),
        {"workflow": "cab_ride", "diagnostics": FAULTS},
        (
            "workflow 'cab_ride' has 2 faults\n\n"
            "rides.py:3:5: error POL101: parameter `x` has no type\n  hint: annotate it\n\n"
            "error POL201: nothing makes RideEnded\n  hint: write a builder"
        ),
    ),
    (
        MissingExtraError("A picture", extra="images"),
        {"feature": "A picture", "extra": "images"},
        "A picture needs an optional library. Install it: pip install 'polaris-workflows[images]'",
    ),
    (
        RenderError("There is no theme 'red'.", do="Use 'light' or 'dark'."),
        {"what": "There is no theme 'red'.", "do": "Use 'light' or 'dark'."},
        "There is no theme 'red'. Use 'light' or 'dark'.",
    ),
    (
        StalePlanError("match_cabbie", expected="a function", found="a str"),
        {"name": "match_cabbie", "expected": "a function", "found": "a str"},
        "The plan expects match_cabbie to be a function, but found a str. Compile the workflow again.",
    ),
    (
        PlanFormatError("plan.lock", why="it is not JSON"),
        {"where": "plan.lock", "why": "it is not JSON"},
        "plan.lock is not a plan of this version: it is not JSON. Compile and save the plan again.",
    ),
    (
        IncompatiblePlanError("ride-42", workflow="cab_ride", stored="0123456789abcdef", current="fedcba9876543210"),
        {"run_id": "ride-42", "workflow": "cab_ride", "stored": "0123456789abcdef", "current": "fedcba9876543210"},
        (
            "Run 'ride-42' was last advanced under plan 0123456789ab of 'cab_ride', and this engine holds "
            "fedcba987654. Open it with the workflow it was started with."
        ),
    ),
    (
        BuilderFailedError("end_ride", reason="ZeroDivisionError"),
        {"step": "end_ride", "reason": "ZeroDivisionError", "run_id": None, "outcome": None, "others": ()},
        (
            "Builder 'end_ride' failed: ZeroDivisionError. What was made before it is kept; "
            "mend the cause and call again, or deliver its product by hand."
        ),
    ),
    (
        BuilderTimeoutError("end_ride", seconds=1.50),
        {"step": "end_ride", "seconds": 1.5, "run_id": None, "outcome": None, "others": ()},
        (
            "Builder 'end_ride' had not ended after 1.5 seconds. What was made before it is kept; "
            "call again, or give it a longer timeout."
        ),
    ),
    (
        ContractViolationError("end_ride", declared="RideEnded | None", returned="str"),
        {"step": "end_ride", "declared": "RideEnded | None", "returned": "str"},
        (
            "Builder 'end_ride' declares that it returns RideEnded | None, but returned str. "
            "Correct the builder or its return type."
        ),
    ),
    (
        RunawayLoopError("haggle", passes=100),
        {"step": "haggle", "passes": 100},
        (
            "The loop through 'haggle' was still changing after 100 passes. "
            "Make it settle on a value, or raise Workflow(max_passes=...); a call without data goes on."
        ),
    ),
    (
        UnknownDataError("Nothing here reads a Fare.", do="Deliver a RideRequest."),
        {"what": "Nothing here reads a Fare.", "do": "Deliver a RideRequest."},
        "Nothing here reads a Fare. Deliver a RideRequest.",
    ),
    (
        UnknownWorkflowError("refund", known=["cab_ride", "checkout"]),
        {"workflow": "refund", "known": ("cab_ride", "checkout")},
        "This engine has no workflow 'refund' (it has 'cab_ride', 'checkout'). Pass the workflow to open_engine(...).",
    ),
    (
        UnknownRunError("ride-42"),
        {"run_id": "ride-42"},
        (
            "There is no run 'ride-42' in this store. Check the id, or start it by delivering its first data "
            "(without data: new=True)."
        ),
    ),
    (
        RunExistsError("ride-42"),
        {"run_id": "ride-42"},
        "Run 'ride-42' is there already. Choose another id, or call without new=True to go on.",
    ),
    (
        WorkflowMismatchError("ride-42", workflow="checkout", stored="cab_ride"),
        {"run_id": "ride-42", "workflow": "checkout", "stored": "cab_ride"},
        "Run 'ride-42' is a run of 'cab_ride', not of 'checkout'. Run ids are unique in a store: choose another.",
    ),
    (
        RunBusyError("ride-42"),
        {"run_id": "ride-42", "transient": ()},
        "Run 'ride-42' is held by another worker. Nothing was accepted: try again.",
    ),
    (
        RunBusyError("ride-42", transient=("Otp",)),
        {"run_id": "ride-42", "transient": ("Otp",)},
        (
            "Otp is transient, and cannot wait in the inbox of run 'ride-42'. "
            "Nothing was accepted: deliver it with run, when no other worker holds the run."
        ),
    ),
    (
        RunCancelledError("ride-42"),
        {"run_id": "ride-42"},
        "Run 'ride-42' was cancelled and takes no more data. Start another run.",
    ),
    (
        NotFinishedError("cab_ride", status="waiting", waiting_for=["CabbieArrived", "RideStarted"]),
        {"workflow": "cab_ride", "status": "waiting", "waiting_for": ("CabbieArrived", "RideStarted")},
        (
            "The target of 'cab_ride' has not been made: it waits for CabbieArrived, RideStarted. "
            "Look at outcome.status first."
        ),
    ),
    (
        MissingDataError("CabbieMatched"),
        {"key": "CabbieMatched"},
        "There is no CabbieMatched in this run. Use .get(CabbieMatched) where it may be absent.",
    ),
    (
        MissingResourceError("match_cabbie", resource="Fleet"),
        {"step": "match_cabbie", "resource": "Fleet"},
        "Builder 'match_cabbie' needs the resource Fleet, which was not given. Pass resources={Fleet: ...}.",
    ),
    (
        StoreUnavailableError("sqlite:///no/where.db", why="there is no such folder"),
        {
            "url": "sqlite:///no/where.db",
            "why": "there is no such folder",
            "do": "Check the address and the permissions.",
        },
        (
            "The store sqlite:///no/where.db cannot be used: there is no such folder. "
            "Check the address and the permissions."
        ),
    ),
    (
        CodecError("Cart", path=".items[0]", why="a Lock cannot be written as JSON", step="fill"),
        {
            "key": "Cart",
            "path": ".items[0]",
            "why": "a Lock cannot be written as JSON",
            "step": "fill",
            "reading": False,
        },
        "Cart.items[0] cannot be stored: a Lock cannot be written as JSON. Change the value or its type.",
    ),
    (
        CodecError("Cart", path=".items", why="expected `array`, got `int`", reading=True),
        {"key": "Cart", "path": ".items", "why": "expected `array`, got `int`", "step": "", "reading": True},
        (
            "The stored text of Cart.items cannot be read: expected `array`, got `int`. "
            "Read it with the codec and the type that it was written with, or deliver the value again."
        ),
    ),
]

# What a caller may catch each class as, nearest first.
BASES: dict[type[PolarisError], tuple[type[Exception], ...]] = {
    PolarisError: (Exception,),
    DeclarationError: (PolarisError, TypeError),
    CompileError: (PolarisError,),
    MissingExtraError: (PolarisError, ImportError),
    RenderError: (PolarisError,),
    PlanError: (PolarisError,),
    StalePlanError: (PlanError,),
    PlanFormatError: (PlanError,),
    IncompatiblePlanError: (PlanError,),
    RunError: (PolarisError,),
    StepError: (RunError,),
    BuilderFailedError: (StepError,),
    BuilderTimeoutError: (StepError, TimeoutError),
    ContractViolationError: (StepError,),
    RunawayLoopError: (StepError,),
    UnknownDataError: (RunError, TypeError),
    UnknownWorkflowError: (RunError, LookupError),
    UnknownRunError: (RunError, LookupError),
    RunExistsError: (RunError,),
    WorkflowMismatchError: (RunError,),
    RunBusyError: (RunError,),
    RunCancelledError: (RunError,),
    NotFinishedError: (RunError,),
    MissingDataError: (RunError, KeyError),
    MissingResourceError: (RunError,),
    StoreError: (PolarisError,),
    StoreUnavailableError: (StoreError,),
    CodecError: (StepError, StoreError),
}

NEVER_RAISED = {PolarisError, PlanError, RunError, StepError, StoreError}

each_case = pytest.mark.parametrize(
    ("error", "fields", "message"), CASES, ids=[type(error).__name__ for error, _, _ in CASES]
)


def through_pickle(error: PolarisError) -> PolarisError:
    again: PolarisError = pickle.loads(pickle.dumps(error))
    return again


each_twin = pytest.mark.parametrize(
    "twin_of", [through_pickle, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"]
)
Twin = Callable[[PolarisError], PolarisError]


def test_these_are_all_the_errors() -> None:
    classes = {thing for thing in vars(errors).values() if isinstance(thing, type) and issubclass(thing, Exception)}
    assert classes == BASES.keys()
    assert {type(error) for error, _, _ in CASES} == classes - NEVER_RAISED


@pytest.mark.parametrize("cls", BASES, ids=lambda cls: cls.__name__)
def test_an_error_is_caught_as_what_it_is(cls: type[PolarisError]) -> None:
    assert cls.__bases__ == BASES[cls]


@each_case
def test_an_error_has_fields(error: PolarisError, fields: dict[str, object], message: str) -> None:
    assert {name: getattr(error, name) for name in fields} == fields


@each_case
def test_an_error_says_what_is_wrong_and_what_to_do(
    error: PolarisError, fields: dict[str, object], message: str
) -> None:
    assert str(error) == message


@each_twin
@each_case
def test_a_twin_of_an_error_has_its_fields_and_its_message(
    error: PolarisError, fields: dict[str, object], message: str, twin_of: Twin
) -> None:
    twin = twin_of(error)
    assert type(twin) is type(error)
    assert twin is not error
    assert {name: getattr(twin, name) for name in fields} == fields
    assert str(twin) == message


# --- what depends on the fields ------------------------------------------------------------------------------------


def test_one_fault_is_counted_as_one() -> None:
    assert str(CompileError("cab_ride", FAULTS[1:])).startswith("workflow 'cab_ride' has 1 fault\n\n")


def test_an_engine_without_workflows_says_so() -> None:
    error = UnknownWorkflowError("refund", known=[])
    assert error.known == ()
    assert "(it has none)" in str(error)


def test_an_outcome_that_waits_for_nothing_is_told_by_its_status() -> None:
    error = NotFinishedError("cab_ride", status="blocked", waiting_for=())
    assert error.waiting_for == ()
    assert str(error) == "The target of 'cab_ride' has not been made: it is blocked. Look at outcome.status first."


def test_a_store_may_say_what_to_do_itself() -> None:
    error = StoreUnavailableError("redis://", why="it needs a host", do="Write redis://host.")
    assert error.do == "Write redis://host."
    assert str(error) == "The store redis:// cannot be used: it needs a host. Write redis://host."


def test_a_value_that_was_delivered_has_no_step() -> None:
    assert CodecError("Cart", path="", why="it is no JSON").step == ""


def test_a_key_error_is_read_as_its_message_not_as_the_repr_of_it() -> None:
    assert str(MissingDataError("Fare")).startswith("There is no Fare")


def test_an_error_without_a_message_reads_as_nothing() -> None:
    class MineError(PolarisError):
        """An error of somebody who builds on the library."""

    assert str(MineError()) == ""


# --- a failure in a run ----------------------------------------------------------------------------------------------


def failed_in_a_run() -> BuilderFailedError:
    error = BuilderFailedError("end_ride", reason="ValueError")
    outcome: polaris.Outcome[object] = polaris.Outcome(
        workflow="cab_ride",
        run_id="ride-42",
        status=polaris.Status.FAILED,
        produced={},
        data={str: "Ada"},
        waiting_for=(),
        target=(int,),
        target_all=False,
    )
    error.attach("ride-42", outcome, [ContractViolationError("log_ride", declared="Log", returned="None")])
    return error


def test_a_failure_tells_in_which_run_it_happened_and_what_else_failed() -> None:
    error = failed_in_a_run()
    assert error.run_id == "ride-42"
    assert error.outcome is not None
    assert (error.outcome.data, error.outcome.produced) == ({str: "Ada"}, {})
    assert [str(other) for other in error.others] == [
        "Builder 'log_ride' declares that it returns Log, but returned None. Correct the builder or its return type."
    ]


@each_twin
def test_a_twin_of_a_failure_knows_its_run_too(twin_of: Twin) -> None:
    twin = twin_of(failed_in_a_run())
    assert isinstance(twin, BuilderFailedError)
    assert twin.run_id == "ride-42"
    assert twin.outcome is not None
    assert twin.outcome.data == {str: "Ada"}
    assert [type(other) for other in twin.others] == [ContractViolationError]


def test_what_is_said_of_one_failure_is_not_said_of_another() -> None:
    failed_in_a_run()
    fresh = BuilderFailedError("end_ride", reason="ValueError")
    assert (fresh.run_id, fresh.outcome, fresh.others) == (None, None, ())


def test_a_copy_can_be_changed_alone() -> None:
    error = failed_in_a_run()
    copy.copy(error).run_id = "ride-43"
    assert error.run_id == "ride-42"


@each_twin
def test_a_twin_keeps_notes(twin_of: Twin) -> None:
    error = UnknownRunError("ride-42")
    error.add_note("asked for by the night shift")
    assert twin_of(error).__notes__ == ["asked for by the night shift"]
