"""Takes a pending batch out of the store again, in transactions of bounded size. Called by `writing`.

Every step may run twice: a second writer that takes over an undoing writer's lease starts from the beginning. Keys
stay, as reserved ones: their dense numbers are given for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from graph.errors import LimitError
from graph.store.ledger import BatchState
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.schema import version_label

_ROWS = 10_000  # of one transaction; fewer where the rows are too long for the server's memory


def undo(server: Server, number: int) -> None:
    """Remove what batch `number` wrote, take back what it ended, and enter it as undone."""
    entry = server.rows(
        "MATCH (e:LedgerEntry {number: $number}) RETURN e.nodes, e.relationships, e.ends_again", number=number
    )
    nodes, relationships, again = entry[0]
    shared = {int(end): former for end, former in json.loads(again or "{}").items()}
    for name in relationships:
        _undo_relationships(server, name, number)
        _give_back(server, f"MATCH ()-[x:{name}]->()", shared)
    for name in nodes:
        _undo_nodes(server, name, number)
        for label in (name, version_label(name)):
            _give_back(server, f"MATCH (x:{label})", shared)
    server.alter(
        "MATCH (e:LedgerEntry {number: $number, state: $pending}) SET e.state = $undone "
        "REMOVE e.outline, e.starts, e.stage, e.done, e.undoing",
        number=number,
        pending=str(BatchState.PENDING),
        undone=str(BatchState.UNDONE),
    )


def _undo_relationships(server: Server, name: str, number: int) -> None:
    match = f"MATCH ()-[r:{name}]->() WHERE"
    _in_chunks(server, f"{match} r.batch_from = $number CALL (r) {{ DELETE r }}", number)
    _in_chunks(server, f"{match} r.batch_to = $number CALL (r) {{ REMOVE r.batch_to }}", number)


def _undo_nodes(server: Server, name: str, number: int) -> None:
    later = version_label(name)
    _in_chunks(server, f"MATCH (v:{later}) WHERE v.batch_from = $number CALL (v) {{ DETACH DELETE v }}", number)
    for label in (later, name):
        _in_chunks(server, f"MATCH (n:{label}) WHERE n.batch_to = $number CALL (n) {{ REMOVE n.batch_to }}", number)
    reserved = "SET n = {id: n.id, dense: n.dense}"
    _in_chunks(server, f"MATCH (n:{name}) WHERE n.batch_from = $number CALL (n) {{ {reserved} }}", number)


def _give_back(server: Server, match: str, shared: Mapping[int, int]) -> None:
    """Put the former end number back where this batch had ended what a withdrawn one had ended before."""
    for number, former in sorted(shared.items()):
        _in_chunks(server, f"{match} WHERE x.batch_to = $number CALL (x) {{ SET x.batch_to = {former} }}", number)


def _in_chunks(server: Server, statement: str, number: int, rows: int = _ROWS) -> None:
    """Run to the end, however often: what is done no longer matches."""
    try:
        server.alter(f"{statement} IN TRANSACTIONS OF {rows} ROWS", number=number)
    except LimitError as error:
        if error.code != "limit.memory" or rows == 1:
            raise
        _in_chunks(server, statement, number, max(1, rows // 8))
