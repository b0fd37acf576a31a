"""The part of the trade projection that a question may walk on: one currency, one resolution, one scope.

Used by rings, traces and paths. Out of scope means: rings run on edges with both ends inside; traces also see the edges
that leave the scope, and end there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from graph.arrays.columns import EdgeColumns
from graph.arrays.csr import Csr, build_csr
from graph.errors import QueryError
from graph.model.currencies import exponent_of
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection, by_day
from graph.store.questions import Scope
from queries.results import PartyRef, strings

RESOLUTIONS = ("auto", "day", "second")
_NO_VERTEX, _NOTHING = np.zeros(0, np.int32), np.zeros(0, np.int64)
EMPTY = EdgeColumns(_NO_VERTEX, _NO_VERTEX, _NOTHING, _NOTHING, _NOTHING)


@dataclass(frozen=True, slots=True)
class TradeView:
    """Edges of one currency as a scope may walk them.

    A taxpayer out of scope stands twice: as a buyer under its vertex v (nothing leaves it) and as a seller under
    v + `vertices` (nothing enters it). So it is a leaf on either side, and no walk goes through it.
    """

    currency: str
    resolution: str
    csr: Csr
    visible: npt.NDArray[np.bool_]  # bool[v]; all true for the root

    @property
    def vertices(self) -> int:
        """Taxpayers of the projection."""
        return len(self.visible)

    def taxpayer(self, vertex: int) -> int:
        """The projection's vertex behind a vertex of this view."""
        return vertex % self.vertices

    def hidden(self, vertex: int) -> bool:
        """Is this taxpayer out of scope?"""
        return not self.visible[self.taxpayer(vertex)]


def chosen_resolution(projection: TradeProjection, resolution: str, scope: Scope) -> str:
    """`auto` is `second` only if every invoice that the scope sees has a time: one date-only invoice would hide a ring.

    Raises:
        QueryError: `query.resolution`.
    """
    if resolution not in RESOLUTIONS:
        raise QueryError(
            "There is no such resolution.", code="query.resolution", next_step=f"Use {', '.join(RESOLUTIONS)}."
        )
    if resolution != "auto":
        return resolution
    return "second" if projection.resolution(scope) == "second" else "day"


def chosen_currency(projection: TradeProjection, currency: str | None, scope: Scope) -> str:
    """The currency asked for, else the one with most invoices in scope, else CNY."""
    if currency is not None:
        return currency.upper()
    return next(iter(projection.currencies(scope)), "CNY")


def ring_edges(projection: TradeProjection, currency: str, resolution: str, scope: Scope) -> EdgeColumns:
    """Edges with both ends in scope, ticks in the resolution; vertex numbers are the projection's."""
    edges = projection.trade[currency].edges if currency in projection.trade else EMPTY
    if not scope.everything:
        visible = projection.visible(scope)
        edges = edges.take(visible[edges.seller] & visible[edges.buyer])
    return by_day(edges) if resolution == "day" else edges


def trade_view(projection: TradeProjection, currency: str, resolution: str, scope: Scope) -> TradeView:
    """Edges with an end in scope, by vertex. Kept in the projection for the next question of the same kind."""
    key = (currency, resolution, scope.bureaus)
    known = projection.views.get(key)
    if isinstance(known, TradeView):
        return known
    made = _trade_view(projection, currency, resolution, scope)
    projection.keep_view(key, made)
    return made


def _trade_view(projection: TradeProjection, currency: str, resolution: str, scope: Scope) -> TradeView:
    visible = projection.visible(scope)
    whole = projection.trade.get(currency)
    floored = resolution == "day" and projection.resolution() != "day"
    if whole is not None and scope.everything and not floored:
        return TradeView(currency, resolution, whole, visible)
    edges = whole.edges if whole is not None else EMPTY
    edges = edges.take(visible[edges.seller] | visible[edges.buyer])
    edges = by_day(edges) if floored else edges
    outside = (~visible[edges.seller]).astype(np.int32) * np.int32(len(visible))
    split = EdgeColumns(edges.seller + outside, edges.buyer, edges.tick, edges.amount_cents, edges.invoice)
    return TradeView(currency, resolution, build_csr(split, vertex_count=2 * len(visible)), visible)


def moment_of(tick: int) -> datetime:
    """Civil time of a tick."""
    return datetime.fromtimestamp(int(tick), UTC).replace(tzinfo=None)


def tick_of(moment: datetime) -> int:
    """Tick of a civil time."""
    return int(moment.replace(tzinfo=UTC).timestamp())


def invoice_keys(store: GraphStore, numbers: npt.ArrayLike) -> list[str]:
    """Public ids of dense invoice numbers, in order."""
    wanted = np.asarray(numbers, dtype=np.int64)
    return strings(store.invoice_ids(wanted.tolist())["id"]) if len(wanted) else []


def party_refs(
    projection: TradeProjection, vertices: Iterable[int], *, scope: Scope, visible: npt.NDArray[np.bool_]
) -> dict[int, PartyRef]:
    """How each vertex appears under the scope, without names."""
    found: dict[int, PartyRef] = {}
    for vertex in vertices:
        key = projection.id(vertex)
        if visible[vertex]:
            found[vertex] = PartyRef(key)
        else:
            found[vertex] = PartyRef(scope.opaque(key), hidden=True, province=projection.province(vertex))
    return found


def bad_options(wrong: ValueError) -> QueryError:
    """A kernel's refusal in the caller's words."""
    return QueryError(f"The question makes no sense: {wrong}.", code="query.options", next_step="Change that option.")


def money_text(cents: int, currency: str) -> str:
    """`123456, CNY` → `1,234.56 CNY`; currencies without or with three decimals as ISO 4217 has them."""
    places = exponent_of(currency)
    if places == 0:
        return f"{cents:,} {currency}"
    whole, rest = divmod(abs(cents), 10**places)
    return f"{'-' if cents < 0 else ''}{whole:,}.{rest:0{places}d} {currency}"
