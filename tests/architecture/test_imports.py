"""Imports point down only, siblings are strangers, and nobody inside walks through the front door."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

FRONT_DOOR = Path("__init__.py")


def imported(tree: ast.AST, path: Path) -> Iterator[tuple[int, str, str]]:
    """Every import of ours below a node: its line, the module, and the name taken from it ("" for the module)."""
    here = ("polaris", *path.parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            found = [(module, alias.name) for alias in node.names]
        else:
            continue
        yield from ((node.lineno, module, name) for module, name in found if module.split(".")[0] == "polaris")


def test_imports_point_down_only(root: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([linter, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_room_imports_the_front_door(trees: Mapping[Path, ast.Module], package: Path) -> None:
    def is_part(name: str) -> bool:
        return (package / name).is_dir() or (package / f"{name}.py").is_file()

    found = [
        f"{path}:{line}: {name or 'import polaris'}"
        for path, tree in trees.items()
        if path != FRONT_DOOR
        for line, module, name in imported(tree, path)
        if module == "polaris" and not (name and is_part(name))
    ]
    assert found == []


LATE = {"_assembly.py: polaris.stores.codecs": "loads msgspec, which `import polaris` must not"}


def test_no_function_imports_a_part_of_ours(trees: Mapping[Path, ast.Module]) -> None:
    found = [
        f"{path}:{line}: {module}"
        for path, tree in trees.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for line, module, _ in imported(function, path)
        if f"{path}: {module}" not in LATE
    ]
    assert found == []
