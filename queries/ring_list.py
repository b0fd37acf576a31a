"""The listed rings of an answer: members, witness invoices, stable ids, graph. Used by `queries.rings`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.arrays.columns import EdgeColumns
from graph.kernels.rings import Rings
from graph.kernels.static import StaticRings
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection
from graph.store.questions import AsOf, Scope
from queries.reading import names
from queries.results import GraphPayload
from queries.trade_graph import invoice_keys, moment_of

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class RingStep:
    """One invoice of a ring. In static rings: the earliest of `invoices` ones of the arc, with the arc's sum."""

    invoice: str
    seller: str
    buyer: str
    at: datetime
    amount_cents: int
    invoices: int = 1


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring with one witness. `members` in canonical rotation; `score` = smallest / largest amount, millionths."""

    id: str
    members: tuple[str, ...]
    names: tuple[str | None, ...]
    length: int
    currency: str
    first_at: datetime
    last_at: datetime
    edge_cycles: int
    bundled_cycles: int
    smallest_cents: int
    largest_cents: int
    score: int
    invoices: tuple[RingStep, ...]


def listed_rings(
    projection: TradeProjection, store: GraphStore, edges: EdgeColumns, found: Rings | StaticRings, currency: str
) -> tuple[Ring, ...]:
    """Every listed ring with its witness, in the kernel's order, not yet named."""
    spans = [(int(found.offsets[i]), int(found.offsets[i + 1])) for i in range(len(found.offsets) - 1)]
    members = [tuple(projection.id(int(v)) for v in found.members[start:end]) for start, end in spans]
    if isinstance(found, StaticRings):
        arcs = _arcs(edges, found)
        keys = invoice_keys(store, [arc.first_invoice for arc in arcs])
        steps = [
            RingStep(
                key, projection.id(arc.seller), projection.id(arc.buyer), moment_of(arc.tick), arc.cents, arc.count
            )
            for arc, key in zip(arcs, keys, strict=True)
        ]
        return tuple(
            _ring(members[i], steps[start:end], currency, first=None, counts=(1, 1))
            for i, (start, end) in enumerate(spans)
        )
    steps = _steps(projection, store, edges, found.witness)
    return tuple(
        _ring(
            members[i],
            steps[start:end],
            currency,
            first=int(found.first_tick[i]),
            counts=(int(found.ring_edge_cycles[i]), int(found.ring_bundled_cycles[i])),
            last=int(found.last_tick[i]),
        )
        for i, (start, end) in enumerate(spans)
    )


def _steps(
    projection: TradeProjection, store: GraphStore, edges: EdgeColumns, witness: npt.NDArray[np.int64]
) -> list[RingStep]:
    keys = invoice_keys(store, edges.invoice[witness])
    return [
        RingStep(
            invoice=key,
            seller=projection.id(int(edges.seller[edge])),
            buyer=projection.id(int(edges.buyer[edge])),
            at=moment_of(edges.tick[edge]),
            amount_cents=int(edges.amount_cents[edge]),
        )
        for key, edge in zip(keys, witness.tolist(), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Arc:
    seller: int
    buyer: int
    tick: int
    cents: int
    count: int
    first_invoice: int


def _arcs(edges: EdgeColumns, found: StaticRings) -> list[_Arc]:
    """The aggregated arc behind each member of each ring, to the next member."""
    pairs = edges.seller.astype(np.int64) << 32 | edges.buyer
    order = np.argsort(pairs, kind="stable")  # within a pair the edges keep their (time, id) order
    arcs: list[_Arc] = []
    for i in range(len(found.offsets) - 1):
        ring = found.members[found.offsets[i] : found.offsets[i + 1]].tolist()
        for seller, buyer in zip(ring, [*ring[1:], *ring[:1]], strict=True):
            pair = seller << 32 | buyer
            start, end = np.searchsorted(pairs, [pair, pair + 1], sorter=order)
            own = order[start:end]
            first, cents = own[0], int(edges.amount_cents[own].sum())
            arcs.append(_Arc(seller, buyer, int(edges.tick[first]), cents, len(own), int(edges.invoice[first])))
    return arcs


def _ring(
    members: tuple[str, ...],
    steps: Sequence[RingStep],
    currency: str,
    *,
    first: int | None,
    counts: tuple[int, int],
    last: int | None = None,
) -> Ring:
    amounts = [step.amount_cents for step in steps]
    moments = [step.at for step in steps]
    return Ring(
        id=ring_id(members, currency, first),
        members=members,
        names=(None,) * len(members),
        length=len(members),
        currency=currency,
        first_at=min(moments) if first is None else moment_of(first),
        last_at=max(moments) if last is None else moment_of(last),
        edge_cycles=counts[0],
        bundled_cycles=counts[1],
        smallest_cents=min(amounts),
        largest_cents=max(amounts),
        score=min(amounts) * MILLION // max(amounts),
        invoices=tuple(steps),
    )


def ring_id(members: Sequence[str], currency: str, first_tick: int | None) -> str:
    """Hash of the members in canonical rotation, the currency and the first tick (none for static rings)."""
    text = "\x00".join([*members, currency, "" if first_tick is None else str(first_tick)])
    return "ring-" + hashlib.sha256(text.encode()).hexdigest()[:24]


def named_rings(store: GraphStore, listed: Sequence[Ring], *, as_of: AsOf, scope: Scope) -> tuple[Ring, ...]:
    """The same rings with the names of their members."""
    known = names(store, "Taxpayer", (m for ring in listed for m in ring.members), as_of=as_of, scope=scope)
    own = [name for name in Ring.__slots__ if name != "names"]
    return tuple(
        Ring(**{name: getattr(ring, name) for name in own}, names=tuple(known.get(m) for m in ring.members))
        for ring in listed
    )


def ring_payload(listed: Sequence[Ring]) -> GraphPayload:
    """Members and witness invoices of these rings."""
    labels = {m: name for ring in listed for m, name in zip(ring.members, ring.names, strict=True)}
    steps = {(step.invoice, ring.currency): step for ring in listed for step in ring.invoices}
    ordered = sorted(steps.items(), key=lambda item: (item[1].at, item[0]))
    nodes: dict[str, list[Any]] = {
        "id": sorted(labels),
        "type": ["Taxpayer"] * len(labels),
        "label": [labels[key] for key in sorted(labels)],
        "hidden": [False] * len(labels),
    }
    edges: dict[str, list[Any]] = {
        "id": [key for (key, _), _ in ordered],
        "type": ["TRADE"] * len(ordered),
        "source": [step.seller for _, step in ordered],
        "target": [step.buyer for _, step in ordered],
        "at": [step.at for _, step in ordered],
        "amount_cents": [step.amount_cents for _, step in ordered],
        "currency": [currency for (_, currency), _ in ordered],
    }
    return GraphPayload(pa.table(nodes, schema=pa.schema(_NODES)), pa.table(edges, schema=pa.schema(_EDGES)))


_NODES: list[pa.Field[Any]] = [
    pa.field("id", pa.string()),
    pa.field("type", pa.string()),
    pa.field("label", pa.string()),
    pa.field("hidden", pa.bool_()),
]
_EDGES: list[pa.Field[Any]] = [
    pa.field("id", pa.string()),
    pa.field("type", pa.string()),
    pa.field("source", pa.string()),
    pa.field("target", pa.string()),
    pa.field("at", pa.timestamp("us")),
    pa.field("amount_cents", pa.int64()),
    pa.field("currency", pa.string()),
]
