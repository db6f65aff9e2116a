"""A small project of a user that is edited at random: types, terms made of them, a helper, and a workflow.

Everything by which it differs from edit to edit is a field of `Project`; one process after another imports it.
"""

from __future__ import annotations

import importlib
import linecache
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from hypothesis import strategies as st

MODULES = ("cached_data", "cached_help", "cached_terms", "cached_flow")
FLAG = "POLARIS_TEST_FLAG"

_TERMS = (
    "X = A",
    "X = B",
    "X = A | B",
    "X: Any = A",
    "X = 'A'",
    "X = Y = B",
    "X = list[A]",
    "X = NewType('X', A)",
    "X = A\nX = B",
    "class X:\n    a: A",
    "@dataclass\nclass X:\n    a: 'A'\n    b: B | None = None",
    "@dataclass\nclass X(Base):\n    a: A",
    "class X(Base, Enum):\n    RED = 1",
    "from cached_data import A as X",
    "from cached_help import X",
    "from cached_help import *",
    "from cached_help import Odd as X",
    "import cached_help\nX = cached_help.X",
    "if FLAG:\n    X = A\nelse:\n    X = B",
    "X = A\nif FLAG:\n    X = B",
    "X = A if FLAG else B",
    "X = [A, B][FLAG]",
    "X = choose()",
    "X = chosen",
    "X = 'chosen'",
    "X = NewType('X', chosen)",
    "try:\n    from cached_help import gone as X\nexcept ImportError:\n    X = A",
    "if FLAG:\n    class X:\n        a: A\nelse:\n    class X:\n        a: B",
    "@dataclass\nclass X:\n    a: A\n    if FLAG:\n        b: B",
    "@dataclass\nclass X:\n    a: chosen",
    "class X(Enum):\n    RED = 2 if FLAG else 1",
    "for X in (A, B)[: 1 + FLAG]: ...",
    "def set_it():\n    global X\n    X = B if FLAG else A\nset_it()",
    "globals()['X'] = B if FLAG else A",
)
_HELP = (
    "X = A\n",
    "X = B\n",
    "from cached_data import B as X\n",
    "from cached_data import *\nX = list[B]\n",
    "if FLAG:\n    from cached_data import B as X\nelse:\n    from cached_data import A as X\n",
)
_IMPORTS = (
    "from cached_terms import X",
    "from cached_terms import *",
    "import cached_terms",
    "import cached_terms as t",
)
_NAMES = {"import cached_terms": "cached_terms.X", "import cached_terms as t": "t.X"}
_HINTS = ("{}", "Access[{}]", "list[{}]", "'{}'", "{} | None = None", "Annotated[{}, 'note']")


@dataclass(frozen=True, kw_only=True)
class Project:
    """What an edit can change; the first of each is an honest beginning."""

    field: str = "int"
    kind: str = "dataclass(frozen=True)"
    renamed: str = "C"
    chosen: str = "A"
    helps: str = _HELP[0]
    term: str = _TERMS[0]
    imports: str = _IMPORTS[0]
    hint: str = _HINTS[0]
    future: bool = False
    turned: bool = False
    once: bool = False
    makes: str = "C"
    comment: int = -1
    without: bool = False


CHOICES: dict[str, st.SearchStrategy[object]] = {
    "field": st.sampled_from(["int", "str", "'B'", "gone"]),
    "kind": st.sampled_from(["dataclass(frozen=True)", "dataclass", "final"]),
    "renamed": st.sampled_from(["C", "D"]),
    "chosen": st.sampled_from(["A", "B", "B if FLAG else A"]),
    "helps": st.sampled_from(_HELP),
    "term": st.sampled_from(_TERMS),
    "imports": st.sampled_from(_IMPORTS),
    "hint": st.sampled_from(_HINTS),
    "future": st.booleans(),
    "turned": st.booleans(),
    "once": st.booleans(),
    "makes": st.sampled_from(["C", "C | None", "A", "C | B"]),
    "comment": st.integers(0, len(MODULES) - 1),
    "without": st.booleans(),
}


