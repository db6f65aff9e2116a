"""Small rooms: a file up to 400 lines, a function up to a screen."""

import ast
from collections.abc import Mapping
from pathlib import Path

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60


def test_no_file_is_longer_than_can_be_held_in_mind(package: Path, trees: Mapping[Path, ast.Module]) -> None:
    lengths = {str(path): len((package / path).read_text(encoding="utf-8").splitlines()) for path in trees}
    assert {path: lines for path, lines in lengths.items() if lines > LINES_OF_A_FILE} == {}


def test_no_function_is_longer_than_a_screen(trees: Mapping[Path, ast.Module]) -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {place: lines for place, lines in lengths.items() if lines > LINES_OF_A_FUNCTION} == {}
