"""Trace: where the value of some edges went, or where it came from, in time order and in shares.

Called by `queries.trace`. Definitions: detection.md, section 1; ledger order: `adjacency`; the sums: `haircut` and
`fifo`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from graph.kernels.adjacency import positions_of
from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import as_ints, require
from graph.kernels.compiled import FAR
from graph.kernels.fifo import fifo_downstream, fifo_upstream
from graph.kernels.haircut import haircut_downstream
from graph.kernels.haircut_back import haircut_upstream
from graph.kernels.trail import TraceRules, Trail, reached_vertices

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.adjacency import Adjacency
    from graph.kernels.compiled import Doubles, Ints, Longs

Direction = Literal["down", "up"]
Method = Literal["haircut", "fifo"]
MOST_HOPS = 64
POSITIONS_A_SALE = 200
"""Measured on ten million invoices; a sale misses the cache some times, and reading in order overlaps its misses."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Edges used, in ledger order (down) or against it (up), and vertices reached, by vertex number."""

    edges: Longs
    """Edge numbers; the start edges are among them."""
    edge_hops: Longs
    """1 for a start edge: the fewest hops over which part of it came."""
    carried_cents: Doubles
    """Cents of the edge that are attributed to the start edges (down), or that the start edges draw on (up)."""
    shares: Doubles
    """Down: carried / amount of the edge. Up: carried / amount of all start edges. So down(a to b) = up(b to a)."""
    vertices: Longs
    """Buyers (down) or sellers (up) of the edges used."""
    vertex_hops: Longs
    vertex_ticks: Longs
    """Earliest arrival (down), latest departure (up), seconds."""
    vertex_cents: Doubles
    """Sum of the carried cents that arrived at (down) or left (up) the vertex."""
    dropped_vertices: Longs
    """Vertices at which the vertex limit left edges out."""
    dropped_edges: Longs
    """How many at each."""
    below_threshold: int
    """Edges not followed because of min_amount or min_share."""
    truncated: bool
    cut_by: str
    """"time", "memory" (max_edges) or empty."""


def _start_edges(
    adjacency: Adjacency,
    *,
    vertices: npt.ArrayLike | None,
    edges: npt.ArrayLike | None,
    downstream: bool,
    span: tuple[int, int],
) -> tuple[Ints, Longs]:
    """Start edges inside the span, each once, and their positions, in ledger order."""
    count = len(adjacency.source)
    chosen = as_ints(edges if edges is not None else [], below=count, name="start_edges")
    places = positions_of(adjacency, chosen)
    if vertices is not None:
        out = adjacency.out_offset, adjacency.out_edge, adjacency.out_position
        offsets, grouped, positions = (
            out if downstream else (adjacency.in_offset, adjacency.in_edge, adjacency.in_position)
        )
        starts = as_ints(vertices, below=len(offsets) - 1, name="start_vertices")
        own = [slice(offsets[vertex], offsets[vertex + 1]) for vertex in starts]
        chosen = np.concatenate([chosen, *(grouped[each] for each in own)])
        places = np.concatenate([places, *(positions[each] for each in own)])
    inside = (adjacency.tick[chosen] >= span[0]) & (adjacency.tick[chosen] <= span[1]) & (places >= 0)
    positions, first = np.unique(places[inside], return_index=True)
    return np.ascontiguousarray(chosen[inside][first]), positions.astype(np.int64)


def _read(adjacency: Adjacency, trail: Trail, *, downstream: bool, whole: float, cut_by: str, slot: Ints) -> Trace:
    """The trail as columns, and its vertices."""
    rows = int(trail.sizes[0])
    cut = trail.cut[:rows] == 1
    edges = trail.edge[:rows].astype(np.int64)
    ends = adjacency.target if downstream else adjacency.source
    cut_ends = adjacency.source if downstream else adjacency.target
    dropped, dropped_edges = np.unique(cut_ends[edges[cut]], return_counts=True)
    used, hops, carried = edges[~cut], trail.hop[:rows][~cut].astype(np.int64), trail.carried[:rows][~cut]
    vertices, first, fewest, cents = reached_vertices(ends, used, hops, carried, slot)
    order = np.argsort(vertices)
    return Trace(
        edges=used,
        edge_hops=hops,
        carried_cents=carried,
        shares=carried / (adjacency.amount[used] if downstream else whole),
        vertices=vertices[order],
        vertex_hops=fewest[order],
        vertex_ticks=adjacency.tick[used[first[order]]],
        vertex_cents=cents[order],
        dropped_vertices=dropped.astype(np.int64),
        dropped_edges=dropped_edges.astype(np.int64),
        below_threshold=int(trail.sizes[1]),
        truncated=bool(cut_by),
        cut_by=cut_by,
    )


