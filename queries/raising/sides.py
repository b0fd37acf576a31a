"""Who stands on which side of a finding: the one that issued most of its evidence, and those who received it of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph.errors import QueryError
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, Scope
from queries.findings.stored import CLOSED, IN_FORCE
from queries.reading import IN, OUT, missing, node, related, rows

CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Sides:
    """Of one finding: the issuing taxpayer, and receiving ones with how many invoices of the evidence they received.

    `whole`: the asker sees the finding; else the issuing side alone, and must learn nothing of the others.
    """

    finding: str
    pattern: str
    high: bool
    confirmed: bool
    issuing: str
    receiving: tuple[tuple[str, int], ...]
    whole: bool = True


def sides(store: GraphStore, finding: str, *, scope: Scope = ROOT) -> Sides:
    """The sides of a finding in force, for who sees it or its issuing side.

    Raises:
        NotFoundError: `not_found.finding`, alike for one whose issuing side is out of scope.
        QueryError: `query.finding.gone` for one that the data no longer show or that was refuted,
            `query.finding.members` for one without a taxpayer.
    """
    row = node(store, "Finding", finding, as_of=NOW, scope=ROOT)
    whole = bool(store.fetch("Finding", [finding], columns=(), scope=scope).num_rows)
    members, traded = _members(store, finding), _traded(store, finding)
    sold = Counter(seller for seller, _ in traded)
    issuing = min(members, key=lambda each: (-sold[each], each), default="")
    if not whole and not seen(store, [issuing], scope):
        raise missing("Finding")
    if not members:
        raise QueryError(
            "This finding names no taxpayer.",
            code="query.finding.members",
            next_step="Open a task about whom it concerns by hand.",
        )
    if row["state"] not in IN_FORCE or (row["state"] == CLOSED and row["label"] != CONFIRMED):
        raise QueryError(
            "There is nothing left to do about this finding.",
            code="query.finding.gone",
            next_step="Raise tasks for findings that stand, or that were confirmed.",
        )
    received = Counter(buyer for seller, buyer in traded if seller == issuing and buyer != issuing)
    return Sides(
        finding=finding,
        pattern=str(row["pattern"]),
        high=row["severity"] == "high",
        confirmed=row["label"] == CONFIRMED,
        issuing=issuing,
        receiving=tuple(sorted(received.items())),
        whole=whole,
    )


def seen(store: GraphStore, taxpayers: Iterable[str], scope: Scope) -> frozenset[str]:
    """Those of these taxpayers that are the asker's own by bureau; what single tasks open is not."""
    wanted = sorted(set(taxpayers))
    table = store.fetch("Taxpayer", wanted, columns=(), scope=replace(scope, opened=()))
    return frozenset(map(str, table["id"].to_pylist()))


def _members(store: GraphStore, finding: str) -> list[str]:
    table = related(store, "Finding", [finding], "INVOLVES", OUT, columns=(), as_of=NOW, scope=ROOT).table
    return sorted({str(row["to_id"]) for row in rows(table) if row["to_type"] == "Taxpayer"})


def _traded(store: GraphStore, finding: str) -> list[tuple[str, str]]:
    """Seller and buyer of each invoice of the evidence."""
    evidence = related(store, "Finding", [finding], "EVIDENCE", OUT, columns=(), as_of=NOW, scope=ROOT).table
    invoices = sorted({str(row["to_id"]) for row in rows(evidence)})
    sellers = _far(store, invoices, "SOLD")
    buyers = _far(store, invoices, "BOUGHT_BY")
    return [(seller, buyer) for each in invoices for seller in sellers.get(each, ()) for buyer in buyers.get(each, ())]


def _far(store: GraphStore, invoices: Sequence[str], relationship: str) -> dict[str, list[str]]:
    direction, end = (IN, "from") if relationship == "SOLD" else (OUT, "to")
    table: Any = related(store, "Invoice", invoices, relationship, direction, columns=(), as_of=NOW, scope=ROOT).table
    found: dict[str, list[str]] = {}
    for row in rows(table):
        found.setdefault(str(row["key"]), []).append(str(row[f"{end}_id"]))
    return found
