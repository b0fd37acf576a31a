"""The kernels of shapes beside their slow references. Read by `kernel_table`, which holds all kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np

from graph.kernels.antecedents import common_antecedents
from graph.kernels.bipartite import bipartite_cores
from graph.kernels.compiled import Longs
from graph.kernels.control import shared_control
from graph.kernels.fans import Fans, fan_in, fan_out
from graph.kernels.gather_scatter import gather_scatter
from graph.kernels.pass_through import pass_through
from graph.kernels.scatter_gather import scatter_gather
from graph.kernels.stacks import stacks
from tests.support import control_references, core_references, influence_references, shape_references
from tests.support.kernel_case import Case, adjacency_from, dense_multigraph, random_multigraph
from tests.support.references import Multigraph
from tests.support.shape_references import Row


def _window_of(random: Random, graph: Multigraph) -> int:
    return random.randrange(max(graph.tick) - min(graph.tick) + 3)


def rows_of(*columns: Longs) -> list[Row]:
    """Columns as rows of plain numbers."""
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _fan_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    return {"window": _window_of(random, graph), "least": random.randint(1, 4)}


def _fan_by(kernel: Callable[..., Fans]) -> Callable[..., list[Row]]:
    def run(graph: Multigraph, **options: Any) -> list[Row]:
        found = kernel(adjacency_from(graph), graph.rank, **options)
        assert not found.truncated
        return rows_of(
            found.vertices,
            found.first_tick,
            found.last_tick,
            found.counterparties,
            found.edges,
            found.amount_cents,
            found.windows,
        )

    return run


def _fan_reference(*, inward: bool) -> Callable[..., list[Row]]:
    def run(graph: Multigraph, **options: Any) -> list[Row]:
        return shape_references.fans(graph, inward=inward, **options)

    return run


def _pass_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    window = _window_of(random, graph)
    return {
        "window": window,
        "band": random.choice([0, 100_000, 500_000, 900_000, 999_999]),
        "least_amount": random.choice([1, 1, 5]),
        "most_dwell": random.randint(0, window + 1),
    }


def _pass_through(graph: Multigraph, **options: Any) -> list[Row]:
    found = pass_through(adjacency_from(graph), graph.rank, **options)
    assert not found.truncated
    return rows_of(
        found.vertices,
        found.first_tick,
        found.last_tick,
        found.purchases,
        found.sales,
        found.bought_cents,
        found.sold_cents,
        found.passed_cents,
        found.dwell_seconds,
        found.windows,
    )


def _scatter_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    return {"window": _window_of(random, graph), "least": random.randint(2, 3), "strict": random.random() < 0.4}


def _scatter_gather(graph: Multigraph, **options: Any) -> Any:
    found = scatter_gather(adjacency_from(graph), graph.rank, **options)
    assert not found.truncated
    members = rows_of(found.intermediaries, found.scatter_edges, found.gather_edges)
    places = pairwise(found.offsets.tolist())
    pairs = rows_of(found.sources, found.targets, found.first_tick, found.last_tick)
    return [
        (source, target, (first, last, tuple(members[start:end])))
        for (source, target, first, last), (start, end) in zip(pairs, places, strict=True)
    ]


def _split_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    return {"window": _window_of(random, graph), "least": random.randint(1, 3), "strict": random.random() < 0.4}


def _gather_scatter(graph: Multigraph, **options: Any) -> list[Row]:
    found = gather_scatter(adjacency_from(graph), graph.rank, **options)
    assert not found.truncated
    return rows_of(
        found.vertices,
        found.first_tick,
        found.split_tick,
        found.last_tick,
        found.sources,
        found.targets,
        found.purchases,
        found.sales,
        found.bought_cents,
        found.sold_cents,
    )


def _control_options(random: Random, _: Multigraph) -> dict[str, Any]:
    return {
        "least_weight": random.choice([0.0, 0.6, 1 / math.log(3), 1 / math.log(4), 1 / math.log(5), 1.0]),
        "least_members": random.randint(2, 4),
        "family": random.choice([None, [0, 0, 1, 1], [0, 0, 0, 0]]),
    }


def _shared_control(graph: Multigraph, **options: Any) -> Any:
    members, ties, kinds = zip(*control_references.links_of(graph), strict=True)
    found = shared_control(members, ties, kinds, graph.rank, control_references.tie_ranks(graph), **options)
    groups = []
    for group, score in enumerate(found.scores.tolist()):
        places = slice(*found.tie_offsets[group : group + 2])
        columns = found.ties, found.weights, found.covered, found.strong.astype(bool)
        groups.append(
            control_references.Group(
                members=tuple(found.members[slice(*found.member_offsets[group : group + 2])].tolist()),
                ties=tuple(zip(*(column[places].tolist() for column in columns), strict=True)),
                score=score,
                controller=int(found.controllers[group]),
                families=int(found.families[group]),
                crossings=int(found.crossings[group]),
            )
        )
    return groups, found.groups_left_out, found.weak_ties, found.weak_ties_listed


def members_of(*roles: tuple[Longs, Longs]) -> list[tuple[tuple[int, ...], ...]]:
    """Members of each role of each group, from (offsets, members)."""
    lists = [
        [tuple(members[start:end].tolist()) for start, end in pairwise(offsets.tolist())] for offsets, members in roles
    ]
    return list(zip(*lists, strict=True))


def _core_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    window = _window_of(random, graph)
    return {
        "window": window,
        "step": random.randint(1, window + 1),
        "least_sellers": random.randint(1, 3),
        "least_buyers": random.randint(1, 3),
    }


def _bipartite_cores(graph: Multigraph, **options: Any) -> Any:
    found = bipartite_cores(adjacency_from(graph), graph.rank, **options)
    assert not found.truncated
    members = members_of((found.seller_offsets, found.sellers), (found.buyer_offsets, found.buyers))
    ticks = rows_of(found.starts, found.first_tick, found.last_tick)
    layers = rows_of(found.pairs, found.edges, found.amount_cents)
    return [(*own, roles, (layer,)) for own, roles, layer in zip(ticks, members, layers, strict=True)]


def _stack_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    window = _window_of(random, graph)
    return {
        "window": window,
        "step": random.randint(1, window + 1),
        "least_sources": random.randint(1, 3),
        "least_middles": random.randint(1, 2),
        "least_targets": random.randint(1, 3),
        "strict": random.random() < 0.4,
    }


def _stacks(graph: Multigraph, **options: Any) -> Any:
    found = stacks(adjacency_from(graph), graph.rank, **options)
    assert not found.truncated
    members = members_of(
        (found.source_offsets, found.sources),
        (found.middle_offsets, found.middles),
        (found.target_offsets, found.targets),
    )
    ticks = rows_of(found.starts, found.first_tick, found.last_tick)
    first = rows_of(found.first_pairs, found.first_edges, found.first_amount_cents)
    second = rows_of(found.second_pairs, found.second_edges, found.second_amount_cents)
    layers = zip(first, second, strict=True)
    return [(*own, roles, both) for own, roles, both in zip(ticks, members, layers, strict=True)]


def _influence_graph(random: Random) -> Multigraph:
    return random_multigraph(random, most_vertices=10, most_edges=30)


def _antecedent_options(random: Random, _: Multigraph) -> dict[str, Any]:
    return {"max_length": random.choice([0, 1, 2, 3, 9])}


def _antecedents(graph: Multigraph, **options: Any) -> list[influence_references.Row]:
    ends = [np.array(kind, np.int32).reshape(-1, 2).T for kind in influence_references.kinds_of(graph)]
    influence, kin, trade = ((one, other) for one, other in ends)
    found = common_antecedents(influence, kin, trade, graph.rank, **options)
    assert not found.truncated
    trails = [
        [tuple(steps[start:end].tolist()) for start, end in pairwise(offsets.tolist())]
        for offsets, steps in (
            (found.seller_offsets, found.seller_trails),
            (found.buyer_offsets, found.buyer_trails),
        )
    ]
    columns = (found.sellers, found.buyers, found.trades, found.antecedents)
    return list(zip(*(column.tolist() for column in columns), *trails, strict=True))


SHAPES = (
    Case("fan-in", _fan_by(fan_in), _fan_reference(inward=True), _fan_options),
    Case("fan-out", _fan_by(fan_out), _fan_reference(inward=False), _fan_options),
    Case("pass-through", _pass_through, shape_references.pass_through, _pass_options),
    Case("scatter-gather", _scatter_gather, shape_references.scatter_gather, _scatter_options, dense_multigraph),
    Case("gather-scatter", _gather_scatter, shape_references.gather_scatter, _split_options, dense_multigraph),
    Case("shared control", _shared_control, control_references.shared_control, _control_options),
    Case("stacks", _stacks, core_references.stacks, _stack_options, dense_multigraph),
    Case("bipartite cores", _bipartite_cores, core_references.bipartite_cores, _core_options, dense_multigraph),
    Case(
        "common antecedents",
        _antecedents,
        influence_references.common_antecedents,
        _antecedent_options,
        _influence_graph,
    ),
)
