"""Which edges of one ring lie on a cycle that counts, the slow way: by every choice of an edge from each arc."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product
from random import Random
from typing import Any

import numpy as np

from graph.kernels.ring_evidence import Options, ring_evidence
from tests.support.references import Multigraph

MILLION = 1_000_000
Evidence = tuple[list[int], list[int], int]  # marked edges, those that begin a choice, gap


def arcs_of(graph: Multigraph, arcs: int) -> list[list[int]]:
    """The graph's edges dealt out to the arcs of one ring, each by tick."""
    return [
        sorted((edge for edge in graph.edges if graph.source[edge] % arcs == arc), key=lambda edge: graph.tick[edge])
        for arc in range(arcs)
    ]


def slow_evidence(graph: Multigraph, *, arcs: int, **options: Any) -> Evidence:
    """Edges of all choices that count, and the smallest band under which one does (-1: none)."""
    choices = [choice for choice in product(*arcs_of(graph, arcs)) if _in_time(graph, choice, **options)]
    gaps = {choice: _gap([graph.amount[edge] for edge in choice]) for choice in choices}
    band = options["band"]
    counted = [choice for choice, gap in gaps.items() if band is None or gap <= band]
    most = MILLION - 1 if band is None else band
    smallest = min((gap for gap in gaps.values() if gap <= most), default=-1)
    begins = {edge for choice in counted for edge in _firsts(graph, choice, options["mode"], strict=options["strict"])}
    return sorted({edge for choice in counted for edge in choice}), sorted(begins), smallest


def _firsts(graph: Multigraph, choice: tuple[int, ...], mode: str, *, strict: bool) -> Iterator[int]:
    """The edges from which the choice is in order; for windows its earliest ones."""
    ticks = [graph.tick[edge] for edge in choice]
    for place, edge in enumerate(choice):
        if mode == "window":
            in_order = ticks[place] == min(ticks)
        else:
            in_order = _rises([*ticks[place:], *ticks[:place]], strict=strict)
        if in_order:
            yield edge


def _gap(amounts: list[int]) -> int:
    """The smallest b with min * 10^6 >= (10^6 - b) * max."""
    return MILLION - min(amounts) * MILLION // max(amounts)


def _in_time(
    graph: Multigraph, choice: tuple[int, ...], *, window: int, mode: str, strict: bool, band: int | None
) -> bool:
    del band
    ticks = [graph.tick[edge] for edge in choice]
    if max(ticks) - min(ticks) > window:
        return False
    if mode == "window":
        return True
    return any(_rises([*ticks[start:], *ticks[:start]], strict=strict) for start in range(len(ticks)))


def _rises(ticks: list[int], *, strict: bool) -> bool:
    return all(b >= a + strict for a, b in pairwise(ticks))


def fast_evidence(graph: Multigraph, *, arcs: int, **options: Any) -> Evidence:
    """The kernel's answer in the reference's form."""
    rows = arcs_of(graph, arcs)
    edges = [edge for row in rows for edge in row]
    # Another ring beside it must not matter.
    both = [*edges, *edges]
    found = ring_evidence(
        [0, arcs, 2 * arcs],
        np.cumsum([0, *(len(row) for row in (*rows, *rows))]),
        [graph.tick[edge] for edge in both],
        [graph.amount[edge] for edge in both],
        Options(**options),
    )
    assert found.gaps[0] == found.gaps[1]
    marks = [
        sorted(np.array(edges)[flags].tolist()) for flags in (found.marked[: len(edges)], found.begins[: len(edges)])
    ]
    return marks[0], marks[1], int(found.gaps[0])


def evidence_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    """Arcs, window, band and order."""
    mode = random.choice(["time-ordered", "window"])
    return {
        "arcs": random.randint(2, 4),
        "window": random.randrange(max(graph.tick) - min(graph.tick) + 3),
        "band": random.choice([None, 0, 50_000, 300_000, 700_000]),
        "mode": mode,
        "strict": mode == "time-ordered" and random.random() < 0.4,
    }
