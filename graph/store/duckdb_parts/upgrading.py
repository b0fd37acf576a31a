"""The schema of an embedded file over its life: made, added to, checked, migrated. And its small settings.

Called by the store when it is opened, and by `taxgraph schema migrate`.
"""

from __future__ import annotations

from pathlib import Path

from graph.errors import StoreError
from graph.model.vocabulary import SCHEMA_VERSION
from graph.store.duckdb_parts.engine import Engine, Parameters, Reader
from graph.store.duckdb_parts.schema import additions
from graph.store.schema_changes import DUCKDB, FOLDER, VERSION, check_version, migrations_from

_THERE = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"


def ensure(engine: Engine, *, read_only: bool) -> None:
    """Add what is missing; StoreError `store.schema` for another version, or a file that only its owner can bring up.

    All additions are one transaction: a file is of the old form or of the new one.
    """
    check_version(stored_version(engine))
    with engine.reading() as reader:
        missing = additions(_columns(reader))
    if not missing:
        return
    if read_only:
        raise StoreError(
            "The store lacks what this release adds, and is opened for reading alone.",
            code="store.schema",
            next_step="Open it once for writing, for example by `taxgraph doctor`.",
        )
    with engine.writing() as writer:
        for statement in missing:
            writer.run(statement)
        put_meta(writer, VERSION, str(SCHEMA_VERSION))


def migrate(engine: Engine, *, folder: Path = FOLDER) -> list[str]:
    """Run what leads from the file's version to this release, in one transaction; the names of what ran."""
    found = stored_version(engine)
    if found is None:
        return []
    steps = migrations_from(found, DUCKDB, folder=folder)
    with engine.writing() as writer:
        for statement in (each for step in steps for each in step.statements):
            writer.run(statement)
        put_meta(writer, VERSION, str(steps[-1].number if steps else found))
    ensure(engine, read_only=False)
    return [f"{step.number:04d}-{step.name}" for step in steps]


def stored_version(engine: Engine) -> str | None:
    """The version that the file says it has; None for an empty one."""
    with engine.reading() as reader:
        return meta(reader, VERSION) if "meta" in _columns(reader) else None


def _columns(reader: Reader) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in reader.table(_THERE).to_pylist():
        found.setdefault(row["table_name"], set()).add(row["column_name"])
    return found


def meta(reader: Reader, name: str) -> str | None:
    """A small stored setting."""
    parameters = Parameters()
    rows = reader.table(f"SELECT value FROM meta WHERE name = {parameters.add(name)}", parameters)
    return rows["value"][0].as_py() if rows.num_rows else None


def put_meta(writer: Reader, name: str, value: str) -> None:
    """Store a small setting."""
    parameters = Parameters()
    place = parameters.add(name)
    writer.run(f"DELETE FROM meta WHERE name = {place}", parameters)
    values = f"{place}, {parameters.add(value)}"
    writer.run(f"INSERT INTO meta VALUES ({values})", parameters)
