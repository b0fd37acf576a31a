"""Withdraws batches: one transaction that changes lines of the ledger and no fact. Called by the store."""

from __future__ import annotations

from uuid import uuid4

from graph.errors import StoreBusyError
from graph.store.ledger import BatchState
from graph.store.neo4j_parts.connection import Server, Work
from graph.store.neo4j_parts.lease import LOCK, NOW
from graph.store.neo4j_parts.snapshots import LINE, lines, record_of
from graph.store.neo4j_parts.writing import NEXT_INSTANT
from graph.store.port import BatchRecord
from graph.store.withdrawal import to_withdraw


def withdraw(server: Server, batch_id: str, *, with_later: bool, who: str) -> list[BatchRecord]:
    """The withdrawn lines, newest first. StoreBusyError `store.busy` while a load writes."""
    mark = str(uuid4())  # by it a second attempt knows that the first was committed although its answer was lost

    def work(transaction: Work) -> list[BatchRecord]:
        _refuse_while_loading(transaction)
        if done := _marked(transaction, mark):
            return done
        gone = to_withdraw(lines(transaction.rows), batch_id, with_later=with_later)
        transaction.rows(
            f"{NEXT_INSTANT} SET l.committed_at = at WITH at UNWIND $numbers AS number "
            "MATCH (e:LedgerEntry {number: number}) "
            "SET e.state = $state, e.withdrawn_at = at, e.withdrawn_by = $who, e.withdrawal = $mark",
            numbers=[line.number for line in gone],
            state=str(BatchState.WITHDRAWN),
            who=who,
            mark=mark,
        )
        return _marked(transaction, mark)

    return server.write(work)


def _refuse_while_loading(work: Work) -> None:
    found = work.rows(f"{LOCK} RETURN l.owner IS NULL OR l.expires < {NOW}")
    if found and not found[0][0]:
        raise StoreBusyError(
            "A load is writing to this store, and may build on the batch to be withdrawn.",
            next_step="Wait until it ends, then withdraw.",
        )


def _marked(work: Work, mark: str) -> list[BatchRecord]:
    match = "MATCH (e:LedgerEntry {state: $state}) WHERE e.withdrawal = $mark"
    found = work.rows(f"{match} RETURN {LINE} ORDER BY e.number DESC", state=str(BatchState.WITHDRAWN), mark=mark)
    return [record_of(row[0]) for row in found]
