"""Rings: taxpayers that invoice each other in a circle. Counts are of everything in scope, the list has a limit.

Called by api and the patterns. Definitions: detection.md §1. A ring appears only if all its members are in scope; edges
out of scope are taken away before anything is counted. Why a ring is one: `queries.why`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.arrays.columns import EdgeColumns
from graph.arrays.csr import Csr, build_csr
from graph.errors import NotFoundError, QueryError
from graph.kernels.rings import Rings
from graph.kernels.static import StaticRings, static_rings
from graph.kernels.temporal import temporal_rings, temporal_rings_through
from graph.kernels.window import window_rings
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.durations import whole_seconds
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import find_taxpayer
from queries.results import Cut, GraphPayload
from queries.ring_list import Ring, listed_rings, named_rings, ring_payload
from queries.trade_graph import (
    EMPTY,
    bad_options,
    chosen_currency,
    chosen_resolution,
    ring_edges,
    trade_view,
)

MODES = ("time-ordered", "window", "static")
DEFAULT_WINDOW = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class RingOptions:
    """What counts as a ring. `band` is the amount gap in millionths (100000 = 10 %), None for any amounts."""

    mode: str = "time-ordered"
    window: timedelta = DEFAULT_WINDOW
    min_length: int = 2
    max_length: int = 5
    strict: bool = False
    band: int | None = None
    through: tuple[str, ...] = ()
    currency: str | None = None  # None: the one with most invoices in scope
    resolution: str = "auto"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise QueryError("There is no such mode.", code="query.mode", next_step=f"Use {', '.join(MODES)}.")
        if (self.strict and self.mode != "time-ordered") or (self.band is not None and self.mode == "static"):
            raise QueryError(
                "Only time-ordered rings can be strict, and static rings have no amount band.",
                code="query.options",
                next_step="Leave that option out, or change the mode.",
            )


@dataclass(frozen=True, slots=True)
class RingCounts:
    """Exact unless the answer says that the search was cut. Static rings count once on all three lines."""

    edge_cycles: int
    bundled_cycles: int
    distinct_rings: int
    edge_cycles_by_length: dict[str, int]


@dataclass(frozen=True, slots=True)
class RingAnswer:
    """Rings of one currency. If `cut` names the search, every count is a lower bound."""

    options: RingOptions
    currency: str
    resolution: str
    counts: RingCounts
    rings: tuple[Ring, ...]
    cut: tuple[Cut, ...]

    def payload(self) -> GraphPayload:
        """All members and all witness invoices, each once."""
        return ring_payload(self.rings)


def rings(
    projection: TradeProjection,
    store: GraphStore,
    options: RingOptions = RingOptions(),
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> RingAnswer:
    """Rings of one currency in scope. `limits.rows` cuts the list, `limits.seconds` the search.

    Raises:
        QueryError: `query.options`, `query.mode`, `query.resolution` for a question without meaning.
        NotFoundError: for a taxpayer in `through` that is not there or out of scope.
    """
    currency = chosen_currency(projection, options.currency, scope)
    resolution = chosen_resolution(projection, options.resolution, scope)
    through = _through(projection, store, options.through, as_of=as_of, scope=scope)
    _compiled(options.mode, near=through is not None)
    found: Rings | StaticRings
    if through is not None and options.mode == "time-ordered":
        csr = trade_view(projection, currency, resolution, scope).csr
        edges, found = csr.edges, _search_near(csr, options, through=through, limits=limits)
    else:
        edges = ring_edges(projection, currency, resolution, scope)
        found = _search(edges, projection.vertex_count, options, through=through, limits=limits)
    counts = _counts(found)
    listed = listed_rings(projection, store, edges, found, currency)
    listed = named_rings(store, listed, as_of=as_of, scope=scope)
    return RingAnswer(options, currency, resolution, counts, listed, _cuts(found, len(listed)))


def rings_by_currency(
    projection: TradeProjection,
    store: GraphStore,
    options: RingOptions = RingOptions(),
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[RingAnswer, ...]:
    """One answer a currency, most invoices first; amounts and counts of currencies are never mixed."""
    own = {name: getattr(options, name) for name in RingOptions.__slots__}
    return tuple(
        rings(projection, store, RingOptions(**own | {"currency": name}), as_of=as_of, scope=scope, limits=limits)
        for name in projection.currencies(scope)
    )


def find_ring(
    projection: TradeProjection,
    store: GraphStore,
    ring: str,
    options: RingOptions = RingOptions(),
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> Ring:
    """The ring of that id among those that these options find.

    Raises:
        NotFoundError: `not_found.ring`, alike for rings that are not there and rings out of scope.
    """
    found = rings(projection, store, options, as_of=as_of, scope=scope, limits=limits)
    for one in found.rings:
        if one.id == ring:
            return one
    raise NotFoundError(
        "There is no such ring here.",
        code="not_found.ring",
        next_step="Ask with the options and the limit under which the ring was listed.",
    )


def _through(
    projection: TradeProjection, store: GraphStore, taxpayers: Sequence[str], *, as_of: AsOf, scope: Scope
) -> npt.NDArray[np.int64] | None:
    if not taxpayers:
        return None
    keys = [find_taxpayer(store, taxpayer, as_of=as_of, scope=scope) for taxpayer in taxpayers]
    vertices = [projection.vertex(key) for key in keys]
    return np.array([vertex for vertex in vertices if vertex is not None], np.int64)


def _search(
    edges: EdgeColumns,
    vertex_count: int,
    options: RingOptions,
    *,
    through: npt.NDArray[np.int64] | None,
    limits: Limits,
) -> Rings | StaticRings:
    common: dict[str, Any] = {
        "source": edges.seller,
        "target": edges.buyer,
        "rank": np.arange(vertex_count, dtype=np.int64),  # a vertex number is the rank of its public id
        "min_length": options.min_length,
        "max_length": options.max_length,
        "through": through,
        "limit": limits.rows,
        "budget_seconds": limits.seconds,
    }
    timed: dict[str, Any] = {
        "tick": edges.tick,
        "amount": edges.amount_cents,
        "window": whole_seconds(options.window),
        "band": options.band,
    }
    try:
        if options.mode == "static":
            return static_rings(**common)
        if options.mode == "window":
            return window_rings(**common, **timed)
        return temporal_rings(**common, **timed, strict=options.strict)
    except ValueError as wrong:
        raise bad_options(wrong) from None


def _search_near(csr: Csr, options: RingOptions, *, through: npt.NDArray[np.int64], limits: Limits) -> Rings:
    """Time-ordered rings through some taxpayers: what `_search` finds, from their neighbourhood."""
    try:
        return temporal_rings_through(
            csr.adjacency,
            np.arange(csr.vertex_count, dtype=np.int64),  # a vertex number is the rank of its public id
            through=through,
            window=whole_seconds(options.window),
            min_length=options.min_length,
            max_length=options.max_length,
            strict=options.strict,
            band=options.band,
            limit=limits.rows,
            budget_seconds=limits.seconds,
        )
    except ValueError as wrong:
        raise bad_options(wrong) from None


@cache
def _compiled(mode: str, *, near: bool) -> None:
    """Load or compile the mode's kernel, so that the first question's time goes into its own search."""
    options = RingOptions(mode=mode)
    _search(EMPTY, 1, options, through=None, limits=DEFAULT_LIMITS)
    if near and mode == "time-ordered":
        nobody = np.zeros(1, np.int64)
        _search_near(build_csr(EMPTY, vertex_count=1), options, through=nobody, limits=DEFAULT_LIMITS)


def _counts(found: Rings | StaticRings) -> RingCounts:
    if isinstance(found, StaticRings):
        number = found.distinct_rings
        return RingCounts(number, number, number, _by_length(found.rings_by_length))
    by_length = _by_length(found.edge_cycles_by_length)
    return RingCounts(found.edge_cycles, found.bundled_cycles, found.distinct_rings, by_length)


def _by_length(counts: Sequence[int]) -> dict[str, int]:
    return {str(length): int(count) for length, count in enumerate(counts) if count}


def _cuts(found: Rings | StaticRings, listed: int) -> tuple[Cut, ...]:
    cuts = [Cut("search", found.cut_by, found.units_total - found.units_done)] if found.truncated else []
    if isinstance(found, Rings) and found.saturated:
        cuts.append(Cut("counts", "saturated"))
    if listed < found.distinct_rings:
        cuts.append(Cut("rings", "rows", found.distinct_rings - listed))
    return tuple(cuts)
