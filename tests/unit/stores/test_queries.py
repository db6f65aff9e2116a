"""SQL beside the stores."""

import re
import sqlite3
from pathlib import Path

import pytest

from polaris.stores import queries as module
from polaris.stores.queries import migrations, queries


def test_a_query_is_found_by_its_name() -> None:
    assert queries("sqlite")["plan"] == "SELECT content FROM plan WHERE fingerprint = ?;"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_every_query_that_is_named_is_used_and_the_other_way_round(kind: str) -> None:
    files = Path(module.__file__).parent.glob(f"{kind}*.py")
    used = {name for path in files for name in re.findall(r'_SQL\["(\w+)"\]', path.read_text())}
    assert used == queries(kind).keys()


def test_migrations_are_lists_of_statements_in_the_order_of_their_numbers() -> None:
    steps = migrations("sqlite")
    assert len(steps) >= 1
    assert all(sqlite3.complete_statement(f"{statement};") for step in steps for statement in step)
    assert "CREATE TABLE run" in steps[0][0]


@pytest.mark.parametrize("name", sorted(queries("sqlite")))
def test_every_query_can_be_prepared_on_the_newest_schema(name: str) -> None:
    connection = sqlite3.connect(":memory:")
    for step in migrations("sqlite"):
        for statement in step:
            connection.execute(statement)
    query = queries("sqlite")[name]
    names = dict.fromkeys(re.findall(r":(\w+)", query))
    connection.execute(f"EXPLAIN {query}", names or [None] * query.count("?"))
    connection.close()
