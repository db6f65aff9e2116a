#!/usr/bin/env python3
"""Every chore of the project under one name.

Needs Python 3.11 or later and nothing else. The first use makes `.venv` (with uv where that is on PATH, else with venv
and pip) and installs the project into it, editable, with all its tools; later uses find it ready, until the project
file or the version of Python changes.
"""

import argparse
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.11", "3.12", "3.13")
QUICKSTART = "ride.py"  # the first python block of the README, as the README calls it
MOST_RIDES = 5
AT_ONCE = ("-n", str((os.cpu_count() or 1) * 3 // 2))  # more than there are processors: some tests only wait
OF_ONE_PYTHON = ("tests/integration/test_scale.py", "tests/integration/test_stress.py")  # how much, not how
BIN = "Scripts" if os.name == "nt" else "bin"


class Interpreter(NamedTuple):
    """A Python that environments are made with."""

    path: str
    version: str


def interpreter(command: str, environ: Mapping[str, str] | None = None) -> Interpreter | None:
    """Asks a command which Python it really is: a version manager's shim may stand for another, or for none."""
    ask = "import sys; print(getattr(sys, '_base_executable', '') or sys.executable); print(sys.version.split()[0])"
    answer = subprocess.run([command, "-c", ask], capture_output=True, text=True, check=False, env=environ)
    return Interpreter(*answer.stdout.splitlines()) if answer.returncode == 0 else None


def run(*command: str | Path, cwd: Path = ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Shows a command, runs it and gives its exit code."""
    words = [str(word) for word in command]
    print("$", shlex.join(word.replace(f"{ROOT}{os.sep}", "") for word in words), flush=True)
    return subprocess.run(words, cwd=cwd, env=environ, check=False).returncode


def must(*command: str | Path) -> None:
    """Runs a command without which there is no going on."""
    if code := run(*command):
        sys.exit(f"dev.py: this failed, with exit code {code}: {shlex.join(map(str, command))}")


# --- environments -----------------------------------------------------------------------------------------------------


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Waits while another process makes the same environment (where the system has such locks)."""
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def create(folder: Path, base: Interpreter) -> None:
    """Makes a new, empty environment."""
    shutil.rmtree(folder, ignore_errors=True)
    if uv := shutil.which("uv"):
        return must(uv, "venv", "--quiet", "--python", base.path, folder)
    if subprocess.run([base.path, "-c", "import ensurepip"], capture_output=True, check=False).returncode:
        minor = ".".join(base.version.split(".")[:2])
        sys.exit(
            f"dev.py: {base.path} cannot make environments, its ensurepip is missing.\n"
            f"On Debian and Ubuntu: apt install python{minor}-venv. Anywhere: put uv on PATH."
        )
    return must(base.path, "-m", "venv", folder)


def install(folder: Path, *what: str) -> None:
    """Installs into an environment, with the tool that made it."""
    python = folder / BIN / "python"
    if uv := shutil.which("uv"):
        return must(uv, "pip", "install", "--quiet", "--python", python, *what)
    return must(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)


def fingerprint() -> str:
    """Tells one state of the project file from another."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()


def environment(name: str = ".venv", base: Interpreter | None = None) -> Path:
    """Gives the Python of an environment with the project in it, made or brought up to date where needed."""
    folder, base = ROOT / name, base or interpreter(sys.executable)
    assert base is not None, "this Python does not run"  # noqa: S101
    wanted = [fingerprint(), str(ROOT), base.version, "uv" if shutil.which("uv") else "pip"]
    stamp = folder / "dev.stamp"

    def stamped() -> list[str]:
        return stamp.read_text().splitlines() if stamp.exists() else []

    if stamped()[:3] != wanted[:3]:
        with alone(folder):
            there = stamped()
            if there[:3] != wanted[:3]:
                if there[1:] != wanted[1:]:
                    create(folder, base)
                stamp.unlink(missing_ok=True)
                install(folder, "--editable", ".[dev]")
                stamp.write_text("\n".join(wanted))
    return folder / BIN / "python"


def use(*command: str | Path, python: Path | None = None, **variables: str) -> int:
    """Runs a module or a script with the project's Python, and with its tools on PATH."""
    python = python or environment()
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environ = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(python.parent.parent), **variables}
    return run(python, *command, environ=environ)


def all_of(*codes: int) -> int:
    """One exit code for several commands that were all run."""
    return next((code for code in codes if code), 0)


# --- verbs: the first line of each docstring is what --help says ------------------------------------------------------


def demo(_: Sequence[str]) -> int:
    """Runs the demonstration, examples/02_cab_ride/demo.py."""
    return use("examples/02_cab_ride/demo.py")


def test(arguments: Sequence[str]) -> int:
    """Runs all tests with coverage; further arguments go to pytest instead, without coverage."""
    return use("-m", "pytest", *(arguments or [*AT_ONCE, "--cov"]))


def properties(_: Sequence[str]) -> int:
    """Tries every property on 500 random examples; `test` tries 50."""
    return use("-m", "pytest", *AT_ONCE, "tests/properties", POLARIS_EXAMPLES="500")


def nightly(_: Sequence[str]) -> int:
    """Tries every property on 20,000 random examples, a cheap one on 100,000, which takes hours."""
    return use("-m", "pytest", *AT_ONCE, "-o", "faulthandler_timeout=0", "tests/properties", POLARIS_EXAMPLES="20000")


def lint(options: Sequence[str]) -> int:
    """Checks style and layout with ruff; --fix mends what can be mended."""
    fix = "--fix" in options
    return all_of(
        use("-m", "ruff", "check", *(["--fix"] if fix else []), "."),
        use("-m", "ruff", "format", *([] if fix else ["--check"]), "."),
    )


def types(_: Sequence[str]) -> int:
    """Checks types with mypy and basedpyright, both strict."""
    codes = [use("-m", "mypy", *(part for part in ("src", "tests", "tools") if any((ROOT / part).rglob("*.py"))))]
    # Examples are programs, each with its own folder as the place to import from: their names may repeat.
    codes += [
        use("-m", "mypy", folder.relative_to(ROOT), MYPYPATH=str(folder))
        for folder in sorted((ROOT / "examples").glob("*/"))
        if any(folder.rglob("*.py"))
    ]
    return all_of(*codes, use("-m", "basedpyright"))


def imports(_: Sequence[str]) -> int:
    """Checks that imports point down only, with import-linter."""
    return run(environment().with_name("lint-imports"), "--no-cache")


def docs(options: Sequence[str]) -> int:
    """Builds the documents into build/docs, where a warning is an error; --write draws the reference anew before."""
    return all_of(
        use("tools/write_reference.py", *([] if "--write" in options else ["--check"])),
        use("-m", "sphinx", "--fail-on-warning", "--keep-going", "--fresh-env", "--quiet", "docs", "build/docs"),
    )


def bench(options: Sequence[str]) -> int:
    """Runs the measurements in tools/bench and keeps the figures; --quick, --peers, --json FILE, --page and more."""
    return use("-m", "tools.bench", *options)


def chaos(options: Sequence[str]) -> int:
    """Kills, stops and restarts what shares a store, and checks that nothing is lost or doubled; --seconds, --store."""
    return use("-m", "tools.chaos", *options)


def mutants(options: Sequence[str]) -> int:
    """Puts small faults into copies of the package and checks that our tests find each; words choose some; --jobs."""
    return use("-m", "tools.mutants", *options)


def matrix(options: Sequence[str]) -> int:
    """Runs all tests on Python 3.11, 3.12 and 3.13; --others leaves out the version at hand."""
    mine = "{}.{}".format(*sys.version_info)
    others = {version: find(version) for version in VERSIONS if version != mine}
    if missing := [f"python{version}" for version, base in others.items() if base is None]:
        sys.exit(f"dev.py: not on PATH, or not a Python that runs: {', '.join(missing)}")

    def made(version: str) -> Path:
        return environment(f".venv-{version}", others[version])

    with ThreadPoolExecutor() as pool:
        pythons = dict(zip(others, pool.map(made, others), strict=True))
    if "--others" not in options:
        pythons[mine] = environment()
    tests = ["-m", "pytest", *AT_ONCE, *(f"--ignore={path}" for path in OF_ONE_PYTHON)]
    wanted = sorted(pythons)
    failed = [version for version in wanted if use(*tests, python=pythons[version], POLARIS_EXAMPLES="20")]
    print("matrix:", f"failed on {', '.join(failed)}" if failed else f"passed on {', '.join(wanted)}", flush=True)
    return 1 if failed else 0


def find(version: str) -> Interpreter | None:
    """Finds a Python of this version; pyenv's commands work only for the versions that a variable names."""
    environ = dict(os.environ)
    if pyenv := shutil.which("pyenv"):
        answer = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=False)
        chosen = environ.get("PYENV_VERSION", "")  # set by the user, or by pyenv itself when it started this Python
        environ["PYENV_VERSION"] = ":".join([*chosen.split(":"), *answer.stdout.split()]).strip(":")
    command = shutil.which(f"python{version}")
    base = interpreter(command, environ) if command else None
    return base if base and base.version.startswith(f"{version}.") else None


def package(_: Sequence[str]) -> int:
    """Builds the wheel, installs it in a clean environment and runs the README's quickstart from it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    program = re.search(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    wanted = re.search(r"pip install .*?polaris-workflows(\[[\w,-]+\])?", readme)
    if not program or not wanted:
        sys.exit("dev.py: README.md must say `pip install polaris-workflows` and hold a ```python block")
    with tempfile.TemporaryDirectory(prefix="polaris-") as name:
        place = Path(name)
        must(environment(), "-m", "build", "--wheel", "--outdir", place, ROOT)
        (wheel,) = place.glob("*.whl")
        inside = zipfile.ZipFile(wheel).namelist()
        stray = {file.split("/")[0] for file in inside} - {
            "polaris",
            f"{'-'.join(wheel.name.split('-')[:2])}.dist-info",
        }
        kinds = {Path(file).suffix for file in inside}
        if stray or "polaris/py.typed" not in inside or not {".sql", ".lua"} <= kinds:
            sys.exit(f"dev.py: the wheel must hold py.typed, SQL and Lua, and nothing but polaris: {sorted(inside)}")
        base = interpreter(sys.executable)
        assert base is not None  # noqa: S101
        create(place / "clean", base)
        install(place / "clean", f"polaris-workflows{wanted[1] or ''} @ {wheel.as_uri()}")
        return ride(place / "clean" / BIN / "python", program[1], place / "user")


def ride(python: Path, program: str, folder: Path) -> int:
    """Runs the quickstart again and again, each time as a new process, until it says that it is completed."""
    folder.mkdir()
    (folder / QUICKSTART).write_text(program, encoding="utf-8")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "POLARIS"))}
    environ["POLARIS_CACHE_DIR"] = str(folder / "cache")
    for number in range(1, MOST_RIDES + 1):
        print(f"$ python {QUICKSTART}  # {number}", flush=True)
        done = subprocess.run(
            [python, QUICKSTART], cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, end="", flush=True)
        if done.returncode not in {0, -9}:  # the quickstart kills itself while it waits
            return done.returncode
        if "completed" in done.stdout.lower():
            return 0
    print(f"dev.py: the quickstart was not completed in {MOST_RIDES} runs", file=sys.stderr)
    return 1


def check(_: Sequence[str]) -> int:
    """Runs everything that CI runs, to the end, and says what failed."""
    parts: list[tuple[Callable[[Sequence[str]], int], list[str]]] = [
        *((part, []) for part in (lint, types, imports, test, properties, docs, package)),
        (chaos, []),
        (matrix, ["--others"]),
    ]
    failed = [part.__name__ for part, options in parts if part(options)]
    print("check:", f"failed: {', '.join(failed)}" if failed else "all is well", flush=True)
    return 1 if failed else 0


# Every verb with the options it knows; `test`, `bench`, `chaos` and `mutants` know none and hand on all.
VERBS: dict[Callable[[Sequence[str]], int], set[str]] = {
    demo: set(),
    test: set(),
    properties: set(),
    nightly: set(),
    lint: {"--fix"},
    types: set(),
    imports: set(),
    docs: {"--write"},
    bench: set(),
    package: set(),
    chaos: set(),
    mutants: set(),
    matrix: {"--others"},
    check: set(),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, does what it says and gives the exit code."""
    verbs = {verb.__name__: verb for verb in VERBS}
    says = "\n".join(f"  {name:<11}{(verb.__doc__ or '').splitlines()[0]}" for name, verb in verbs.items())
    parser = argparse.ArgumentParser(
        prog="dev.py",
        usage="%(prog)s VERB [options]",
        description=__doc__,
        epilog=f"verbs:\n{says}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=verbs, help=argparse.SUPPRESS)
    parser.add_argument("options", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args((sys.argv[1:] if arguments is None else arguments) or ["--help"])
    verb = verbs[given.verb]
    if verb not in {test, bench, chaos, mutants} and (unknown := set(given.options) - VERBS[verb]):
        parser.error(f"{given.verb} does not know {' '.join(sorted(unknown))}")
    return verb(given.options)


if __name__ == "__main__":
    sys.exit(main())
