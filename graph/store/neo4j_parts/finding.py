"""The typed search on Neo4j: full text and indexes propose, `graph.store.searching` decides and orders."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from graph.model.types import NodeType
from graph.model.vocabulary import node_type
from graph.store.conditions import checked_limit
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.cypher import property_of
from graph.store.neo4j_parts.nodes import schema_of, wired_columns
from graph.store.neo4j_parts.schema import FULLTEXT, version_label
from graph.store.neo4j_parts.terms import by_index, lucene
from graph.store.neo4j_parts.values import from_wire
from graph.store.neo4j_parts.view import View
from graph.store.port import Rows
from graph.store.searching import best, matching, needles, scored


def search(server: Server, view: View, text: str, types: Sequence[str], *, limit: int) -> Rows:
    """Nodes of these types that match, best first, with the exact total."""
    checked_limit("limit", limit)
    wanted = needles(text)
    kinds = [kind for kind in (node_type(name) for name in dict.fromkeys(types)) if kind.search]
    return best([_scored(server, view, kind, text, wanted) for kind in kinds], limit)


def _scored(server: Server, view: View, kind: NodeType, text: str, wanted: Sequence[str]) -> pa.Table:
    columns = {name: kind.property(name).kind for name in dict.fromkeys(("id", *kind.search))}
    kept = f"{view.present('row', kind)} AND {view.in_scope('n', kind.name)}"
    statement = (
        f"CALL () {{ {_proposals(view, kind, wanted)} }} WITH DISTINCT n "
        f"WITH n, {view.row('n', kind)} AS row WHERE {kept} RETURN [{wired_columns(columns, 'row')}]"
    )
    rows = [row[0] for row in server.rows(statement, **view.parameters.values)]
    return scored(kind, matching(kind, from_wire(rows, schema_of(columns)), text), text)


def _proposals(view: View, kind: NodeType, wanted: Sequence[str]) -> str:
    """Key nodes `n` that may match: by their terms, and plain digits by the indexes of their properties."""
    later = version_label(kind.name)
    hits = f"CALL db.index.fulltext.queryNodes('{FULLTEXT}', {view.parameters.add(lucene(wanted))}) YIELD node"
    parts = [
        f"{hits} WHERE node:{kind.name} RETURN node AS n",
        f"{hits} WHERE node:{later} MATCH (n:{kind.name})-[:VERSION]->(node) RETURN n",
    ]
    words = [needle.strip() for needle in wanted]
    if all(word.isascii() and word.isdigit() for word in words):
        start = view.parameters.add(words[0])
        for name in by_index(kind):
            begins = f"{{0}} STARTS WITH {start}"
            first, version = (begins.format(property_of(row, name)) for row in ("n", "v"))
            parts.append(f"MATCH (n:{kind.name}) WHERE {first} RETURN n")
            parts.append(f"MATCH (n:{kind.name})-[:VERSION]->(v:{later}) WHERE {version} RETURN n")
    return " UNION ".join(parts)
