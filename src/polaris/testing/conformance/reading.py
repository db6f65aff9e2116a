"""What a store gives back is what it was given, whatever that is; and plans."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polaris._model.keys import Key
from polaris._model.records import Cell, Delivery, Verdict
from polaris._model.snapshot import Mark
from polaris.protocols import Store
from polaris.testing.conformance.moves import Worker, delivery, opens

ODD = {
    "empty": "",
    "a space": " ",
    "not ASCII": "fahrt-Zürich-乗車-🚕",
    "decomposed": "Zu\u0308rich",
    "right to left": "\u202eride",
    "1 KB": "r" * 1024,
    "SQL": "'; DROP TABLE run; --",
    "SQL wildcards": '%_*?"`[]\\',
    "a number": "0042",
    "null": "NULL",
    "lines": "a\r\nb\tc",
    "an escaped zero byte": "a\\u0000b",
    "braces": "{run}:{r1}",
}


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))  # JSON escapes it, and in an id it is refused


# Each example makes a run of its own in the one store; and every subclass runs the same test.
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]

each_odd_text = pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))


def is_same(found: str | None, text: str) -> bool:
    """Compare in silence: of such texts nobody wants to be shown, nor to wait for, the differences."""
    return found == text


class Reading:
    """What a store gives back is what it was given, whatever that is; and plans."""

    def test_a_run_that_is_not_there_is_none(self, store: Store) -> None:
        assert store.load("nobody") is None

    def test_a_store_is_a_store(self, store: Store) -> None:
        assert isinstance(store, Store)

    @each_odd_text
    def test_any_text_is_a_run_id(self, store: Store, odd: str) -> None:
        worker = Worker(store, run_id=odd)
        worker.accept(delivery())
        assert worker.begin("o1").revision == 2
        assert worker.load().run_id == odd

    def test_odd_run_ids_are_different_runs(self, store: Store) -> None:
        for place, odd in enumerate(ODD.values()):
            Worker(store, run_id=odd).accept(delivery(), uid=str(place))
        loaded = [store.load(odd) for odd in ODD.values()]
        assert [state and state.uid for state in loaded] == [str(place) for place in range(len(ODD))]

    @each_odd_text
    def test_any_text_is_any_other_name_too(self, store: Store, odd: str) -> None:
        worker = Worker(store, claim_id=f"claim {odd}")
        cell = Cell(key=Key(odd), present=True, text=odd, changed=1, different=1, by=odd)
        worker.accept(Delivery(seq=0, delivery_id=odd, values=((Key(odd), odd),)), workflow=odd, uid=odd)
        state = worker.load()
        assert (state.header.workflow, state.uid) == (odd, odd)
        assert [(queued.delivery_id, queued.values) for queued in state.inbox] == [(odd, ((odd, odd),))]
        first = worker.save(odd, opens(cell, marks=((odd, Mark(ran_at=1)),)), at=1)
        assert worker.save(odd, at=1) == first
        assert (worker.load().cells, worker.load().marks) == ((cell,), ((odd, Mark(ran_at=1)),))
        assert worker.accept(delivery(odd), workflow=None).repeated is False  # the same claim: an earlier try

    def test_runs_do_not_see_each_other(self, store: Store) -> None:
        first, second = Worker(store, "A", "r1"), Worker(store, "A", "r2")
        first.accept(delivery("d1"))
        assert second.accept(delivery("d1")).verdict is Verdict.CLAIMED
        first.begin("o1", changes=opens())
        assert (second.load().revision, len(second.load().inbox)) == (1, 1)

    def test_a_value_of_ten_megabytes_comes_back(self, a: Worker) -> None:
        text = '"' + "ü" * 5_000_000 + '"'
        a.accept(delivery("d1", Photo=text))
        assert is_same(a.load().inbox[0].values[0][1], text)
        a.begin("o1", changes=opens(Cell(key=Key("Photo"), present=True, text=text, changed=1, different=1, by=None)))
        assert is_same(a.load().cells[0].text, text)

    def test_a_run_may_have_many_keys(self, a: Worker) -> None:
        cells = tuple(
            Cell(key=Key(f"K{number:04}"), present=True, text="1", changed=number, different=1, by=None)
            for number in range(2000)
        )
        a.accept(delivery())
        a.begin("o1", changes=opens(*cells))
        assert a.load().cells == cells

    @settings(suppress_health_check=SHARED, max_examples=50, deadline=None)
    @given(values=st.lists(st.tuples(TEXTS, TEXTS), max_size=5), number=st.integers(0, 2**63 - 1))
    def test_texts_and_rounds_come_back_as_they_were(
        self, store: Store, values: list[tuple[str, str]], number: int
    ) -> None:
        worker = Worker(store, run_id=uuid4().hex)
        given_values = tuple((Key(key), text) for key, text in values)
        worker.accept(Delivery(seq=0, delivery_id="d", values=given_values))
        assert worker.load().inbox[0].values == given_values
        cells = {
            key: Cell(key=key, present=True, text=text, changed=number, different=number, by=text)
            for key, text in given_values
        }
        marks = {key: Mark(ran_at=number, asked_at=number, once_done=bool(number % 2)) for key in cells}
        worker.begin("o", changes=opens(*cells.values(), marks=tuple(marks.items())))
        state = worker.load()
        assert state.cells == tuple(cells[key] for key in sorted(cells))
        assert state.marks == tuple((key, marks[Key(key)]) for key in sorted(marks))

    def test_a_plan_that_is_not_there_is_none(self, store: Store) -> None:
        assert store.get_plan("f1") is None

    def test_a_plan_comes_back(self, store: Store) -> None:
        content = bytes(range(256))
        store.put_plan("f1", content)
        store.put_plan("f2", b"")
        assert (store.get_plan("f1"), store.get_plan("f2")) == (content, b"")

    def test_a_plan_that_is_kept_stays_as_it_is(self, store: Store) -> None:
        store.put_plan("f1", b"first")
        store.put_plan("f1", b"second")
        assert store.get_plan("f1") == b"first"

    def test_a_store_may_be_closed_twice(self, store: Store) -> None:
        store.close()
        store.close()
