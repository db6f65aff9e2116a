"""The measurements: what they hand over, that what is left out is said, and the page that is made of it."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import polaris
from polaris import Workflow
from tools.bench import __main__ as bench
from tools.bench import calls, page, peers, peers_mixed
from tools.bench.rows import Row, as_json, ratios, row, shown

ROOT = Path(__file__).parents[3]


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


# --- rows -------------------------------------------------------------------------------------------------------------


def test_a_row_is_a_median_and_its_quartiles() -> None:
    assert row([5, 1, 4, 2, 3], "us") == Row(3, 2, 4, "us")
    assert row([7.0], "us") == Row(7, 7, 7, "us")
    assert ratios([(2, 6), (1, 3), (10, 30)], "x") == Row(3, 3, 3, "x")


def test_rows_are_shown_and_what_is_left_out_is_said() -> None:
    rows = as_json({"a": Row(1234.567, 1000.0, 2000.0, "us"), "long name": "no package"})
    assert rows == {"a": {"median": 1235.0, "low": 1000.0, "high": 2000.0, "unit": "us"},
                    "long name": {"left out": "no package"}}  # fmt: skip
    assert [line.split() for line in shown(rows).splitlines()] == [
        ["a", "1,235.0", "(1,000.0", "to", "2,000.0)", "us"],
        ["long", "name", "left", "out:", "no", "package"],
    ]


# --- the command ------------------------------------------------------------------------------------------------------


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.bench", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_one_command_measures_prints_and_keeps_the_figures_that_it_does_not_measure(tmp_path: Path) -> None:
    file = tmp_path / "there" / "found.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"stores": {"about": {}, "rows": {}}}), encoding="utf-8")
    done = run("--quick", "--json", str(file), "makespan")
    assert done.returncode == 0, done.stderr
    assert "x critical path" in done.stdout
    assert "left out: sciline, hamilton, pipefunc, dask, pydantic-graph, langgraph, burr, dbos" in done.stdout
    found = read(file)
    assert set(found) == {"stores", "makespan"}
    assert found["makespan"]["rows"]["threads"]["median"] >= 1
    assert found["makespan"]["about"]["quick"] is True


def test_a_word_that_names_no_measurement_is_an_error() -> None:
    done = run("--quick", "no-such")
    assert done.returncode == 2
    assert "no measurement is named so: no-such; there are: calls, checks" in done.stderr


def test_a_program_that_fails_is_said() -> None:
    rows, code = bench.measured(sys.executable, ["peers", "no such peer"], quick=True)
    assert rows == {"all": {"left out": "the program failed, with exit code 2"}}
    assert code == 2


def test_every_program_and_every_peer_is_measured() -> None:
    programs = {path.stem for path in (ROOT / "tools" / "bench").glob("*.py")}
    helpers = {"__main__", "rows", "page", "peers_mixed"}
    everything = bench.programs(peers=True)
    assert {program[0] for _, program in everything.values()} == programs - helpers
    assert [peer for peer in peers.PEERS if f"peers {peer}" not in everything] == []
    assert all(who is None for who, _ in bench.programs(peers=False).values())
    assert {*page.TABLES} == {name for name, (who, _) in everything.items() if who is None}


# --- the work of the peers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", peers.WORKS)
def test_all_do_the_same_work(name: str) -> None:
    case = peers.WORKS[name]()
    workflow, data, by_hand = case
    assert polaris.run(workflow, *data).result == by_hand(*data)
    if name == "mixed":
        with pytest.raises(peers.LeftOutError):
            peers.work(case)
        return
    todo = peers.work(case)
    made = {todo.begin: todo.datum}
    for node in todo.nodes:
        made[node.makes] = peers.renamed(node)(**{key: made[key] for key in node.takes.values()})
    assert made[todo.end] == by_hand(*data)


@pytest.mark.parametrize("number", [1, 20])
def test_the_steps_of_the_checkout_come_to_the_same_on_both_branches(number: int) -> None:
    workflow, (order, note), by_hand = calls.mixed()
    kind: Any = type(order)
    data = kind(number), note
    make, state = peers_mixed.functions((workflow, data, by_hand)), dict(zip(("order", "note"), data, strict=True))
    keys = [*peers_mixed.STEPS]
    for key in keys[: keys.index("verdict") + 1]:
        state[key] = make[key](*(state[name] for name in peers_mixed.STEPS[key]))
    rest = peers_mixed.OTHER if peers_mixed.to_letter(state) else keys[keys.index("invoice") : -2]
    for key in rest:
        state[key] = make[key](*(state[name] for name in peers_mixed.STEPS[key]))
    assert state[rest[-1]] == by_hand(*data)


def test_what_a_peer_cannot_do_is_left_out_with_a_word_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert peers.one(peers.PEERS["dbos"], "chain 10", lambda: calls.chain(10), 1) == {
        "chain 10": "every step is stored: see the durable rows"
    }
    monkeypatch.setattr(peers, "SECONDS", 1)
    monkeypatch.setattr("gc.collect", lambda: 0)  # among all tests that takes long, and what is raised in it is lost

    def slow(_todo: peers.Work) -> peers.Call:
        time.sleep(60)
        raise AssertionError

    found = peers.one(peers.Peer([], "", slow), "chain 1000", lambda: calls.chain(2), 1)
    assert found == {"chain 1000": "not built and measured in 1 s"}


def test_a_peer_is_measured_beside_us_and_its_answer_is_compared() -> None:
    by_hand: list[Workflow[Any]] = []

    def build(todo: peers.Work) -> peers.Call:
        by_hand.append(todo.case[0])
        return calls.hand(todo.case)

    found = peers.one(peers.Peer([], "", build), "chain 10", lambda: calls.chain(10), 2)
    assert [*found] == ["chain 10", "chain 10, polaris.run", "chain 10, times", "chain 10, first result",
                        "chain 10, first result, times"]  # fmt: skip
    assert len(by_hand) == 5
    wrong = peers.Peer([], "", lambda _: lambda: None)
    assert peers.one(wrong, "chain 1000", lambda: calls.chain(2), 2) == {"chain 1000": "its answer is another one"}


# --- the page ---------------------------------------------------------------------------------------------------------


def figure(median: float) -> dict[str, Any]:
    return {"median": median, "low": median, "high": median, "unit": "x"}


def test_the_page_is_as_it_would_be_written_now() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.written(page.recorded()), "python3 tools/dev.py bench --page"


def test_an_aim_is_met_or_missed_or_was_not_measured() -> None:
    rows = {"chain 10": figure(1.5), "fan 10": figure(1.51), "mixed": {"left out": "why"}}
    stores = {"sqlite full, builder, share": figure(0.8), "postgres, builder, share": figure(0.49)}
    told = page.aims({"calls": {"about": {}, "rows": rows}, "stores": {"about": {}, "rows": stores}})
    assert f"Of {len(page.AIMS)} aims 2 are met, 2 are missed and {len(page.AIMS) - 4} were not measured." in told
    for line in ("| at most 1.5 | 1.5 | met |", "| at most 1.5 | 1.51 | **missed** |",
                 "| at most 1.5 | why | not measured |", "| at least 0.8 | 0.8 | met |",
                 "| at least 0.5 | 0.49 | **missed** |"):  # fmt: skip
        assert line in told


def test_the_best_of_all_peers_is_what_counts_and_who_is_better_than_we_are_is_said() -> None:
    about = {"version": "1"}
    found = {
        "peers sciline": {"about": about, "rows": {"chain 10, times": figure(16), "chain 10": figure(20)}},
        "peers dask": {"about": about, "rows": {"chain 10, times": figure(14), "fan 10": {"left out": "broken"}}},
        "peers burr": {"about": about, "rows": {"chain 10, first result, times": figure(0.5)}},
    }
    assert page.best(found) == {"chain 10": figure(14)}
    assert "| burr | chain 10, first result | 2 |" in page.better(found)
    assert "Nowhere" in page.better({})
    told = page.in_memory(found)
    assert "| sciline | 20 | - |" in told
    assert "| dask, fan 10 | broken |" in told
    assert "| langgraph | not measured |" in told
