"""Takes a pending batch out of the store again, in transactions of bounded size. Called by `writing`.

Every step may run twice: a second writer that takes over an undoing writer's lease starts from the beginning. Keys
stay, as reserved ones: their dense numbers are given for ever.
"""

from __future__ import annotations

from graph.store.ledger import BatchState
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.schema import version_label

_IN_CHUNKS = "IN TRANSACTIONS OF 10000 ROWS"


def undo(server: Server, number: int) -> None:
    """Remove what batch `number` wrote, take back what it ended, and enter it as undone."""
    entry = server.rows("MATCH (e:LedgerEntry {number: $number}) RETURN e.nodes, e.relationships", number=number)
    nodes, relationships = entry[0]
    for name in relationships:
        _undo_relationships(server, name, number)
    for name in nodes:
        _undo_nodes(server, name, number)
    server.alter(
        "MATCH (e:LedgerEntry {number: $number, state: $pending}) SET e.state = $undone "
        "REMOVE e.outline, e.starts, e.stage, e.offset, e.undoing",
        number=number,
        pending=str(BatchState.PENDING),
        undone=str(BatchState.UNDONE),
    )


def _undo_relationships(server: Server, name: str, number: int) -> None:
    match = f"MATCH ()-[r:{name}]->() WHERE"
    server.alter(f"{match} r.batch_from = $number CALL (r) {{ DELETE r }} {_IN_CHUNKS}", number=number)
    server.alter(f"{match} r.batch_to = $number CALL (r) {{ REMOVE r.batch_to }} {_IN_CHUNKS}", number=number)


def _undo_nodes(server: Server, name: str, number: int) -> None:
    later = version_label(name)
    server.alter(
        f"MATCH (v:{later}) WHERE v.batch_from = $number CALL (v) {{ DETACH DELETE v }} {_IN_CHUNKS}", number=number
    )
    for label in (later, name):
        server.alter(
            f"MATCH (n:{label}) WHERE n.batch_to = $number CALL (n) {{ REMOVE n.batch_to }} {_IN_CHUNKS}",
            number=number,
        )
    server.alter(
        f"MATCH (n:{name}) WHERE n.batch_from = $number CALL (n) {{ SET n = {{id: n.id, dense: n.dense}} }} "
        f"{_IN_CHUNKS}",
        number=number,
    )
