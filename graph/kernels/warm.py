"""Compile every kernel before anyone waits for it. Called by `make setup`, the image build and `taxgraph warm`."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = np.array([0, 1, 0], np.int32)
TARGET = np.array([1, 0, 1], np.int32)
TICK = np.array([0, 1, 2], np.int64)
AMOUNT = np.array([100, 100, 101], np.int64)
RANK = np.array([0, 1], np.int64)


def _temporal() -> None:
    from graph.kernels.temporal import temporal_rings  # noqa: PLC0415 - each kernel is timed with its own import

    for band in (None, 100_000):
        temporal_rings(SOURCE, TARGET, TICK, AMOUNT, RANK, window=5, band=band, through=[0])


def _temporal_through() -> None:
    from graph.kernels.adjacency import adjacency_of  # noqa: PLC0415 - each kernel is timed with its own import
    from graph.kernels.temporal import temporal_rings_through  # noqa: PLC0415 - each kernel is timed with its own import

    temporal_rings_through(adjacency_of(SOURCE, TARGET, TICK, AMOUNT, 2), RANK, through=[0], window=5)


def _window() -> None:
    from graph.kernels.window import window_rings  # noqa: PLC0415 - each kernel is timed with its own import

    for band in (None, 100_000):
        window_rings(SOURCE, TARGET, TICK, AMOUNT, RANK, window=5, band=band, through=[0])


def _static() -> None:
    from graph.kernels.static import static_rings  # noqa: PLC0415 - each kernel is timed with its own import

    static_rings(SOURCE, TARGET, RANK, through=[0])


def _ring_evidence() -> None:
    from graph.kernels.ring_evidence import Options, ring_evidence  # noqa: PLC0415 - each kernel is timed with its own import

    ring_evidence([0, 2], [0, 1, 3], TICK, AMOUNT, Options(window=5, band=100_000))


def _late_cover() -> None:
    from graph.kernels.late_cover import Amounts, Sides, late_cover  # noqa: PLC0415 - each kernel is timed with its own import

    offset, row = np.array([0, 1, 2], np.int32), np.array([0, 1], np.int32)
    late_cover(Sides(offset, row, offset, row), Amounts(AMOUNT[:2], TICK[:2], TICK[:2]), grace=1)


def _trace() -> None:
    from graph.kernels.adjacency import adjacency_of  # noqa: PLC0415 - each kernel is timed with its own import
    from graph.kernels.trace import trace  # noqa: PLC0415 - each kernel is timed with its own import

    edges = adjacency_of(SOURCE, TARGET, TICK, AMOUNT, 2)
    trace(edges, start_edges=[0], direction="down", method="haircut", max_hops=2, span_start=0, span_end=5)
    trace(edges, start_edges=[0], direction="down", method="fifo", max_hops=2, span_start=0, span_end=5)
    trace(edges, start_edges=[1], direction="up", method="haircut", max_hops=2, span_start=0, span_end=5)
    trace(edges, start_edges=[1], direction="up", method="fifo", max_hops=2, span_start=0, span_end=5)


def _paths() -> None:
    from graph.kernels.paths import group_arcs, shortest_path  # noqa: PLC0415 - each kernel is timed with its own import

    for directed in (True, False):
        arcs = group_arcs(SOURCE, TARGET, vertex_count=2, directed=directed)
        shortest_path(arcs, RANK, start=0, end=1, max_hops=3)


def _fans() -> None:
    from graph.kernels.adjacency import adjacency_of  # noqa: PLC0415 - each kernel is timed with its own import
    from graph.kernels.fans import fan_in, fan_out  # noqa: PLC0415 - each kernel is timed with its own import

    edges = adjacency_of(SOURCE, TARGET, TICK, AMOUNT, 2)
    for kernel in (fan_in, fan_out):
        kernel(edges, RANK, window=5, least=1)


def _pass_through() -> None:
    from graph.kernels.adjacency import adjacency_of  # noqa: PLC0415 - each kernel is timed with its own import
    from graph.kernels.pass_through import pass_through  # noqa: PLC0415 - each kernel is timed with its own import

    edges = adjacency_of(SOURCE, TARGET, TICK, AMOUNT, 2)
    pass_through(edges, RANK, window=5, band=100_000, least_amount=1, most_dwell=5)


def _scatter_gather() -> None:
    from graph.kernels.adjacency import adjacency_of  # noqa: PLC0415 - each kernel is timed with its own import
    from graph.kernels.scatter_gather import scatter_gather  # noqa: PLC0415 - each kernel is timed with its own import

    scatter_gather(adjacency_of(SOURCE, TARGET, TICK, AMOUNT, 2), RANK, window=5, least=2)


def _gather_scatter() -> None:
    from graph.kernels.adjacency import adjacency_of  # noqa: PLC0415 - each kernel is timed with its own import
    from graph.kernels.gather_scatter import gather_scatter  # noqa: PLC0415 - each kernel is timed with its own import

    gather_scatter(adjacency_of(SOURCE, TARGET, TICK, AMOUNT, 2), RANK, window=5, least=1)


def _cores() -> None:
    from graph.kernels.adjacency import adjacency_of  # noqa: PLC0415 - each kernel is timed with its own import
    from graph.kernels.bipartite import bipartite_cores  # noqa: PLC0415 - each kernel is timed with its own import
    from graph.kernels.stacks import stacks  # noqa: PLC0415 - each kernel is timed with its own import

    edges = adjacency_of(SOURCE, TARGET, TICK, AMOUNT, 2)
    bipartite_cores(edges, RANK, window=5, step=3, least_sellers=1, least_buyers=1)
    stacks(edges, RANK, window=5, step=3, least_sources=1, least_middles=1, least_targets=1)


def _control() -> None:
    from graph.kernels.control import shared_control  # noqa: PLC0415 - each kernel is timed with its own import

    shared_control(SOURCE, TARGET, SOURCE, RANK, RANK, least_weight=0.5, least_members=2)


def _antecedents() -> None:
    from graph.kernels.antecedents import common_antecedents  # noqa: PLC0415 - each kernel is timed with its own import

    ends = SOURCE, TARGET
    common_antecedents(ends, ends, ends, RANK, max_length=2)


def _texts() -> None:
    from graph.kernels import texts  # noqa: PLC0415 - each kernel is timed with its own import

    offsets, data = np.array([0, 1], np.int32), np.frombuffer(b"1", np.uint8)
    for read in (
        texts.hundredths,
        texts.millionths,
        texts.whole_numbers,
        texts.plain_decimals,
        texts.days,
        texts.seconds,
        texts.has_outer_blanks,
    ):
        read(offsets, data)


def _hashing() -> None:
    from graph.kernels import hashing  # noqa: PLC0415 - each kernel is timed with its own import

    hashes, slots = np.zeros(1, np.int64), np.zeros(4, np.int64)
    hashing.add_texts(np.array([0, 1], np.int32), np.frombuffer(b"1", np.uint8), hashes)
    hashing.insert(slots, hashes)
    hashing.find(slots, hashes, np.zeros(1, np.uint8))
    hashing.insert_pairs(slots.copy(), slots.copy(), hashes, hashes)
    hashing.find_pairs(slots, slots, hashes, hashes, np.zeros(1, np.uint8))
    hashing.share_out(slots, np.zeros(4, np.int32), hashes, 1, 0, np.zeros(1, np.int32))
    hashing.regroup(slots, np.zeros(4, np.int32), np.zeros(8, np.int64), np.zeros(8, np.int32))


def _ties() -> None:
    from graph.kernels.ties import sort_ties  # noqa: PLC0415 - each kernel is timed with its own import

    rows, ends = np.arange(2, dtype=np.int64), np.array([2], np.int64)
    sort_ties(rows, ends, np.array([0, 1, 2], np.int32), np.frombuffer(b"21", np.uint8))


def _text_index() -> None:
    from graph.kernels import hashing, text_index  # noqa: PLC0415 - each kernel is timed with its own import

    offsets, ends = np.array([0, 1], np.int64), np.frombuffer(np.array([0, 1], np.int32).tobytes(), np.int32)
    slots, hashes, asked = np.zeros(4, np.int64), np.zeros(1, np.int64), np.frombuffer(b"1", np.uint8)
    hashing.add_texts(offsets, asked.copy(), hashes)
    hashing.add_texts(ends, asked, hashes)
    text_index.enter_texts(slots, hashes, 0)
    text_index.find_texts(slots, offsets, asked.copy(), ends, asked, hashes, np.zeros(1, np.int64))


def _keyed() -> None:
    from graph.kernels.keyed import gap_hashes  # noqa: PLC0415 - each kernel is timed with its own import

    offsets, data, heads = np.array([0, 1], np.int32), np.frombuffer(b"1", np.uint8), np.zeros(1, np.int32)
    offsets.flags.writeable = False
    gap_hashes(offsets, data, heads, np.ones(2, np.uint64), 9, np.empty(40, np.uint8), np.empty(2, np.int32))


def _edits() -> None:
    from graph.kernels.edits import edit_distances  # noqa: PLC0415 - each kernel is timed with its own import

    offsets, data = np.array([0, 1], np.int32), np.frombuffer(b"1", np.uint8)
    edit_distances(offsets, data, offsets, data)


def _affixes() -> None:
    from graph.kernels.affixes import copy_parts, longest_affixes, trim_blanks  # noqa: PLC0415 - each kernel is timed with its own import

    data, starts, ends = np.frombuffer(b"1", np.uint8), np.zeros(1, np.int64), np.ones(1, np.int64)
    nodes, words = np.zeros((1, 256), np.int32), np.full(1, -1, np.int32)
    longest_affixes(data, starts, ends, nodes, words, head=True, all_of_it=False)
    trim_blanks(data, starts, ends)
    copy_parts(data, starts, ends, np.array([0, 1], np.int32), np.empty(1, np.uint8))


KERNELS: dict[str, Callable[[], None]] = {
    "temporal_rings": _temporal,
    "temporal_rings_through": _temporal_through,
    "window_rings": _window,
    "static_rings": _static,
    "ring_evidence": _ring_evidence,
    "late_cover": _late_cover,
    "trace": _trace,
    "shortest_path": _paths,
    "fans": _fans,
    "pass_through": _pass_through,
    "scatter_gather": _scatter_gather,
    "gather_scatter": _gather_scatter,
    "cores": _cores,
    "shared_control": _control,
    "common_antecedents": _antecedents,
    "texts": _texts,
    "hashing": _hashing,
    "ties": _ties,
    "text_index": _text_index,
    "keyed": _keyed,
    "edits": _edits,
    "affixes": _affixes,
}


def warm() -> dict[str, float]:
    """Run every kernel on a few edges; seconds by kernel (import, compilation or cache loading included)."""
    return {name: _timed(name) for name in KERNELS}


def warm_side_by_side(processes: int) -> dict[str, float]:
    """As `warm`, in so many processes; then once more in this one.

    Two processes that compile a helper at once may lose each other's entry in its index; the second pass mends that.
    """
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        seconds = dict(zip(KERNELS, pool.map(_timed, KERNELS), strict=True))
    warm()
    return seconds


def _timed(name: str) -> float:
    started = perf_counter()
    KERNELS[name]()
    return perf_counter() - started
