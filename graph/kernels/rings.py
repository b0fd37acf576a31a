"""What the time-bound ring kernels return, and the way there. Used by `temporal` and `window`; read by queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import as_ints, as_longs, check_band, check_lengths, require, vertex_flags
from graph.kernels.compiled import FAR
from graph.kernels.plan import NO_BAND
from graph.kernels.temporal_count import Rules

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from graph.kernels.compiled import Ints, Longs
    from graph.kernels.ring_table import RingTable

DEFAULT_LIMIT = 10_000
DEFAULT_MAX_RINGS = 20_000_000


@dataclass(frozen=True, slots=True)
class Rings:
    """Counts of all rings and a list of the first `limit` of them.

    The list is ordered by (first tick, length, ranks of the members); `limit` cuts the list, never the counts.
    Vertices and edges are the caller's numbers. Ring r has members[offsets[r]:offsets[r + 1]], in canonical rotation
    (smallest rank first, direction of the edges), and its witness edges lie at the same places.
    """

    edge_cycles: int
    """Sets of invoices."""
    bundled_cycles: int
    """Temporal: (vertex sequence from the first edge, its tick). Window: (ring, tick of its earliest invoice)."""
    distinct_rings: int
    """Vertex sequences up to rotation."""
    edge_cycles_by_length: tuple[int, ...]
    """Index = length, 0..max_length."""
    offsets: Longs
    members: Longs
    first_tick: Longs
    """Earliest tick of any edge cycle of the ring, seconds."""
    last_tick: Longs
    ring_edge_cycles: Longs
    ring_bundled_cycles: Longs
    witness: Longs
    """Temporal: edges in time order. Window: edge i leads from member i to the next. See `witness`."""
    truncated: bool
    """True: the search was cut and every number above is a lower bound."""
    cut_by: str
    """"time", "memory" or empty."""
    units_done: int
    """Blocks (time block x amount class) searched to the end, of `units_total`."""
    units_total: int
    saturated: bool
    """True: a count reached 2^62 and stands for "at least"."""
    min_length: int
    max_length: int
    window: int
    strict: bool
    band: int | None

    @property
    def listed(self) -> int:
        """Rings in the list."""
        return len(self.first_tick)


def first_rings(table: RingTable, rank: Longs, *, most: int, limit: int) -> Longs:
    """Numbers of the first `limit` rings by (first tick, length, ranks of the members): int64[listed]."""
    count = int(table.sizes[0])
    first = table.first[:count]
    chosen = np.arange(count)
    if limit < count:
        # Only rings up to the limit-th first tick can be listed; sorting all would cost more than finding them.
        bound = np.partition(first, limit)[limit] if limit else -FAR
        chosen = np.flatnonzero(first <= bound)
    starts = table.offsets[chosen]
    lengths = table.offsets[chosen + 1] - starts
    keys = []
    for place in range(most):
        inside = place < lengths
        members = table.members[np.where(inside, starts + place, starts)]
        keys.append(np.where(inside, rank[members], -1))
    order = np.lexsort((*reversed(keys), lengths, first[chosen]))
    return chosen[order[:limit]]


def flat_members(table: RingTable, chosen: Longs) -> tuple[Longs, Longs]:
    """(offsets int64[r + 1], members int64) of the chosen rings, one after the other."""
    lengths = table.offsets[chosen + 1] - table.offsets[chosen]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    places = np.repeat(table.offsets[chosen] - offsets[:-1], lengths) + np.arange(offsets[-1])
    return offsets, table.members[places].astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Edges:
    source: Ints
    target: Ints
    tick: Longs
    amount: Longs
    rank: Longs


def _checked_edges(edges: tuple[npt.ArrayLike, ...]) -> _Edges:
    source, target, tick, amount, rank = edges
    ranks = np.ascontiguousarray(rank, dtype=np.int64)
    sources = as_ints(source, below=len(ranks), name="source")
    targets = as_ints(target, below=len(ranks), name="target")
    count = len(sources)
    require(condition=len(targets) == count, message="source and target must be of one length")
    return _Edges(
        sources,
        targets,
        as_longs(tick, length=count, name="tick"),
        as_longs(amount, length=count, name="amount"),
        ranks,
    )


def ring_search(
    search: Callable[..., RingTable],
    witnesses: Callable[..., Longs],
    *,
    edges: tuple[npt.ArrayLike, ...],
    window: int,
    lengths: tuple[int, int],
    strict: bool,
    band: int | None,
    through: npt.ArrayLike | None,
    limit: int,
    budget_seconds: float | None,
    stop: Longs | None,
    max_rings: int,
    block_edges: int,
) -> Rings:
    """Check the options, run the search of one kernel under its budget, and put its table into order.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    check_lengths(*lengths)
    require(condition=window >= 0, message=f"window must be 0 or more seconds, not {window}")
    require(condition=limit >= 0, message=f"limit must be 0 or more rings, not {limit}")
    own = _checked_edges(edges)
    check_band(band, own.amount)
    rules = Rules(*lengths, window, int(strict), NO_BAND if band is None else band, 0, FAR)
    totals, units, by_length = np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(lengths[1] + 1, np.int64)
    flags = vertex_flags(through, len(own.rank))
    arrays = (own.source, own.target, own.tick, own.amount)
    with stop_after(budget_seconds, stop) as flag:
        table = search(*arrays, own.rank, rules, flags, flag, max_rings, block_edges, totals, by_length, units)
        cut_by = REASONS[int(flag[0])] if units[0] < units[1] else ""
    chosen = first_rings(table, own.rank, most=lengths[1], limit=limit)
    offsets, members = flat_members(table, chosen)
    first = table.first[chosen]
    return Rings(
        edge_cycles=int(totals[0]),
        bundled_cycles=int(totals[1]),
        distinct_rings=int(table.sizes[0]),
        edge_cycles_by_length=tuple(int(cycles) for cycles in by_length),
        offsets=offsets,
        members=members,
        first_tick=first,
        last_tick=table.last[chosen],
        ring_edge_cycles=table.cycles[chosen],
        ring_bundled_cycles=table.bundles[chosen],
        witness=witnesses(*arrays, offsets, members, first, rules),
        truncated=bool(cut_by),
        cut_by=cut_by,
        units_done=int(units[0]),
        units_total=int(units[1]),
        saturated=int(totals[0]) >= FAR,
        min_length=lengths[0],
        max_length=lengths[1],
        window=window,
        strict=strict,
        band=band,
    )
