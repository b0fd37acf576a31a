"""Ends versions that a withdrawn batch had ended once already. Called by `stages` beside its ordinary ends.

Such a version is visible again although `batch_to` is set; it gets an end number of the ledger that counts if either
end does (`BatchRecord.ends_again`). The numbers are given under the ledger's lock, inside the transaction that uses
them, so a chunk that is run again finds them or makes them anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from graph.store.ledger import Snapshot
from graph.store.neo4j_parts.connection import Work
from graph.store.neo4j_parts.cypher import snapshot_values

_LEDGER = "MATCH (l:Ledger {id: 'ledger'})"


class Writing(Protocol):
    """The part of a batch on its way in that ends are about."""

    @property
    def number(self) -> int:
        """Number of the batch."""
        ...

    @property
    def snapshot(self) -> Snapshot:
        """What counted before it."""
        ...

    @property
    def void(self) -> frozenset[int]:
        """End numbers that do not count."""
        ...


def end_again(work: Work, found: str, name: str, writing: Writing, *, rows: Sequence[Any]) -> None:
    """End the visible versions `name` that `found` (over `$rows`) leads to and a withdrawn batch had ended."""
    if not writing.void or not rows:
        return
    values = {**snapshot_values(writing.snapshot), "rows": rows, "void": sorted(writing.void)}
    ended = f"{found} AND {name}.batch_to IN $void"
    formers = work.rows(f"{ended} RETURN DISTINCT {name}.batch_to AS former ORDER BY former", **values)
    for (former,) in formers:
        again = _number(work, writing.number, former)
        work.rows(
            f"{ended} AND {name}.batch_to = $former SET {name}.batch_to = $again", former=former, again=again, **values
        )


def _number(work: Work, batch: int, former: int) -> int:
    """The number that counts if the batch or the former end does."""
    given = shared_ends(work, batch)
    known = next((number for number, end in given.items() if end == former), None)
    if known is not None:
        return known
    number = int(work.rows(f"{_LEDGER} SET l.next = l.next + 1 RETURN l.next - 1")[0][0])
    work.rows(
        f"{_LEDGER} SET l.shared = coalesce(l.shared, []) + [$number, $batch, $former] "
        "WITH l MATCH (e:LedgerEntry {number: $batch}) SET e.ends_again = $ends",
        number=number,
        batch=batch,
        former=former,
        ends=json.dumps({str(each): end for each, end in sorted({**given, number: former}.items())}),
    )
    return number


def shared_ends(work: Work, batch: int) -> dict[int, int]:
    """End numbers that the batch shares with withdrawn ones: number → former end."""
    found = work.rows("MATCH (e:LedgerEntry {number: $number}) RETURN e.ends_again", number=batch)
    return {int(number): end for number, end in json.loads((found and found[0][0]) or "{}").items()}
