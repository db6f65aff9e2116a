from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris import BuilderFailedError, Status, Workflow
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._model.records import Cell, Changes, Delivery, Header, Stored
from polaris._model.snapshot import ABSENT, LOST, Entry, Mark, Snapshot
from polaris._runtime.bind import bind
from polaris._runtime.ledger import Ledger
from polaris._runtime.state import Texts, is_unfinished, run_state, worded
from polaris.errors import CodecError, ContractViolationError
from polaris.stores.codecs import JsonCodec, encoder

Note = NewType("Note", str)


@dataclass(frozen=True)
class Order:
    cents: float


@dataclass(frozen=True)
class Secret:
    text: str


@dataclass(frozen=True)
class Odd:
    thing: object


@dataclass(frozen=True)
class Paid:
    cents: int


def pay(order: Order, secret: Secret | None = None, note: Note | None = None, odd: Odd | None = None) -> Paid: ...


BOUND = bind(compiled(Workflow("flow", target=Paid, builders=[pay], transients=[Secret])), {})
CODEC = JsonCodec()
ORDER, SECRET, ODD, PAID, NOTE = (Key(name) for name in ("Order", "Secret", "Odd", "Paid", "Note"))
WHEN = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def texts() -> Texts:
    return Texts(bound=BOUND, codec=CODEC, encode=encoder(CODEC))


def ledger_of(**state: object) -> Ledger:
    return Ledger(BOUND.index, Snapshot(**state), lambda *_: False)


def put(texts: Texts, ledger: Ledger, made: dict[Key, object]) -> None:
    for key, value in texts.keep("pay", made.items()):
        ledger.put(key, value, "pay")


def stored_run(*cells: Cell, marks: tuple[tuple[str, Mark], ...] = (), **header: object) -> Stored:
    said = {"status": Status.WAITING, "round": 4, "began_at": 3, "clean_at": 4, "is_open": False, **header}
    return Stored(
        run_id="r",
        uid="u",
        revision=7,
        header=Header(workflow="flow", fingerprint=BOUND.plan.fingerprint, **said),
        cells=cells,
        marks=marks,
        inbox=(),
        takeovers=0,
        created=WHEN,
        updated=WHEN,
    )


def cell(key: Key, text: str | None, *, present: bool = True, at: int = 3, by: str | None = None) -> Cell:
    return Cell(key=key, present=present, text=text, changed=at, different=at, by=by)


# --- what builders made ----------------------------------------------------------------------------------------------


def test_what_is_kept_goes_on_as_it_will_be_read_again(texts: Texts) -> None:
    [(key, again)] = texts.keep("pay", [(ORDER, Order(5))])
    assert key == ORDER
    assert isinstance(again, Order)
    assert repr(again.cents) == "5.0"


def test_a_transient_goes_on_as_it_is_and_is_never_encoded(texts: Texts) -> None:
    secret = Secret("s3cret")
    [(_, again)] = texts.keep("pay", [(SECRET, secret)])
    assert again is secret
    assert texts.pending == {}


def test_what_cannot_be_stored_is_named_with_the_builder_that_made_it(texts: Texts) -> None:
    with pytest.raises(CodecError) as caught:
        texts.keep("pay", [(ODD, Odd({1}))])
    error = caught.value
    assert (error.step, error.key, error.path) == ("pay", "Odd", ".thing")


# --- deliveries ------------------------------------------------------------------------------------------------------


def test_a_delivery_is_encoded_in_its_order_without_transients(texts: Texts) -> None:
    delta = {NOTE: "hello", SECRET: Secret("s3cret"), ORDER: Order(5.0)}
    assert texts.delivery("d", delta) == Delivery(
        seq=0, delivery_id="d", values=((NOTE, '"hello"'), (ORDER, '{"cents":5.0}'))
    )


def test_a_delivery_that_cannot_be_stored_names_no_builder(texts: Texts) -> None:
    with pytest.raises(CodecError) as caught:
        texts.delivery("d", {ODD: Odd({1})})
    assert (caught.value.step, caught.value.key) == ("", "Odd")


def test_a_delivery_out_of_the_inbox_is_decoded_and_keeps_its_texts(texts: Texts) -> None:
    text = ' {"cents": 5.0} '
    delivery = Delivery(seq=1, delivery_id="d", values=((ORDER, text), (Key("Gone"), "{}")))
    assert texts.taken(delivery) == {ORDER: Order(5.0)}
    ledger = ledger_of(round=1)
    ledger.put(ORDER, Order(5.0), None)
    assert [one.text for one in texts.changes(ledger, Status.RUNNING).cells] == [text]


# --- reading a run ---------------------------------------------------------------------------------------------------


def test_a_stored_run_is_decoded_with_its_rounds_and_marks(texts: Texts) -> None:
    run = stored_run(
        cell(ORDER, '{"cents":5.0}', at=1),
        cell(SECRET, None, at=2),
        cell(PAID, None, present=False, at=3, by="pay"),
        cell(Key("Gone"), "{}"),
        marks=(("pay", Mark(2, 1)),),
        is_open=True,
        clean_at=2,
        first_pass=4,
    )
    assert texts.snapshot(run) == Snapshot(
        entries={
            ORDER: Entry(Order(5.0), 1, 1, None),
            SECRET: Entry(LOST, 2, 2, None),
            PAID: Entry(ABSENT, 3, 3, "pay"),
        },
        marks={"pay": Mark(2, 1)},
        round=4,
        began_at=3,
        clean_at=2,
        is_open=True,
        first_pass=4,
    )


RUN = stored_run(
    cell(ORDER, '{"cents":5.0}', at=1),
    cell(SECRET, None),
    cell(PAID, '{"cents":5}', at=4, by="pay"),
    status=Status.COMPLETED,
    waiting_for=(NOTE,),
)


