"""Runs the measurements, prints what they find and keeps it as JSON; `tools/dev.py bench` starts it.

Each measurement is a program of its own, `python -m tools.bench.calls` for one, which knows more options. What is not
measured is said, with the reason; in the file, it keeps the figures that it had.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools import dev
from tools.bench import page
from tools.bench.peers import PEERS
from tools.bench.rows import shown

HERE = (
    "calls", "checks", "compile_cost", "import_cost", "insight_cost", "leak", "makespan", "million", "stores",
)  # fmt: skip
DURABLE = ("langgraph", "dbos")
FOLDER = ".venv-peers"


def environment(peer: str) -> Path:
    """Give the Python of an environment with the project and a peer in it, made where it is not there yet."""
    folder = dev.ROOT / FOLDER / peer
    wanted = "\n".join([dev.fingerprint(), platform.python_version(), *PEERS[peer].packages])
    stamp = folder / "bench.stamp"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        base = dev.interpreter(sys.executable)
        assert base is not None, "this Python does not run"  # noqa: S101
        folder.parent.mkdir(exist_ok=True)
        dev.create(folder, base)
        dev.install(folder, "--editable", ".", *PEERS[peer].packages)
        stamp.write_text(wanted, encoding="utf-8")
    return folder / dev.BIN / "python"


def measured(python: Path | str, program: Sequence[str], *, quick: bool) -> tuple[dict[str, Any], int]:
    """Run one program; give its rows, if it came to its end, and its exit code."""
    command = [python, "-m", f"tools.bench.{program[0]}", *program[1:], "--json", *(["--quick"] if quick else [])]
    done = subprocess.run(command, cwd=dev.ROOT, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.splitlines()
    try:
        return json.loads(lines[-1]), done.returncode
    except (IndexError, ValueError):
        return {"all": {"left out": f"the program failed, with exit code {done.returncode}"}}, done.returncode or 1


def version(python: Path, package: str) -> str:
    """Give the version of what is installed."""
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", ask], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def about(*, quick: bool, more: Mapping[str, str]) -> dict[str, object]:
    """Say when and where something was measured."""
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "quick": quick,
        **more,
    }


def as_text(found: Mapping[str, Any]) -> str:
    """Write all figures as JSON, a row in a line, so that a difference can be read."""
    parts: list[str] = []
    for name, one in sorted(found.items()):
        rows = ",\n".join(f"  {json.dumps(row)}: {json.dumps(figure)}" for row, figure in one["rows"].items())
        parts.append(f' {json.dumps(name)}: {{"about": {json.dumps(one["about"])}, "rows": {{\n{rows}\n }}}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def programs(*, peers: bool) -> dict[str, tuple[str | None, list[str]]]:
    """Give all measurements by name: whose environment they need, and the program."""
    found: dict[str, tuple[str | None, list[str]]] = {name: (None, [name]) for name in HERE}
    if peers:
        found |= {f"peers {name}": (name, ["peers", name]) for name in PEERS}
        for name in DURABLE:
            for setting in ("normal", "full"):
                found[f"others {name} {setting}"] = name, ["others", "--synchronous", setting]
    return found


def main() -> int:
    """Read the command line, do what it says and give the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    parser.add_argument("--peers", action="store_true", help="measure other libraries, too, each in its environment")
    parser.add_argument("--json", type=Path, default=dev.ROOT / "build" / "bench.json", help="where the figures go")
    parser.add_argument("--page", action="store_true", help=f"only write {page.PAGE.name}, from the recorded figures")
    parser.add_argument("--record", action="store_true", help="keep the figures as those that the page is made from")
    parser.add_argument("names", nargs="*", help="measure only those whose names hold one of these words")
    options = parser.parse_args()
    if options.page:
        page.PAGE.write_text(page.written(page.recorded()), encoding="utf-8")
        return 0
    everything = programs(peers=options.peers)
    words: list[str] = options.names or [""]
    chosen = {name: one for name, one in everything.items() if any(word in name for word in words)}
    if not chosen:
        parser.error(f"no measurement is named so: {', '.join(words)}; there are: {', '.join(everything)}")
    return all_of(chosen, page.RECORD if options.record else options.json, quick=options.quick, peers=options.peers)


def all_of(chosen: Mapping[str, tuple[str | None, list[str]]], file: Path, *, quick: bool, peers: bool) -> int:
    """Make the measurements one after another, and keep each as soon as it is made."""
    file.parent.mkdir(exist_ok=True)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    failed: list[str] = []
    for name, (peer, program) in chosen.items():
        print(f"== {name}", flush=True)
        python = environment(peer) if peer else Path(sys.executable)
        rows, code = measured(python, program, quick=quick)
        more = {"version": version(python, PEERS[peer].packages[0])} if peer else {}
        found[name] = {"about": about(quick=quick, more=more), "rows": rows}
        file.write_text(as_text(found), encoding="utf-8")
        print(shown(rows), flush=True)
        failed += [name] if code else []
    if not peers:
        print(f"left out: {', '.join(PEERS)}: each is measured in an environment of its own, with --peers")
    print(f"written: {file}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
