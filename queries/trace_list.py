"""Taxpayers and invoices of a trace, as rows and as tables. Used by `queries.trace`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class TraceNode:
    """A taxpayer on the way; `hop` 0 is the start. `carried_cents` arrived (down) or left (up); `share` of all."""

    id: str
    name: str | None
    hidden: bool
    province: str | None
    hop: int
    first_at: datetime | None
    carried_cents: int
    share: int
    leaves_scope: bool


@dataclass(frozen=True, slots=True)
class TraceEdge:
    """A net invoice used. `share`, millionths: down, of this invoice; up, of the start's whole amount."""

    invoice: str
    seller: str
    buyer: str
    at: datetime
    amount_cents: int
    carried_cents: int
    share: int
    hop: int


def node_table(nodes: Sequence[TraceNode]) -> pa.Table:
    """One row a taxpayer."""
    return pa.table(
        {
            "id": pa.array([n.id for n in nodes], pa.string()),
            "type": pa.array(["Taxpayer"] * len(nodes), pa.string()),
            "label": pa.array([n.name for n in nodes], pa.string()),
            "hidden": pa.array([n.hidden for n in nodes], pa.bool_()),
            "province": pa.array([n.province for n in nodes], pa.string()),
            "hop": pa.array([n.hop for n in nodes], pa.int64()),
            "first_at": pa.array([n.first_at for n in nodes], pa.timestamp("us")),
            "carried_cents": pa.array([n.carried_cents for n in nodes], pa.int64()),
            "share": pa.array([n.share for n in nodes], pa.int64()),
        }
    )


def edge_table(edges: Sequence[TraceEdge], currency: str) -> pa.Table:
    """One row an invoice used."""
    return pa.table(
        {
            "id": pa.array([e.invoice for e in edges], pa.string()),
            "type": pa.array(["TRADE"] * len(edges), pa.string()),
            "source": pa.array([e.seller for e in edges], pa.string()),
            "target": pa.array([e.buyer for e in edges], pa.string()),
            "at": pa.array([e.at for e in edges], pa.timestamp("us")),
            "amount_cents": pa.array([e.amount_cents for e in edges], pa.int64()),
            "currency": pa.array([currency] * len(edges), pa.string()),
            "carried_cents": pa.array([e.carried_cents for e in edges], pa.int64()),
            "share": pa.array([e.share for e in edges], pa.int64()),
            "hop": pa.array([e.hop for e in edges], pa.int64()),
        }
    )
