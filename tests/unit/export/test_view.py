"""What a picture says about a run follows from what is there, what is waited for and the status - and no more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Outcome, RunState, Status
from polaris.errors import RenderError
from polaris.export.style import Reading, Role, State
from polaris.export.view import alt_text, direction_of, reading, view_of
from tests.unit.export.plans import (
    CAB_RIDE,
    CHECKOUT,
    HELLO,
    NEGOTIATION,
    ORDER_WAITS,
    FakeRun,
    access,
    feedback,
    named,
    optional,
    parameter,
    plan,
    run,
    step,
    take,
)


def states(*arguments: object) -> dict[str, State]:
    return dict(view_of(*arguments).states)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# --- a plan ------------------------------------------------------------------------------------------------------


def test_a_plan_alone_has_inputs_products_and_planned_builders() -> None:
    view = view_of(HELLO)
    assert view.states == {"greet": State.PLANNED}
    assert view.roles == {"Name": Role.INPUT, "Greeting": Role.PRODUCT}
    assert (view.subtitle, view.notes, view.run) == ("", {}, None)


def test_inputs_stand_in_the_order_in_which_builders_read_them() -> None:
    assert view_of(CHECKOUT).outside == ("Cart", "Coupon", "PaymentChoice", "Address", "CardDetails", "OtpEntered")


def test_a_product_is_known_by_its_maker_and_its_place() -> None:
    assert view_of(NEGOTIATION).makers[Key("Log")] == (2, 1)


def test_a_target_that_nobody_makes_comes_from_outside() -> None:
    assert view_of(plan("odd", target="Given")).outside == ("Given",)


def test_every_parameter_is_one_kind_of_edge() -> None:
    kinds = [reading(read) for read in (parameter("A"), optional("A"), access("A"), take("A"), feedback("A"))]
    assert kinds == list(Reading)


def test_a_small_plan_reads_from_left_to_right_and_a_large_one_from_top_to_bottom() -> None:
    assert (direction_of(CAB_RIDE), direction_of(CHECKOUT)) == ("LR", "TB")
    assert (direction_of(CAB_RIDE, "TB"), direction_of(CHECKOUT, "LR")) == ("TB", "LR")


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(RenderError, match=r"There is no direction 'up'\. Use 'TB' or 'LR'\."):
        direction_of(HELLO, "up")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# --- a run -------------------------------------------------------------------------------------------------------


def test_a_builder_is_done_when_all_its_slots_hold_something() -> None:
    two = plan("two", step("make", "A", makes="X, Y"), target="X")
    assert states(two, run(Status.RUNNING, "X Y")) == {"make": State.DONE}
    assert states(two, run(Status.RUNNING, "X")) == {"make": State.NOT_REACHED}


def test_a_builder_that_lacks_only_what_is_waited_for_is_waiting_and_says_for_what() -> None:
    view = view_of(CAB_RIDE, run(Status.WAITING, "RideRequest Surge CabbieMatched", "CabbieArrived"))
    assert view.states["meet_rider"] is State.WAITING
    assert view.notes == {"meet_rider": "needs CabbieArrived"}
    assert view.states["start_ride"] is State.NOT_REACHED


def test_a_builder_that_waits_for_one_of_several_names_them_all() -> None:
    any_of = plan("any", step("go", parameter("A | B"), makes="X"), target="X")
    assert view_of(any_of, run(Status.WAITING, "", "B")).notes == {"go": "needs A or B"}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.RUNNING, State.RUNNING),
        (Status.QUEUED, State.NEXT),
        (Status.FAILED, State.NEXT),
        (Status.CANCELLED, State.NOT_REACHED),
        (Status.WAITING, State.DECLINED),
        (Status.BLOCKED, State.DECLINED),
        (Status.COMPLETED, State.DECLINED),
    ],
)
def test_a_builder_that_has_all_it_needs_and_made_nothing_is_read_by_the_status(status: Status, state: State) -> None:
    assert states(CAB_RIDE, run(status, "RideRequest Surge"))["match_cabbie"] is state


def test_a_failed_builder_is_known_by_its_name() -> None:
    view = view_of(CHECKOUT, run(Status.FAILED, "PaymentChoice CardChosen", failed="tokenise: KeyError"))
    assert view.states["tokenise"] is State.FAILED
    assert view.notes["tokenise"] == "with KeyError"


@pytest.mark.parametrize("error", [None, "", "the store was away"])
def test_a_run_that_failed_in_no_builder_has_none_drawn_as_failed(error: str | None) -> None:
    assert State.FAILED not in states(CHECKOUT, run(Status.FAILED, "Cart", failed=error)).values()


def test_a_run_that_went_on_after_a_failure_has_none_drawn_as_failed() -> None:
    assert states(CHECKOUT, run(Status.WAITING, "Cart", failed="quote: KeyError"))["quote"] is State.NOT_REACHED


def test_a_failed_run_of_a_store_shows_what_failed_and_what_comes_next() -> None:
    failed = RunState(
        run_id="r",
        workflow="checkout",
        fingerprint="",
        status=Status.FAILED,
        data={named("Cart"): 1, named("Coupon"): 1, named("Subtotal"): 1, named("Address"): 1},
        waiting_for=(),
        revision=1,
        error="check_coupon: KeyError",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        updated=datetime(2026, 1, 1, tzinfo=UTC),
    )
    found = states(CHECKOUT, failed)
    assert (found["price_cart"], found["check_coupon"]) == (State.DONE, State.FAILED)
    assert found["shipping_options"] is State.NEXT


def test_what_a_picture_shows_can_be_said_in_a_sentence() -> None:
    assert alt_text(view_of(CHECKOUT, ORDER_WAITS)) == (
        "15 builders of the workflow checkout from Cart, Coupon, PaymentChoice, Address and 2 more to Confirmed"
        " - run order-42 - waiting for CardDetails, OtpEntered"
    )
    alone = plan("alone", step("tick", makes="Tick"), target="Tick")
    assert alt_text(view_of(alone)) == "1 builder of the workflow alone to Tick"


def test_a_branch_that_was_not_taken_is_said_to_be_so_to_its_end() -> None:
    branches = plan(
        "branches",
        step("judge", "A", makes="Yes | No"),
        step("if_no", "No", makes="Refused"),
        step("then", "Refused", makes="Letter"),
        step("either", parameter("Yes | Letter"), "Never", makes="Done"),
        target="Done",
    )
    assert states(branches, run(Status.WAITING, "A Yes")) == {
        "judge": State.DONE,
        "if_no": State.NOT_TAKEN,
        "then": State.NOT_TAKEN,
        "either": State.NOT_REACHED,
    }


def test_a_builder_that_only_has_optional_inputs_and_none_of_them_is_not_reached() -> None:
    idle = plan("idle", step("maybe", optional("A"), makes="X"), target="X")
    assert states(idle, run(Status.BLOCKED)) == {"maybe": State.NOT_REACHED}


def test_a_builder_without_inputs_is_ready_from_the_beginning() -> None:
    alone = plan("alone", step("start", makes="X"), target="X")
    assert states(alone, run(Status.QUEUED)) == {"start": State.NEXT}


# --- values that leave nothing to see ----------------------------------------------------------------------------


def test_a_transient_is_never_there_whatever_an_outcome_still_holds() -> None:
    assert view_of(CHECKOUT, run(Status.WAITING, "CardDetails CardToken")).roles[Key("CardToken")] is Role.ABSENT


def test_the_maker_of_a_transient_is_done_if_a_builder_that_needed_it_is() -> None:
    assert states(CHECKOUT, run(Status.COMPLETED, "CardChosen Paid"))["tokenise"] is State.DONE
    assert states(CHECKOUT, run(Status.WAITING, "CardChosen"))["tokenise"] is State.NOT_REACHED


def test_the_maker_of_a_taken_value_is_done_if_its_taker_is() -> None:
    taken = plan("taken", step("ask", "A", makes="Code"), step("use", take("Code"), makes="Used"), target="Used")
    assert states(taken, run(Status.FAILED, "Used")) == {"ask": State.DONE, "use": State.DONE}


def test_a_builder_that_cannot_decline_has_run_when_a_call_ended_well() -> None:
    gone = plan("gone", step("ask", "A", makes="Code"), step("use", take("Code"), "B", makes="Used"), target="Used")
    assert states(gone, run(Status.WAITING, "A", "B"))["ask"] is State.DONE
    assert states(gone, run(Status.FAILED, "A", "B"))["ask"] is State.NEXT


def test_of_a_builder_that_may_decline_a_taken_product_may_have_been_there() -> None:
    gone = plan("gone", step("ask", "A", makes="Code | None"), step("use", take("Code"), "B", makes="U"), target="U")
    assert states(gone, run(Status.WAITING, "A", "B"))["ask"] is State.DONE


# --- what is said of the run -------------------------------------------------------------------------------------


def test_the_subtitle_names_the_run_its_status_and_what_it_waits_for() -> None:
    assert view_of(CHECKOUT, ORDER_WAITS).subtitle == "run order-42 - waiting for CardDetails, OtpEntered"


def test_the_subtitle_of_a_run_without_an_id_is_its_status() -> None:
    assert view_of(HELLO, run(Status.COMPLETED, "Name Greeting", run_id=None)).subtitle == "completed"


def test_a_long_list_of_what_is_waited_for_is_cut_short() -> None:
    view = view_of(HELLO, run(Status.WAITING, "", "A B C D E F"))
    assert view.subtitle == "run run-1 - waiting for A, B, C, D and 2 more"


def test_an_outcome_and_a_stored_state_are_read_alike() -> None:
    data: dict[object, object] = {named("Name"): object()}
    outcome = Outcome[object](
        workflow="hello",
        run_id="r",
        status=Status.QUEUED,
        produced={},
        data=data,
        waiting_for=(),
        target=(),
        target_all=True,
    )
    now = datetime.now(UTC)
    state = RunState(
        run_id="r",
        workflow="hello",
        fingerprint="",
        status=Status.QUEUED,
        data=data,
        waiting_for=(),
        revision=1,
        error=None,
        created=now,
        updated=now,
    )
    views = [view_of(HELLO, outcome), view_of(HELLO, state), view_of(HELLO, FakeRun(Status.QUEUED, data, run_id="r"))]
    assert [view.states for view in views] == [{"greet": State.NEXT}] * 3
    assert {view.subtitle for view in views} == {"run r - queued"}
