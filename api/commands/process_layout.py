"""Where the steps of a process map stand in its picture, and which way its arrows take. Pure and repeatable.

Layers from the start down, as Sugiyama, Tagawa and Toda drew them (1981): arrows are taken by frequency, and one that
would close a circle goes back up; a step stands below all that lead down to it; arrows past a layer keep a lane in it,
so that none runs through a box; lanes and boxes stand where what they are joined to stands, by frequency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

START, END = "\x00start", "\x00end"
BOX_ROOM, LANE_ROOM = 236.0, 70.0  # of a layer's width, in points
_SWEEPS = 24
Pair = tuple[str, str]
Stop = tuple[str, ...]  # a step (its name), or a lane (source, target, layer) of an arrow
Links = Mapping[Stop, Sequence[tuple[Stop, int]]]


@dataclass(frozen=True, slots=True)
class Layout:
    """`layer` of each step from 0; `x` of each step in points; of each arrow the lanes that it takes: (layer, x).

    `back`: arrows that go up. Lanes stand in the arrow's own direction.
    """

    layer: Mapping[str, int]
    x: Mapping[str, float]
    lanes: Mapping[Pair, Sequence[tuple[int, float]]]
    back: frozenset[Pair]

    @property
    def layers(self) -> int:
        """How many there are."""
        return 1 + max(self.layer.values(), default=0)

    @property
    def span(self) -> tuple[float, float]:
        """The least and the greatest `x`, of lanes too."""
        every = [*self.x.values(), *(x for lanes in self.lanes.values() for _, x in lanes)]
        return min(every, default=0.0), max(every, default=0.0)


def laid_out(arcs: Mapping[Pair, int]) -> Layout:
    """The layout of arrows with their counts; they begin at `START` and end at `END`."""
    ranked = sorted((pair for pair in arcs if pair[0] != pair[1]), key=lambda pair: (-arcs[pair], pair))
    down = _without_circles(ranked)
    layer = _layers(down)
    back = frozenset(pair for pair in ranked if pair not in down)
    chains = {pair: _chain(pair, layer) for pair in ranked}
    x = _places(chains, {pair: arcs[pair] for pair in ranked}, layer)
    lanes = {pair: [(int(stop[2]), x[stop]) for stop in chain[1:-1]] for pair, chain in chains.items()}
    lanes = {pair: stops[::-1] if pair in back else stops for pair, stops in lanes.items()}
    return Layout(layer, {step: x[step,] for step in layer}, lanes, back)


def _without_circles(ranked: Sequence[Pair]) -> set[Pair]:
    """The arrows that go down: those of start and end, and each that closes no circle with more frequent ones."""
    below: dict[str, set[str]] = {}
    kept: set[Pair] = set()
    for source, target in sorted(ranked, key=lambda pair: START not in pair and END not in pair):
        if not _reaches(target, source, below):
            below.setdefault(source, set()).add(target)
            kept.add((source, target))
    return kept


def _reaches(step: str, wanted: str, below: Mapping[str, set[str]]) -> bool:
    seen, front = {step}, [step]
    while front:
        fresh = below.get(front.pop(), set()) - seen
        seen |= fresh
        front += fresh
    return wanted in seen


def _layers(down: set[Pair]) -> dict[str, int]:
    """The longest way from the top; the end stands below all."""
    layer = {step: 1 for pair in down for step in pair} | {START: 0, END: 1}
    for _ in range(len(layer)):
        for source, target in down:
            layer[target] = max(layer[target], layer[source] + 1)
    layer[END] = max(layer[END], *(at + 1 for step, at in layer.items() if step != END))
    return layer


def _chain(pair: Pair, layer: Mapping[str, int]) -> list[Stop]:
    """The stops of an arrow from the upper step to the lower one."""
    upper, lower = sorted(pair, key=lambda step: layer[step])
    return [(upper,), *((*pair, str(at)) for at in range(layer[upper] + 1, layer[lower])), (lower,)]


def _places(chains: Mapping[Pair, list[Stop]], arcs: Mapping[Pair, int], layer: Mapping[str, int]) -> dict[Stop, float]:
    """`x` of every stop: sweeps over the layers, each stop to the middle of what it is joined to, none upon another."""
    joined: dict[Stop, list[tuple[Stop, int]]] = {(step,): [] for step in layer}
    for pair, chain in chains.items():
        for upper, lower in pairwise(chain):
            joined.setdefault(upper, []).append((lower, arcs[pair]))
            joined.setdefault(lower, []).append((upper, arcs[pair]))
    rows: list[list[Stop]] = [[] for _ in range(1 + max(layer.values()))]
    for stop in sorted(joined, key=lambda stop: (-sum(count for _, count in joined[stop]), stop)):
        rows[layer[stop[0]] if len(stop) == 1 else int(stop[2])].append(stop)
    x = {stop: 0.0 for row in rows for stop in row}
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            wanted = {stop: _middle(joined[stop], x) for stop in row}
            row.sort(key=lambda stop: (wanted[stop], stop))
            x |= _apart(row, wanted)
    return x


def _middle(joined: Sequence[tuple[Stop, int]], x: Mapping[Stop, float]) -> float:
    total = sum(count for _, count in joined)
    return sum(x[stop] * count for stop, count in joined) / total if total else 0.0


def _apart(row: Sequence[Stop], wanted: Mapping[Stop, float]) -> dict[Stop, float]:
    """As near to where each wants to stand as the room of its neighbours allows: the mean of both pushes."""
    pushed_right, pushed_left = dict(wanted), dict(wanted)
    for before, after in pairwise(row):
        pushed_right[after] = max(pushed_right[after], pushed_right[before] + _room(before, after))
    for after, before in pairwise(row[::-1]):
        pushed_left[before] = min(pushed_left[before], pushed_left[after] - _room(before, after))
    return {stop: (pushed_right[stop] + pushed_left[stop]) / 2 for stop in row}


def _room(*stops: Stop) -> float:
    return sum(BOX_ROOM if len(stop) == 1 else LANE_ROOM for stop in stops) / 2
