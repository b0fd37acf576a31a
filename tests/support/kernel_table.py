"""Each kernel beside its slow reference, and how to draw options. Read by tests/property/kernels and benchmarks."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from graph.kernels.paths import group_arcs, shortest_path
from graph.kernels.rings import Rings
from graph.kernels.static import static_rings
from graph.kernels.temporal import temporal_rings, temporal_rings_through
from graph.kernels.trace import trace
from graph.kernels.window import window_rings
from tests.support import references
from tests.support.cover_reference import cover_options, fast_cover, slow_cover
from tests.support.evidence_reference import evidence_options, fast_evidence, slow_evidence
from tests.support.kernel_case import Case, adjacency_from, dense_multigraph
from tests.support.references import Multigraph, ReferenceRings
from tests.support.shape_table import SHAPES

BANDS = (None, None, 0, 30_000, 100_000, 500_000, 900_000, 999_999)


def as_reference(rings: Rings) -> ReferenceRings:
    """A kernel's answer in the reference's words."""
    listed = []
    for number in range(rings.listed):
        places = slice(rings.offsets[number], rings.offsets[number + 1])
        members = tuple(rings.members[places].tolist())
        listed.append(
            references.ReferenceRing(
                first_tick=int(rings.first_tick[number]),
                length=len(members),
                ranks=(),
                members=members,
                last_tick=int(rings.last_tick[number]),
                edge_cycles=int(rings.ring_edge_cycles[number]),
                bundled_cycles=int(rings.ring_bundled_cycles[number]),
                witness=tuple(rings.witness[places].tolist()),
            )
        )
    assert rings.edge_cycles == sum(rings.edge_cycles_by_length)
    assert rings.distinct_rings == len(listed)
    assert not rings.truncated
    return ReferenceRings(rings.edge_cycles_by_length, rings.bundled_cycles, tuple(listed))


def _columns(graph: Multigraph) -> tuple[tuple[int, ...], ...]:
    return graph.source, graph.target, graph.tick, graph.amount, graph.rank


def _without_ranks(rings: ReferenceRings) -> ReferenceRings:
    plain = tuple(
        references.ReferenceRing(
            r.first_tick, r.length, (), r.members, r.last_tick, r.edge_cycles, r.bundled_cycles, r.witness
        )
        for r in rings.rings
    )
    return ReferenceRings(rings.edge_cycles_by_length, rings.bundled_cycles, plain)


def _ring_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    shortest = random.randint(2, 3)
    vertices = range(len(graph.rank))
    return {
        "min_length": shortest,
        "max_length": random.randint(shortest, 10),
        "through": set(random.sample(vertices, random.randint(1, 2))) if random.random() < 0.3 else None,
    }


def _window_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    width = random.randrange(max(graph.tick) - min(graph.tick) + 3)
    return {**_ring_options(random, graph), "window": width, "band": random.choice(BANDS)}


def _temporal_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    return {**_window_options(random, graph), "strict": random.random() < 0.4}


def _through_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    vertices = range(len(graph.rank))
    return {**_temporal_options(random, graph), "through": set(random.sample(vertices, random.randint(1, 2)))}


def _trace_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    first, last = min(graph.tick), max(graph.tick)
    start = random.randint(first, last)
    return {
        "starts": set(random.sample(graph.edges, random.randint(1, min(3, len(graph.edges))))),
        "max_hops": random.randint(1, 6),
        "span": (start, random.randint(start, last)),
    }


def _path_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    vertices = range(len(graph.rank))
    return {
        "start": random.choice(vertices),
        "end": random.choice(vertices),
        "directed": random.random() < 0.5,
        "max_hops": random.randint(0, 5),
    }


def _rings_by(kernel: Callable[..., Rings]) -> Callable[..., ReferenceRings]:
    def run(graph: Multigraph, *, through: set[int] | None, **options: Any) -> ReferenceRings:
        marked = None if through is None else sorted(through)
        # Blocks of two edges: with the usual size every small graph would be one block.
        return as_reference(kernel(*_columns(graph), through=marked, block_edges=2, **options))

    return run


def _rings_through(graph: Multigraph, *, through: set[int], **options: Any) -> ReferenceRings:
    found = temporal_rings_through(adjacency_from(graph), graph.rank, through=sorted(through), block_edges=2, **options)
    return as_reference(found)


def _static(graph: Multigraph, *, through: set[int] | None, **options: Any) -> list[tuple[int, ...]]:
    marked = None if through is None else sorted(through)
    found = static_rings(graph.source, graph.target, graph.rank, through=marked, **options)
    places = zip(found.offsets, found.offsets[1:], strict=False)
    return [tuple(found.members[start:end].tolist()) for start, end in places]


def _trace_by(method: Any, **costs: Any) -> Callable[..., dict[int, tuple[float, int]]]:
    def run(graph: Multigraph, *, starts: set[int], max_hops: int, span: tuple[int, int]) -> Any:
        found = trace(
            adjacency_from(graph),
            start_edges=sorted(starts),
            method=method,
            max_hops=max_hops,
            span_start=span[0],
            span_end=span[1],
            **costs,
        )
        columns = zip(found.edges.tolist(), found.carried_cents.tolist(), found.edge_hops.tolist(), strict=True)
        return {edge: (round(carried, 6), hop) for edge, carried, hop in columns}

    return run


def _rounded(reference: Callable[..., references.Carried]) -> Callable[..., dict[int, tuple[float, int]]]:
    def run(graph: Multigraph, **options: Any) -> dict[int, tuple[float, int]]:
        return {edge: (round(float(cents), 6), hop) for edge, (cents, hop) in reference(graph, **options).items()}

    return run


def _path(graph: Multigraph, *, start: int, end: int, directed: bool, max_hops: int) -> Any:
    arcs = group_arcs(graph.source, graph.target, vertex_count=len(graph.rank), directed=directed)
    found = shortest_path(arcs, graph.rank, start=start, end=end, max_hops=max_hops)
    return (tuple(found.vertices.tolist()), tuple(found.edges.tolist())) if found.found else None


def _temporal_reference(graph: Multigraph, **options: Any) -> ReferenceRings:
    return _without_ranks(references.temporal_rings(graph, **options))


def _window_reference(graph: Multigraph, **options: Any) -> ReferenceRings:
    return _without_ranks(references.window_rings(graph, **options))


KERNELS = (
    Case("temporal rings", _rings_by(temporal_rings), _temporal_reference, _temporal_options),
    Case("temporal rings through", _rings_through, _temporal_reference, _through_options),
    Case("window rings", _rings_by(window_rings), _window_reference, _window_options),
    Case("static rings", _static, references.static_rings, _ring_options),
    *(
        Case(
            f"haircut trace, {name}",
            _trace_by("haircut", positions_a_sale=positions),
            _rounded(references.haircut_down),
            _trace_options,
        )
        for name, positions in {"sale by sale": 0, "swept after some": 4, "swept": 1_000_000}.items()
    ),
    Case("fifo trace", _trace_by("fifo"), _rounded(references.fifo_down), _trace_options),
    Case("ring evidence", fast_evidence, slow_evidence, evidence_options),
    Case("late cover", fast_cover, slow_cover, cover_options, dense_multigraph),
    Case("shortest path", _path, references.shortest_path, _path_options),
    *SHAPES,
)
