"""How a store of an older schema becomes one of this release. Engine-free; both stores and `taxgraph schema` use it.

What only adds (a table, a column, an index) is added when the owner opens the store. Whatever else changes is a
numbered migration: two files in `migrations/`, `0002-name.duckdb.sql` and `0002-name.neo4j.cypher`, that lead from
version 1 to version 2. They run by `taxgraph schema migrate` alone; until then the store cannot be opened.
Statements end with a semicolon at the end of a line. On DuckDB all of them are one transaction; on Neo4j each must be
safe to run twice, because a migration that was interrupted goes on at the statement where it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import StoreError
from graph.model.vocabulary import SCHEMA_VERSION

FOLDER = Path(__file__).with_name("migrations")
VERSION = "schema_version"
HALF_DONE = "schema_migrating"  # `number:statements done`; only where a migration is no single transaction
DUCKDB, NEO4J = ".duckdb.sql", ".neo4j.cypher"


@dataclass(frozen=True, slots=True)
class Migration:
    """The statements for one engine that lead from version `number - 1` to `number`."""

    number: int
    name: str
    statements: tuple[str, ...]


def check_version(found: str | None, *, half_done: str | None = None) -> None:
    """Refuse a store of another version, or one whose migration was interrupted. An empty store (None) passes.

    Raises:
        StoreError: `store.schema`.
    """
    if half_done is not None:
        raise StoreError(
            "A migration of this store was interrupted.",
            code="store.schema",
            next_step="Run `taxgraph schema migrate`: it goes on where it stood.",
            found=found,
        )
    if found is None or found == str(SCHEMA_VERSION):
        return
    if _number(found) > SCHEMA_VERSION:
        raise StoreError(
            "The store was written by a later release.",
            code="store.schema",
            next_step="Use that release, or restore a backup that this one wrote.",
            found=found,
            wanted=SCHEMA_VERSION,
        )
    raise StoreError(
        "The store has the schema of an earlier release.",
        code="store.schema",
        next_step="Stop its server, make a backup with the earlier release, then run `taxgraph schema migrate`.",
        found=found,
        wanted=SCHEMA_VERSION,
    )


def migrations_from(found: str, suffix: str, *, folder: Path = FOLDER) -> tuple[Migration, ...]:
    """The migrations between a stored version and this release, in order.

    Raises:
        StoreError: `store.schema` if the store is of a later release, `store.migration` if a step is missing.
    """
    first = _number(found) + 1
    if first > SCHEMA_VERSION + 1:
        check_version(found)
    known = {int(path.name[:4]): path for path in sorted(folder.glob(f"[0-9][0-9][0-9][0-9]-*{suffix}"))}
    missing = [number for number in range(first, SCHEMA_VERSION + 1) if number not in known]
    if missing:
        raise StoreError(
            "No migration leads from the store's version to this release.",
            code="store.migration",
            next_step="Back it up with the release that wrote it, and restore the backup with this one.",
            found=found,
            missing=", ".join(map(str, missing)),
        )
    return tuple(_read(number, known[number], suffix) for number in range(first, SCHEMA_VERSION + 1))


def _read(number: int, path: Path, suffix: str) -> Migration:
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line.rstrip() for line in lines if not line.lstrip().startswith(("--", "//")))
    statements = tuple(part.strip() for part in f"{text}\n".split(";\n") if part.strip())
    return Migration(number, path.name[5:].removesuffix(suffix), statements)


def done_of(half_done: str | None, migrations: Sequence[Migration]) -> int:
    """How many statements of the first migration are done already."""
    if half_done is None or not migrations:
        return 0
    number, _, done = half_done.partition(":")
    return int(done) if int(number) == migrations[0].number else 0


def _number(found: str) -> int:
    try:
        return int(found)
    except ValueError:
        raise StoreError(
            "The store's schema version is no number.",
            code="store.damaged",
            next_step="Restore a backup.",
            found=found,
        ) from None
