"""The schema of a PostgreSQL store: made where it is not, brought forward where it is older, else refused.

The tables of a store have a schema of their own in the database, in which `polaris_schema` counts the migrations that
it has had. Any number of processes may open one store at the same moment: they stand in line at an advisory lock, and
whoever comes first migrates, in one transaction.
"""

from __future__ import annotations

from psycopg import sql

from polaris.errors import StoreUnavailableError
from polaris.stores.postgres_rows import Connected, one
from polaris.stores.queries import migrations, queries

_SQL = {name: text.encode() for name, text in queries("postgres").items()}

_MARK = "polaris_schema"


def migrate(connection: Connected, url: str, *, schema: str, must_exist: bool) -> None:
    """Make sure that a schema, which is the search path of the connection, has the newest tables.

    Raises:
        StoreUnavailableError: there is none and there must be, it belongs to another program or to a newer version of
            this one, or the database cannot keep every text.
    """
    steps = migrations("postgres")
    with connection.transaction():
        connection.execute(_SQL["line_up"])
        version = _version(connection, url, schema)
        if must_exist and version == 0:
            raise StoreUnavailableError(url, why=f"there is no store in its schema {schema}", do="Look at the address.")
        if version > len(steps):
            raise StoreUnavailableError(
                url,
                why=f"it has schema {version}, of a newer polaris-workflows; this one knows {len(steps)}",
                do="Upgrade polaris-workflows.",
            )
        for statement in (statement for step in steps[version:] for statement in step):
            connection.execute(statement.encode())
        if version < len(steps):
            connection.execute(_SQL["put_version"], {"version": len(steps)})


def _version(connection: Connected, url: str, schema: str) -> int:
    """Give the number of migrations that a schema has had; make it if it is not there."""
    (encoding,) = one(connection.execute(_SQL["encoding"]))
    if encoding != "UTF8":
        raise StoreUnavailableError(
            url, why=f"its database is encoded as {encoding}", do="Create one with ENCODING 'UTF8'."
        )
    values = {"schema": schema}
    tables = {name for (name,) in connection.execute(_SQL["tables"], values)}
    if _MARK in tables:
        (version,) = one(connection.execute(_SQL["version"]))
        return int(version)
    if tables:
        raise StoreUnavailableError(
            url, why=f"its schema {schema} belongs to another program", do="Name another one: ?schema=..."
        )
    if one(connection.execute(_SQL["has_schema"], values)) == (False,):
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    return 0
