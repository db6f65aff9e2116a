"""The fingerprint: the same for equal meaning, another for another meaning."""

import pytest

from polaris._compiler.compile import compile_workflow
from tests.unit._compiler.modules import HEADER, Write, workflow_of

TEXT = """
@dataclass
class Ride:
    number: int
    note: str = ""

@builder
def make(a: A, ride: Ride, d: D | None = None) -> B | None: ...

@builder
def end(b: B) -> C: ...

flow = Workflow("flow", target=C)
"""


def fingerprint_of(write: Write, text: str) -> str:
    return compile_workflow(workflow_of(write(HEADER + text))).plan.fingerprint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: A, ride: Ride, ", "ride: Ride, other: A, "),
        ("@builder\ndef end", "@builder(retry=Retry(attempts=9))\ndef end"),
        ("@builder\ndef end", "@builder(timeout=9)\ndef end"),
        ("@builder\ndef end", "@builder(local=True, rerun=True)\ndef end"),
        ("@builder\ndef end", "@builder(renamed_from='finish')\ndef end"),
        ("-> C: ...", "-> C:\n    # a comment\n    return C()"),
        ("target=C", "target=C, timeout=9, max_passes=9"),
        ("target=C", "target=C, renamed={'Old': A}"),
        ("def end(b: B)", "def end(ctx: Context, b: B)"),
        ("\n@builder\ndef make", "\n\n\n# moved down\n@builder\ndef make"),
        ("@builder\ndef end", "@builder(name='end')\ndef finish"),
    ],
)
def test_what_does_not_change_the_meaning_does_not_change_it(old: str, new: str, write: Write) -> None:
    assert old in TEXT
    assert fingerprint_of(write, TEXT) == fingerprint_of(write, TEXT.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("number: int", "number: str"),
        ("number: int", "count: int"),
        ("note: str = ", "note: str | None = "),
        ('note: str = ""', "note: str"),
        ("a: A,", "a: Access[A],"),
        ("a: A,", "a: Feedback[A],"),
        ("a: A,", "a: Take[A],"),
        ("a: A,", "a: A | E,"),
        ("d: D | None = None", "d: D"),
        ("-> B | None", "-> B"),
        ("-> C: ...", "-> C | E: ..."),
        ("-> C: ...", "-> tuple[C, E]: ..."),
        ("@builder\ndef end", "@builder(once=True)\ndef end"),
        ("def end", "def finish"),
        ("target=C", "target=B"),
        ("target=C", "target=C | B"),
        ("target=C", "target=tuple[C, B]"),
        ("target=C", "target=C, transients=[B]"),
        ("@dataclass\n", ""),
        ('Workflow("flow"', 'Workflow("other"'),
    ],
)
def test_what_changes_the_meaning_changes_it(old: str, new: str, write: Write) -> None:
    assert old in TEXT
    assert fingerprint_of(write, TEXT) != fingerprint_of(write, TEXT.replace(old, new))


def test_it_is_a_sha_256_in_hexadecimal(write: Write) -> None:
    found = fingerprint_of(write, TEXT)
    assert len(found) == 64
    assert int(found, 16) >= 0