def texts(project: Project) -> dict[str, str]:
    """Write the modules; a project without its terms has one module less."""
    head = "import os\nfrom dataclasses import dataclass\nfrom enum import Enum\n"
    head += "from typing import Annotated, Any, NewType, final\nfrom polaris import Access, Workflow, builder\n"
    head += f"FLAG = {FLAG!r} in os.environ\n"
    future = "from __future__ import annotations\n" if project.future else ""
    data = f"class B: ...\n@{project.kind}\nclass A:\n    n: {project.field!r}\nclass {project.renamed}: ...\n"
    helps = f"from cached_data import A, B\nclass Base: ...\nchosen = {project.chosen}\ndef choose(): return chosen\n"
    helps += f"if FLAG:\n    Odd = A\nelse:\n    Odd = B\n{project.helps}"
    terms = f"from cached_data import A, B\nfrom cached_help import Base, choose, chosen\n{project.term}\n"
    name = _NAMES.get(project.imports, "X")
    imports = project.imports
    if project.without:
        imports, name = f"try:\n    {project.imports}\nexcept ImportError:\n    from cached_data import A as X", "X"
    once = "(once=True)" if project.once else ""
    builders = [
        f"@builder{once}\ndef make(x: {project.hint.format(name)}) -> {project.makes}: ...\n",
        "@builder\ndef end(c: C, b: B | None = None) -> End: ...\n",
    ]
    flow = f"from cached_data import A, B, {project.renamed} as C\n{imports}\nclass End: ...\n"
    flow += "".join(reversed(builders) if project.turned else builders) + "flow = Workflow('flow', target=End)\n"
    written = dict(zip(MODULES, (future + head + text for text in (data, helps, terms, flow)), strict=True))
    if project.comment >= 0:
        written[MODULES[project.comment]] += "# a comment\n"
    if project.without:
        del written["cached_terms"]
    return written


class Edit(NamedTuple):
    """One thing that happens to a project.

    Attributes:
        what: a field of the project, or ``touch``, ``flip`` (the environment), ``revert``.
        value: what the field becomes; the number of a module, or of an earlier state.
        keeps_time: whether the files keep the time of their last change, as far as they had one.
    """

    what: str
    value: object
    keeps_time: bool


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Give a random edit."""
    number = st.integers(0, 9)
    ways = {**CHOICES, "touch": number, "flip": number, "revert": number, "term ": CHOICES["term"]}
    what = draw(st.sampled_from(sorted(ways)))
    return Edit(what.strip(), draw(ways[what]), draw(st.booleans()))


class Desk:
    """Where somebody edits a project.

    Args:
        folder: where its files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._states = [Project()]
        self._written: dict[str, str] = {}
        self._times: dict[str, tuple[int, int]] = {}

    def do(self, edit: Edit) -> None:
        """Make an edit."""
        project = self._states[-1]
        if edit.what == "flip":
            if os.environ.pop(FLAG, None) is None:
                os.environ[FLAG] = "1"
        elif edit.what == "touch":
            path = self._folder / f"{MODULES[int(str(edit.value)) % len(MODULES)]}.py"
            if path.exists():
                os.utime(path)
        elif edit.what == "revert":
            project = self._states[int(str(edit.value)) % len(self._states)]
        else:
            project = replace(project, **{edit.what: edit.value})
        self._states.append(project)
        self.write(keeps_time=edit.keeps_time)

    def write(self, *, keeps_time: bool = False) -> None:
        """Write the files that differ."""
        written = texts(self._states[-1])
        for name in MODULES:
            path = self._folder / f"{name}.py"
            if name not in written:
                path.unlink(missing_ok=True)
            elif written[name] != self._written.get(name) or not path.exists():
                path.write_text(written[name], encoding="utf-8")
                if keeps_time and name in self._times:
                    os.utime(path, ns=self._times[name])
                status = path.stat()
                self._times[name] = status.st_atime_ns, status.st_mtime_ns
        self._written = written


@contextmanager
def project_in(folder: Path) -> Iterator[Desk]:
    """Give a desk for a project in a folder that can be imported from; afterwards everything is as it was."""
    compiles, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # Python's own cache looks at times only
    sys.path.insert(0, str(folder))
    try:
        desk = Desk(folder)
        desk.write()
        yield desk
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = compiles
        os.environ.pop(FLAG, None)
        _forget()


def import_again() -> ModuleType:
    """Import the module of the workflow as another process would.

    Raises:
        Exception: whatever the module raises.
    """
    _forget()
    return importlib.import_module("cached_flow")


def _forget() -> None:
    for name in MODULES:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    linecache.clearcache()
