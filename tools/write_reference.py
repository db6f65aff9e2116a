#!/usr/bin/env python3
"""Writes the reference that is drawn from the code: a page for every diagnostic, and two JSON schemas.

A page is made of its row in the table of codes and of a folder in tests/golden/diagnostics: `why.md` says what the
code means, `bad.py` is an example, `printed.txt` what is printed about it, `good.py` the same without the fault.
`printed.txt` is written too, by compiling the example. With --check nothing is written, and what is not as it would
be written is named.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import msgspec

from polaris import Workflow
from polaris._cache.format import FORMAT, Document
from polaris._cli.findings import check_workflows
from polaris._compiler.codes import RULES, Rule
from polaris._model.diagnostic import Severity
from polaris.export.as_json import FORMAT as PICTURE_FORMAT
from polaris.export.as_json import Picture

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = Path("tests/golden/diagnostics")
PAGES = Path("docs/reference/diagnostics")
SCHEMA = Path("docs/reference/plan.schema.json")
PICTURE_SCHEMA = Path("docs/reference/picture.schema.json")

EXAMPLE = "rides"
"""The module that every example is."""

FAMILIES = {
    "POL1": "One signature",
    "POL2": "The graph",
    "POL3": "Doubtful, but it works",
    "POL4": "What has to be stored",
}

MEANS = {
    Severity.ERROR: "An **error**: the workflow has no plan until it is mended.",
    Severity.WARNING: "A **warning**: the workflow runs. `polaris check` and `polaris compile` tell of it.",
}

INDEX = """\
# Diagnostics

What the compiler finds wrong or doubtful about a workflow.
A code is stable, and is never used again for something else.
[`polaris check`](../cli.md) finds all of them at once; `polaris.compile_plan` and the engines raise a `CompileError`
that holds all errors.

```{toctree}
:hidden:
:glob:

POL*
```
"""


# --- examples ---------------------------------------------------------------------------------------------------------


def printed(text: str) -> str:
    """Says what `polaris check` prints about a module, without the line that counts; nothing if nothing is wrong."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / f"{EXAMPLE}.py").write_text(text, encoding="utf-8")
        with imported(folder) as module:
            workflows: list[Workflow[Any]] = [thing for thing in vars(module).values() if isinstance(thing, Workflow)]
            checked = check_workflows(workflows, folder)
    if checked.refused or not workflows:
        raise ValueError(f"this example has no workflow that can be compiled: {checked.refused}\n{text}")
    return "".join(f"{finding.diagnostic}\n" for finding in checked.findings)


@contextmanager
def imported(folder: Path) -> Generator[ModuleType]:
    """Imports the example in a folder, and forgets it again."""
    before = sys.modules.pop(EXAMPLE, None)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(EXAMPLE)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(EXAMPLE, None)
        if before is not None:
            sys.modules[EXAMPLE] = before


def all_printed() -> Mapping[Path, str]:
    """Gives what is printed about every example, by file."""
    return {EXAMPLES / rule.code / "printed.txt": printed(example(rule, "bad.py")) for rule in RULES}


def example(rule: Rule, name: str) -> str:
    """Reads a file of the example of a code."""
    return (ROOT / EXAMPLES / rule.code / name).read_text(encoding="utf-8")


# --- pages ------------------------------------------------------------------------------------------------------------


def pages() -> Mapping[Path, str]:
    """Gives every file of the reference that is drawn from the code and the examples."""
    return {
        PAGES / "index.md": index(),
        **{PAGES / f"{rule.code}.md": page(rule) for rule in RULES},
        SCHEMA: _as_text(schema()),
        PICTURE_SCHEMA: _as_text(picture_schema()),
    }


def index() -> str:
    """Lists the codes by family."""
    parts = [INDEX]
    for family, rules in groupby(RULES, key=lambda rule: rule.code[:4]):
        lines = [f"- [{rule.code}]({rule.code}.md): {rule.title}" for rule in rules]
        parts.append(f"## {family}xx: {FAMILIES[family]}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def page(rule: Rule) -> str:
    """Draws the page of a code."""
    bad, good, said, why = (example(rule, name) for name in ("bad.py", "good.py", "printed.txt", "why.md"))
    return f"""\
# {rule.code}: {rule.title}

{MEANS[rule.severity]}

{why}
## An example

```python
{bad}```

As `{EXAMPLE}.py` it is told like this:

```text
{said}```

## Without the fault

```python
{good}```
"""


def schema() -> Mapping[str, object]:
    """Gives the JSON schema of a plan file, as the nouns of a plan declare it."""
    found = drawn("A plan of Polaris", Document)
    found["$defs"]["Document"]["properties"]["format"] = {"const": FORMAT}
    return found


def picture_schema() -> Mapping[str, object]:
    """Gives the JSON schema of a picture as JSON."""
    found = drawn("A plan of Polaris as a picture shows it", Picture)
    picture = found["$defs"]["Picture"]
    picture["properties"]["format"] = {"const": PICTURE_FORMAT}
    picture["required"].append("format")
    return found


def drawn(title: str, noun: type) -> dict[str, Any]:
    """Draws the JSON schema of a noun, with the first paragraph of each docstring."""
    found = msgspec.json.schema(noun)
    for part in found["$defs"].values():
        if "description" in part:
            part["description"] = " ".join(part["description"].partition("\n\n")[0].split())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **found}


def _as_text(schema: Mapping[str, object]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


# --- the command ------------------------------------------------------------------------------------------------------


def stale(files: Mapping[Path, str]) -> list[Path]:
    """Names the files that are missing or say something else, and the pages that belong to no code."""
    written = {file: (ROOT / file).read_text(encoding="utf-8") for file in files if (ROOT / file).exists()}
    codes = {rule.code for rule in RULES}
    left = [file.relative_to(ROOT) for file in (ROOT / PAGES).glob("POL*.md") if file.stem not in codes]
    return [*(file for file, text in files.items() if written.get(file) != text), *left]


def write(files: Mapping[Path, str]) -> None:
    """Writes what is not as it should be; a page without a code is for its author to take away."""
    for file in stale(files):
        if file in files:
            (ROOT / file).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / file).write_text(files[file], encoding="utf-8")
        print("wrote" if file in files else "belongs to no code:", file)


def main(arguments: list[str] | None = None) -> int:
    """Writes, or checks, and gives the exit code."""
    parser = argparse.ArgumentParser(prog="write_reference.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something would be written")
    if parser.parse_args(arguments).check:
        wrong = stale({**all_printed(), **pages()})
        for file in wrong:
            print(f"{file} is stale: python3 tools/dev.py docs --write", file=sys.stderr)
        return 1 if wrong else 0
    write(all_printed())
    write(pages())
    return 0


if __name__ == "__main__":
    sys.exit(main())