def _run(
    adjacency: Adjacency,
    starts: tuple[Ints, Longs],
    rules: TraceRules,
    *,
    downstream: bool,
    method: Method,
    whole: float,
    slot: Ints,
    stop: Longs,
) -> Trail:
    """The kernel of the direction and method."""
    if downstream:
        forward = haircut_downstream if method == "haircut" else fifo_downstream
        return forward(adjacency, *starts, rules, slot, stop)
    backward = haircut_upstream if method == "haircut" else fifo_upstream
    return backward(adjacency, *starts, rules, slot, whole, stop)


def trace(
    adjacency: Adjacency,
    *,
    start_vertices: npt.ArrayLike | None = None,
    start_edges: npt.ArrayLike | None = None,
    direction: Direction = "down",
    method: Method = "haircut",
    max_hops: int,
    span_start: int,
    span_end: int,
    min_amount: int = 0,
    min_share: int = 0,
    limit_per_vertex: int | None = None,
    max_edges: int = 1_000_000,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
    positions_a_sale: int = POSITIONS_A_SALE,
) -> Trace:
    """Follow value from (down) or back from (up) the start edges along time-respecting walks.

    In one trace every vertex has a balance of its purchases in the span, zero at the start; a sale draws
    min(amount, balance), and the excess is value added. *Haircut*: a sale carries the tainted part of the balance in
    proportion (float64, ledger order). *Fifo*: cents are drawn in the order in which they were bought (int64).

    Start edges enter wholly tainted at hop 1 and take part in the trace only so: what would reach one is absorbed
    there. The start of a vertex is, downstream, all its sales in the span; upstream, all its purchases in the span.

    Upstream answers, for each earlier edge a, how many cents of the start edges stem from a. It reads the same ledger
    backwards: for single edges, share down(a to b) = share up(b to a), to rounding by haircut, exactly by fifo.

    Args:
        adjacency: edges by vertex in ledger order, amounts above zero.
        start_vertices: vertex numbers.
        start_edges: edge numbers; those outside the span are left out.
        direction: "down" or "up".
        method: "haircut" or "fifo".
        max_hops: most edges on a walk, the start edge included, 1..64.
        span_start: first tick.
        span_end: last tick, inclusive. Both directions of a comparison need the same span, as it fixes the balances.
        min_amount: smaller edges count in balances but are not followed, cents.
        min_share: edges with a smaller share are not followed, millionths.
        limit_per_vertex: follow only the newest edges in the span of each vertex (sales down, purchases up); what is
            left out is reported.
        max_edges: most edges in the answer; reaching it truncates.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.
        positions_a_sale: a haircut downstream that has followed more sales than the span has edges, divided by this,
            reads the rest of the span in order; 0 = never. It changes the time, not the answer.

    Raises:
        ValueError: for options that make no sense.
    """
    require(condition=1 <= max_hops <= MOST_HOPS, message=f"max_hops must be 1..{MOST_HOPS}, not {max_hops}")
    require(condition=span_start <= span_end, message=f"the span {span_start}..{span_end} is empty")
    require(condition=direction in {"down", "up"}, message=f"direction is down or up, not {direction}")
    require(condition=method in {"haircut", "fifo"}, message=f"method is haircut or fifo, not {method}")
    require(
        condition=limit_per_vertex is None or limit_per_vertex > 0,
        message="limit_per_vertex must be 1 or more, or None",
    )
    downstream = direction == "down"
    starts = _start_edges(
        adjacency, vertices=start_vertices, edges=start_edges, downstream=downstream, span=(span_start, span_end)
    )
    rules = TraceRules(
        max_hops, span_start, span_end, min_amount, min_share, limit_per_vertex or FAR, max_edges, positions_a_sale
    )
    whole = float(adjacency.amount[starts[0]].sum())
    # Zeros that nobody touches cost nothing: the system gives out their pages on first use.
    slot = np.zeros(len(adjacency.out_offset) - 1, np.int32)
    with stop_after(budget_seconds, stop) as flag:
        trail = _run(adjacency, starts, rules, downstream=downstream, method=method, whole=whole, slot=slot, stop=flag)
        cut_by = "" if trail.sizes[3] else REASONS[int(flag[0])]
    return _read(adjacency, trail, downstream=downstream, whole=whole, cut_by=cut_by, slot=slot)