def test_an_outcome_is_read_from_a_stored_run(texts: Texts) -> None:
    outcome = texts.outcome(RUN, moved=True, status=None)
    assert (outcome.workflow, outcome.run_id, outcome.status) == ("flow", "r", Status.COMPLETED)
    assert outcome.data == {Order: Order(5.0), Paid: Paid(5)}
    assert outcome.produced == {Paid: Paid(5)}
    assert (outcome.waiting_for, outcome.target, outcome.target_all) == ((Note,), (Paid,), False)


def test_a_call_that_did_nothing_produced_nothing(texts: Texts) -> None:
    outcome = texts.outcome(RUN, moved=False, status=Status.QUEUED)
    assert (outcome.status, outcome.produced) == (Status.QUEUED, {})
    assert outcome.data == {Order: Order(5.0), Paid: Paid(5)}


def test_a_reader_sees_the_data_that_are_stored_and_no_transient() -> None:
    run = RUN._replace(cells=(*RUN.cells, cell(Key("Gone"), "{}"), cell(NOTE, None, present=False)))
    run = run._replace(header=run.header._replace(waiting_for=(NOTE, Key("Gone")), error="pay: OSError"))
    state = run_state(BOUND, CODEC, run)
    assert (state.run_id, state.workflow, state.fingerprint) == ("r", "flow", BOUND.plan.fingerprint)
    assert (state.status, state.revision, state.error) == (Status.COMPLETED, 7, "pay: OSError")
    assert (state.created, state.updated) == (WHEN, WHEN)
    assert state.data == {Order: Order(5.0), Paid: Paid(5)}
    assert state.waiting_for == (Note,)


# --- saving a run ----------------------------------------------------------------------------------------------------


def test_a_save_writes_the_header_and_only_what_changed(texts: Texts) -> None:
    ledger = ledger_of(entries={ORDER: Entry(Order(5.0), 1, 1, None)}, round=2, began_at=1, is_open=True, first_pass=2)
    put(texts, ledger, {PAID: Paid(5)})
    ledger.set_mark(BOUND.index.steps[0], Mark(2))
    header = Header(
        workflow="flow",
        fingerprint=BOUND.plan.fingerprint,
        status=Status.FAILED,
        round=2,
        began_at=1,
        clean_at=0,
        is_open=True,
        first_pass=2,
        waiting_for=(NOTE,),
        error="pay: OSError",
    )
    paid = Cell(key=PAID, present=True, text='{"cents":5}', changed=2, different=2, by="pay")
    changes = texts.changes(ledger, Status.FAILED, (NOTE,), "pay: OSError")
    assert changes == Changes(header=header, cells=(paid,), marks=(("pay", Mark(2)),))
    again = texts.changes(ledger, Status.RUNNING)
    assert (again.cells, again.marks, again.header.waiting_for, again.header.error) == ((), (), (), None)


def test_what_was_withdrawn_is_saved_without_a_text(texts: Texts) -> None:
    ledger = ledger_of(round=1)
    put(texts, ledger, {PAID: Paid(5)})
    ledger.withdraw(PAID)
    [saved] = texts.changes(ledger, Status.RUNNING).cells
    assert (saved.present, saved.text) == (False, None)


def test_of_a_transient_the_rounds_are_saved_and_never_the_value(texts: Texts) -> None:
    ledger = ledger_of(round=1)
    ledger.put(SECRET, Secret("s3cret"), None)
    assert texts.changes(ledger, Status.RUNNING).cells == (cell(SECRET, None, at=1),)


PRODUCTS = st.fixed_dictionaries(
    {},
    optional={
        ORDER: st.builds(Order, st.floats(allow_nan=False, allow_infinity=False)),
        SECRET: st.builds(Secret, st.text()),
        PAID: st.builds(Paid, st.integers(-(2**63), 2**63 - 1)),
        NOTE: st.text(),
    },
)


@given(PRODUCTS, st.sets(st.sampled_from([ORDER, SECRET, PAID, NOTE])))
def test_a_run_is_read_as_it_was_saved_but_for_its_transients(made: dict[Key, object], gone: set[Key]) -> None:
    texts = Texts(bound=BOUND, codec=CODEC, encode=encoder(CODEC))
    ledger = ledger_of(round=1)
    put(texts, ledger, made)
    for key in gone:
        ledger.withdraw(key)
    run = stored_run(*texts.changes(ledger, Status.RUNNING).cells)
    ledger.forget_transients()
    assert texts.snapshot(run).entries == ledger.snapshot().entries


# --- what is to be done ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clean_at", "mark", "unfinished"),
    [
        (4, Mark(4, 1), False),
        (3, Mark(4, 1), True),
        (4, Mark(4, 5), True),
        (4, Mark(5, 5), False),
        (4, Mark(2, 4), False),
    ],
)
def test_a_run_is_unfinished_if_its_last_call_failed_or_something_was_asked_since(
    clean_at: int, mark: Mark, unfinished: bool
) -> None:
    marks = (("ask", Mark(1)), ("pay", mark))
    assert is_unfinished(stored_run(clean_at=clean_at, marks=marks)) is unfinished


def test_a_failure_is_worded_by_its_step_and_class_and_never_by_its_text() -> None:
    raised = BuilderFailedError("pay", reason="OSError")
    raised.__cause__ = OSError("s3cret")
    wrong = ContractViolationError("ship", declared="A", returned="B")
    assert worded(()) is None
    assert worded((raised, wrong)) == "pay: OSError"
    assert worded((wrong,)) == "ship: ContractViolationError"
