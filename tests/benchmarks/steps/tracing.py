"""Traces of 90 days and ten hops from random sellers, against a recursive query of DuckDB on the same edges."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.arrays.csr import Csr
from graph.kernels.trace import trace as follow
from graph.store.questions import ROOT
from queries.limits import Limits
from queries.trace import TraceOptions, trace
from queries.trade_graph import chosen_currency, chosen_resolution, trade_view
from tests.benchmarks.clock import each_timed, peak_megabytes, spread, timed
from tests.benchmarks.country import opened, projected, traders
from tests.benchmarks.sizes import HOPS, SPAN_DAYS, Size

SPAN = SPAN_DAYS * 86_400
OPTIONS = TraceOptions(hops=HOPS, span=timedelta(days=SPAN_DAYS))
LIMITS = Limits(rows=100_000)
# Earliest arrival at each taxpayer by hops: the least that any trace has to know, without amounts and shares.
REACH = """
WITH RECURSIVE reached (vertex, tick, hop) AS (
  SELECT buyer, min(tick), 1 FROM edges
  WHERE seller = $start AND tick BETWEEN $first AND $last AND buyer <> seller GROUP BY buyer
  UNION ALL
  SELECT e.buyer, min(e.tick), r.hop + 1
  FROM reached r JOIN edges e ON e.seller = r.vertex AND e.tick >= r.tick AND e.tick <= $last AND e.buyer <> e.seller
  WHERE r.hop < $hops GROUP BY e.buyer, r.hop
)
SELECT DISTINCT vertex FROM reached
"""


class Start(NamedTuple):
    """A seller, its sales of the span, and the span in ticks."""

    vertex: int
    sales: npt.NDArray[np.int64]
    first: int
    last: int


def follow_traces(size: Size, folder: Path) -> dict[str, float]:
    """Whole answers, searches alone, and the peer's reach; every taxpayer that we reach must be one that it reaches."""
    store = opened(folder)
    projection = projected(store, folder)
    currency = chosen_currency(projection, None, ROOT)
    csr = trade_view(projection, currency, chosen_resolution(projection, "auto", ROOT), ROOT).csr
    starts = [start_of(csr, vertex) for vertex in traders(projection, currency, size, size.starts)]
    ask = [projection.id(start.vertex) for start in starts]
    trace(projection, store, ask[0], OPTIONS, limits=LIMITS)  # the compiled kernel is read from its cache here
    answers, whole = each_timed(lambda key: trace(projection, store, key, OPTIONS, limits=LIMITS), ask)
    reached, search = each_timed(lambda start: _search(csr, start), starts)
    store.close()
    return {
        "traces.count": len(starts),
        "traces.cut": sum(bool(answer.cut) for answer in answers),
        "traces.most_taxpayers": max(map(len, reached)),
        **spread("traces.answer", whole),
        **spread("traces.search", search),
        **_against_duckdb(csr, starts[: size.peer_starts], reached),
        "traces.peak_megabytes": peak_megabytes(),
    }


def start_of(csr: Csr, vertex: int) -> Start:
    """The span begins with the first sale, as a taxpayer's trace does."""
    own = csr.sales(vertex)
    ticks = csr.edges.tick[own]
    first = int(ticks.min())
    return Start(vertex, own[ticks <= first + SPAN].astype(np.int64), first, first + SPAN)


def _search(csr: Csr, start: Start) -> set[int]:
    trail = follow(
        csr.adjacency,
        start_edges=start.sales,
        direction="down",
        method="haircut",
        max_hops=HOPS,
        span_start=start.first,
        span_end=start.last,
        max_edges=10_000_000,
    )
    return set(trail.vertices.tolist())


def _against_duckdb(csr: Csr, starts: list[Start], reached: list[set[int]]) -> dict[str, float]:
    edges = pa.table({name: pa.array(getattr(csr.edges, name)) for name in ("seller", "buyer", "tick")})
    peer = duckdb.connect()
    peer.register("arrow_edges", edges)
    _, table_seconds = timed(lambda: peer.execute("CREATE TABLE edges AS FROM arrow_edges ORDER BY seller, tick"))
    found, seconds = each_timed(lambda start: _reach(peer, start), starts)
    peer.close()
    if any(not ours <= theirs for ours, theirs in zip(reached, found, strict=False)):
        raise SystemExit("A trace reached a taxpayer that no time-respecting walk reaches.")
    return {
        "traces.peer_count": len(starts),
        "traces.peer_table_seconds": table_seconds,
        "traces.peer_taxpayers": sum(map(len, found)),
        "traces.own_taxpayers": sum(map(len, reached[: len(found)])),
        **spread("traces.peer", seconds),
    }


def _reach(peer: duckdb.DuckDBPyConnection, start: Start) -> set[int]:
    asked = {"start": start.vertex, "first": start.first, "last": start.last, "hops": HOPS}
    return {row[0] for row in peer.execute(REACH, asked).fetchall()}
