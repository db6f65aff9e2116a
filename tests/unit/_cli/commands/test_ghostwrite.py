import ast
import subprocess
import sys
from pathlib import Path

from tests.unit._cli.folder import Polaris, Write

RIDE = "rides:cab_ride"

WORLD = """
from dataclasses import dataclass
from polaris import Context, Resource, Workflow, builder

@dataclass(frozen=True)
class A:
    n: int

@dataclass(frozen=True)
class Letter:
    n: int

@dataclass(frozen=True)
class Out:
    n: int

class Post:
    pass

@builder
def send(a: A, post: Resource[Post], ctx: Context) -> Letter: ...

def nested():
    @builder(once=True)
    def finish(letter: Letter) -> Out: ...
    return finish

letters = Workflow("letters", target=Out, builders=[send, nested()])
"""


def test_it_prints_a_test(polaris: Polaris) -> None:
    status, out, err = polaris("ghostwrite", RIDE)
    assert (status, err) == (0, "")
    ast.parse(out)
    assert "from rides import cab_ride\n" in out
    assert "STUB = []" in out
    assert (
        "def test_cab_ride_keeps_what_every_workflow_must() -> None:\n    check_workflow(cab_ride, stub=STUB)\n" in out
    )


def test_builders_that_talk_to_the_world_are_stood_in_for(write: Write, polaris: Polaris) -> None:
    write("world.py", WORLD)
    _, out, _ = polaris("ghostwrite", "world:letters")
    assert "from world import letters, send\n" in out
    assert "STUB = [send]" in out


def test_it_writes_a_file_but_over_none(polaris: Polaris, folder: Path) -> None:
    assert polaris("ghostwrite", RIDE, "-o", "test_rides.py") == (0, "", "")
    assert (folder / "test_rides.py").read_text(encoding="utf-8") == polaris("ghostwrite", RIDE)[1]
    status, _, err = polaris("ghostwrite", RIDE, "-o", "test_rides.py")
    assert status == 2
    assert "exists already" in err


def test_what_it_writes_runs_and_finds(polaris: Polaris, folder: Path) -> None:
    polaris("ghostwrite", RIDE, "-o", "test_rides.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_rides.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert "test_cab_ride_never_fails" in done.stdout
    assert "nobody sits on a negative seat" in done.stdout
