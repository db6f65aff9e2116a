"""Many threads on one store: nothing is lost, nothing is done twice, and a read is one revision."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from polaris._model.keys import Key
from polaris._model.records import Cell, Receipt, Verdict
from polaris.protocols import Store
from polaris.testing.conformance.moves import Worker, delivery, opens

THREADS = 8


def drain(worker: Worker, begun: list[str]) -> None:
    answer = worker.claim()
    if answer.verdict is not Verdict.CLAIMED or answer.state is None:
        return
    queued = next(iter(answer.state.inbox), None)
    while queued is not None:
        assert worker.begin(uuid4().hex, queued.seq).receipt is Receipt.OK
        begun.append(queued.delivery_id)
        queued = worker.end(uuid4().hex).delivery


class Threads:
    """Many threads on one store: nothing is lost, nothing is done twice, and a read is one revision."""

    def test_of_many_that_claim_at_once_one_holds_the_run(self, store: Store) -> None:
        Worker(store).accept(delivery(), claims=False)
        start = threading.Barrier(THREADS)

        def claim(number: int) -> Verdict:
            start.wait()
            return Worker(store, f"claim {number}").claim().verdict

        with ThreadPoolExecutor(THREADS) as pool:
            verdicts = list(pool.map(claim, range(THREADS)))
        assert sorted(verdicts) == [Verdict.CLAIMED, *[Verdict.QUEUED] * (THREADS - 1)]

    def test_of_many_that_make_a_run_at_once_one_makes_it(self, store: Store) -> None:
        start = threading.Barrier(THREADS)

        def make(number: int) -> Verdict:
            start.wait()
            return Worker(store, f"claim {number}").accept(delivery(), uid=f"u{number}", new=True).verdict

        with ThreadPoolExecutor(THREADS) as pool:
            verdicts = list(pool.map(make, range(THREADS)))
        assert sorted(verdicts) == [Verdict.CLAIMED, *[Verdict.EXISTS] * (THREADS - 1)]

    def test_every_delivery_is_begun_once(self, store: Store) -> None:
        begun: list[str] = []

        def deliver_and_drain(number: int) -> None:
            for count in range(10):
                worker = Worker(store, uuid4().hex)
                worker.accept(delivery(f"{number}/{count}"), claims=False)
                drain(worker, begun)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(deliver_and_drain, range(THREADS)))
        drain(Worker(store, "last"), begun)
        assert sorted(begun) == sorted(f"{number}/{count}" for number in range(THREADS) for count in range(10))

    def test_a_read_is_one_revision_while_others_write(self, store: Store) -> None:
        writer = Worker(store, "writer")
        writer.accept(delivery())
        is_done = threading.Event()

        def read() -> int:
            reads = 0
            while not is_done.is_set():
                state = writer.load()
                texts = {cell.text for cell in state.cells}
                assert len(texts) <= 1
                assert texts <= {str(state.revision)}
                reads += 1
            return reads

        with ThreadPoolExecutor(3) as pool:
            readers = [pool.submit(read) for _ in range(3)]
            for _ in range(100):
                text = str(writer.revision + 1)
                cells = (
                    Cell(key=Key(f"K{place}"), present=True, text=text, changed=1, different=1, by=None)
                    for place in range(5)
                )
                assert writer.save(uuid4().hex, opens(*cells)).receipt is Receipt.OK
            is_done.set()
            assert all(reader.result() for reader in readers)
