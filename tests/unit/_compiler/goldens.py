"""The recorded errors, by file name. ``python -m tests.unit._compiler.goldens`` records them anew: look at the diff."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from polaris._compiler.compile import compile_workflow
from polaris.errors import CompileError
from tests.unit._compiler.modules import FUTURE, HEADER, workflow_of, writing

FOLDER = Path(__file__).parents[2] / "golden" / "diagnostics"

TEXTS: Mapping[str, str] = {
    "signature": """
@builder
def match_cabbie(request, seats: int, note: str | None, *rest: A):
    yield B()

@builder
def end_ride(
    matched: Take[A | B],
    arrived: C | None,
) -> None: ...

flow = Workflow("flow", target=D)
""",
    "names": """
if TYPE_CHECKING:
    from decimal import Decimal

class CabbieMatched: ...

@builder
def price(matched: CabieMatched, amount: Decimal) -> A | None: ...

flow = Workflow("flow", target=A)
""",
    "cycle": """
@builder
def offer(bid: B | None = None) -> A: ...

@builder
def accept(offer: A) -> C: ...

@builder
def bid(accepted: C) -> B: ...

flow = Workflow("flow", target=C)
""",
    "producers": """
@builder
def list_price(a: A) -> B: ...

@builder
def special_price(a: A) -> B | None: ...

@builder
def order(price: B, approval: C | D) -> E: ...

flow = Workflow("flow", target=E, inputs=[A], prefer={E: list_price})
""",
    "two_types": """
def other():
    class Quote: ...
    return Quote

class Quote: ...
OtherQuote = other()

@builder
def make(quote: Quote) -> A: ...

@builder
def check(quote: OtherQuote, a: A) -> B: ...

flow = Workflow("flow", target=B)
""",
    "arguments": """
@builder
def make(a: A) -> B: ...

flow = Workflow(
    "flow",
    target=B | str,
    inputs=[Take[A], "C"],
    transients=[B],
    prefer={B: None},
)
""",
}


def errors() -> Mapping[str, str]:
    """Compile every text and give its error, with the file's name alone for its path."""
    return {f"{name}.txt": _error(name, text) for name, text in TEXTS.items()}


def _error(name: str, text: str) -> str:
    with TemporaryDirectory() as folder, writing(Path(folder)) as write:
        try:
            compile_workflow(workflow_of(write(FUTURE + HEADER + text, name)))
        except CompileError as error:
            return str(error).replace(f"{folder}/", "") + "\n"
    raise AssertionError(f"{name} has no fault")


if __name__ == "__main__":
    for file, error in errors().items():
        (FOLDER / file).write_text(error, encoding="utf-8")
