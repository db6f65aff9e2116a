import os
import signal
import threading
import time
from dataclasses import dataclass

import pytest

import polaris
from polaris import Workflow, builder
from polaris._cli.stopping import gated, stopping
from polaris.stores import MemoryStore


@dataclass(frozen=True)
class Host:
    name: str


@dataclass(frozen=True)
class Greeting:
    text: str


@builder
def greet(host: Host) -> Greeting:
    if host.name == "stop":
        signal.raise_signal(signal.SIGTERM)
    return Greeting(f"Hello {host.name}")


hello = Workflow("hello", target=Greeting, builders=[greet])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_to_stop_and_says_so(number: signal.Signals, capfd: pytest.CaptureFixture[str]) -> None:
    with stopping() as stop:
        assert not stop.is_asked
        signal.raise_signal(number)
        assert stop.is_asked
    assert capfd.readouterr().err.startswith("Stopping when the run at hand is done")


def test_a_second_signal_interrupts() -> None:
    with stopping():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_signals_mean_afterwards_what_they_meant_before() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), stopping():
        raise ZeroDivisionError
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_where_nobody_listens_it_stops_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_file: int, _text: bytes) -> int:
        raise OSError

    monkeypatch.setattr(os, "write", closed)
    with stopping() as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_asked


def test_a_pause_lasts_as_long_as_was_said() -> None:
    with stopping() as stop:
        before = time.monotonic()
        stop.pause(0.05)
        assert time.monotonic() - before >= 0.05


def test_a_signal_ends_a_pause() -> None:
    with stopping() as stop:
        threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
        stop.pause(60)
        assert stop.is_asked


def test_after_a_signal_there_is_no_pause() -> None:
    with stopping() as stop:
        signal.raise_signal(signal.SIGTERM)
        stop.pause(60)
        assert stop.is_asked


def test_runs_are_taken_over_until_somebody_asks_to_stop() -> None:
    with (
        stopping() as stop,
        polaris.open_engine(gated(MemoryStore(), stop), hello) as engine,
    ):
        for run_id, name in (("h-1", "Ada"), ("h-2", "stop"), ("h-3", "Bob")):
            engine.run(hello, run_id, new=True)
            engine.deliver(run_id, Host(name))
        assert engine.recover() == ["h-1", "h-2"]
        assert engine.recover() == []
        assert Greeting in engine.get("h-2")
        assert Greeting not in engine.get("h-3")
