"""Constraints, indexes and the version of the schema, derived from the vocabulary in one place.

Physical model: a key node `(:Invoice {id, dense})` for each id ever named, with the attributes, provenance and stamps
of its first version on it; later versions are `(:Version:InvoiceVersion)` behind `VERSION`. A key that only
relationships name has no `batch_from`. Relationship versions are parallel relationships with stamps of their own.
`dense` is the number of `vocabulary.ORDINALS`; `terms` feeds the full text of the typed search.
"""

from __future__ import annotations

from pathlib import Path

from graph.model.types import NodeType
from graph.model.vocabulary import NODE_TYPES, SCHEMA_VERSION
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.values import quoted
from graph.store.schema_changes import (
    FOLDER,
    HALF_DONE,
    NEO4J,
    VERSION,
    check_version,
    done_of,
    migrations_from,
)

LEDGER_TYPE = "Batch"  # kept as (:LedgerEntry); never a key node
FULLTEXT = "taxgraph_terms"


def version_label(type_name: str) -> str:
    """Label of the later versions of a type."""
    return f"{type_name}Version"


def statements() -> dict[str, str]:
    """Every schema statement by the name of what it makes; each may run again."""
    made = {
        **_unique("taxgraph_ledger", "Ledger", "id"),
        **_unique("taxgraph_entry", "LedgerEntry", "number"),
        **_unique("taxgraph_counter", "Counter", "type"),
        **_unique("taxgraph_meta", "Meta", "name"),
        **_index("taxgraph_batch_id", LEDGER_TYPE, "id"),
        **_fulltext(),
    }
    for name in ("id", "digest", "state", "committed_at"):
        made |= _index(f"taxgraph_entry_{name}", "LedgerEntry", name)
    for kind in NODE_TYPES:
        if kind.name != LEDGER_TYPE:
            made |= _of_type(kind)
    return made


def _of_type(kind: NodeType) -> dict[str, str]:
    later = version_label(kind.name)
    made = {**_unique(f"{kind.table}_id", kind.name, "id"), **_index(f"{kind.table}_dense", kind.name, "dense")}
    for each in kind.properties:
        if each.indexed:
            made |= _index(f"{kind.table}_{each.name}", kind.name, each.name)
            made |= _index(f"{kind.table}_version_{each.name}", later, each.name)
    if kind.search:
        made |= _index(f"{kind.table}_version_id", later, "id")
    return made


def _unique(name: str, label: str, key: str) -> dict[str, str]:
    made = f"CREATE CONSTRAINT {quoted(name)} IF NOT EXISTS FOR (n:{label}) REQUIRE n.{quoted(key)} IS UNIQUE"
    return {name: made}


def _index(name: str, label: str, key: str) -> dict[str, str]:
    return {name: f"CREATE INDEX {quoted(name)} IF NOT EXISTS FOR (n:{label}) ON (n.{quoted(key)})"}


def _fulltext() -> dict[str, str]:
    """Whitespace analyzer over our own terms: unlike `cjk` it drops no stop words and cuts where the search does."""
    labels = "|".join(label for kind in NODE_TYPES if kind.search for label in (kind.name, version_label(kind.name)))
    made = (
        f"CREATE FULLTEXT INDEX {FULLTEXT} IF NOT EXISTS FOR (n:{labels}) ON EACH [n.terms] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}}"
    )
    return {FULLTEXT: made}


def ensure(server: Server, *, patience_seconds: int = 300) -> None:
    """Create what is missing and wait for it; StoreError `store.schema` if the store is of another version."""
    check(server)
    known = {row[0] for row in server.rows("SHOW INDEXES YIELD name")}
    missing = [statement for name, statement in statements().items() if name not in known]
    for statement in missing:
        server.alter(statement)
    if missing:
        server.alter("CALL db.awaitIndexes($seconds)", seconds=patience_seconds)
    server.alter("MERGE (l:Ledger {id: 'ledger'}) ON CREATE SET l.next = 1")
    server.alter("MERGE (m:Meta {name: $name}) ON CREATE SET m.value = $value", name=VERSION, value=str(SCHEMA_VERSION))


def check(server: Server) -> None:
    """Refuse a store whose schema is not this program's. An empty store passes."""
    check_version(meta(server, VERSION), half_done=meta(server, HALF_DONE))


def migrate(server: Server, *, folder: Path = FOLDER) -> list[str]:
    """Run what leads from the store's version to this release; an interrupted run goes on at its statement."""
    found = meta(server, VERSION)
    if found is None:
        return []
    steps = migrations_from(found, NEO4J, folder=folder)
    done = done_of(meta(server, HALF_DONE), steps)
    for step in steps:
        for place, statement in enumerate(step.statements[done:], start=done + 1):
            set_meta(server, HALF_DONE, f"{step.number}:{place - 1}")
            server.alter(statement)
        server.alter(
            "MERGE (m:Meta {name: $name}) SET m.value = $value WITH m MATCH (h:Meta {name: $half}) DELETE h",
            name=VERSION,
            value=str(step.number),
            half=HALF_DONE,
        )
        done = 0
    ensure(server)
    return [f"{step.number:04d}-{step.name}" for step in steps]


def meta(server: Server, name: str) -> str | None:
    """A stored setting."""
    rows = server.rows("MATCH (m:Meta {name: $name}) RETURN m.value", name=name)
    return rows[0][0] if rows else None


def set_meta(server: Server, name: str, value: str) -> None:
    """Store a setting."""
    server.alter("MERGE (m:Meta {name: $name}) SET m.value = $value", name=name, value=value)
