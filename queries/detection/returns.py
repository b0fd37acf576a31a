"""Payments whose money comes back, along transfers that follow one another in time. Read by fund return.

Numbers only: transfers in (tick, public id) order between entities 0..e-1, payments among them, and the entities that
are home to each payment's payer.

* A *chain* of a payment starts at its payee; each transfer leaves where the one before arrived, not before it, and is
  as large as the payment up to the gap. It ends where it first reaches a home of the payment, at most `ticks` later.
* Of a payment the shortest chain is told, of these the one whose last transfer comes first.

Of all ways to an entity only the earliest of each length is followed, which loses no shortest chain: whoever has the
money earlier can send on whatever he could send on later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.shares import within_gap

Longs = npt.NDArray[np.int64]
BLOCK = 50_000  # payments followed at once: what that takes of memory is bounded


@dataclass(frozen=True, slots=True)
class Transfers:
    """Payer, payee, tick and cents of each transfer, int64[n], by tick."""

    payer: Longs
    payee: Longs
    tick: Longs
    cents: Longs

    def __len__(self) -> int:
        """Transfers."""
        return len(self.tick)


@dataclass(frozen=True, slots=True)
class Distance:
    """How far and how long money is followed: hops of a chain, ticks after the payment, gap in millionths."""

    hops: int
    ticks: int
    gap: int


@dataclass(frozen=True, slots=True)
class _Layer:
    """Ways of one length: payment, transfer that arrived last, place of the way before in the layer before."""

    payment: Longs
    transfer: Longs
    before: Longs


@dataclass(frozen=True, slots=True)
class _Index:
    """Transfers by payer and place (`leaving` = payer * width + place), and by pair and place, ascending."""

    width: int
    size: int
    leaving: Longs
    pair: Longs
    between: Longs


def chains(transfers: Transfers, payments: Longs, homes: tuple[Longs, Longs], reach: Distance) -> dict[int, list[int]]:
    """Transfers of the chain of each payment that has one, by payment.

    Args:
        transfers: all transfers, by tick.
        payments: places of payments, distinct.
        homes: rows (place of a payment, entity): where its chain may end.
        reach: limits.
    """
    index = _index(transfers, homes[1])
    order = np.argsort(homes[0], kind="stable")
    own = homes[0][order], homes[1][order]
    found: dict[int, list[int]] = {}
    for start in range(0, len(payments), BLOCK):
        found |= _follow(transfers, index, payments[start : start + BLOCK], own, reach)
    return found


def _index(transfers: Transfers, homes: Longs) -> _Index:
    width = len(transfers) + 1
    size = int(max(transfers.payee.max(initial=0), homes.max(initial=0))) + 1
    pair, number = np.unique(transfers.payer * size + transfers.payee, return_inverse=True)
    place = np.arange(len(transfers))
    return _Index(width, size, np.sort(transfers.payer * width + place), pair, np.sort(number * width + place))


def _follow(
    transfers: Transfers, index: _Index, payments: Longs, homes: tuple[Longs, Longs], reach: Distance
) -> dict[int, list[int]]:
    """The chains of some payments: try to end all ways of one length, lengthen those of the others."""
    found: dict[int, list[int]] = {}
    ways = [_Layer(payments, payments, np.full(len(payments), -1, np.int64))]
    known = np.zeros(0, np.int64), np.zeros(0, np.int64)  # payment and entity as one key, earliest tick
    for hop in range(reach.hops):
        ended = _ended(transfers, index, ways[-1], homes, reach)
        _tell(found, ways, ended)
        if hop + 1 < reach.hops:
            layer = _onward(transfers, ways[-1], ended.payment, index, reach)
            layer, known = _news(transfers, _earliest(transfers, layer, index.size), index.size, known)
            ways.append(layer)
    return found


def _ended(transfers: Transfers, index: _Index, ways: _Layer, homes: tuple[Longs, Longs], reach: Distance) -> _Layer:
    """Transfers from where ways are to a home of their payment, the first of each payment."""
    first, last = (np.searchsorted(homes[0], ways.payment, side) for side in ("left", "right"))
    place, way = _ranges(first, last)
    home = homes[1][place]
    other = home != transfers.payee[ways.payment[way]]  # money back at the payee came back to nobody
    way, home = way[other], home[other]
    number, there = _places(index.pair, transfers.payee[ways.transfer[way]] * index.size + home)
    way, number = way[there], number[there]
    starts, ends = (each[way] for each in _times(transfers, ways, reach))
    first, last = (np.searchsorted(index.between, number * index.width + each) for each in (starts, ends))
    place, pair = _ranges(first, last)
    layer = _fitting(transfers, ways, index.between[place] % index.width, way[pair], reach)
    order = np.lexsort((layer.before, layer.transfer, layer.payment))
    return _some_at(layer, order[np.unique(layer.payment[order], return_index=True)[1]])


def _times(transfers: Transfers, ways: _Layer, reach: Distance) -> tuple[Longs, Longs]:
    """Places of the first transfer that may follow each way in time, and behind the last one."""
    last = transfers.tick[ways.payment] + reach.ticks
    starts = np.searchsorted(transfers.tick, transfers.tick[ways.transfer], "left")
    return starts.astype(np.int64), np.searchsorted(transfers.tick, last, "right").astype(np.int64)


def _ranges(first: Longs, last: Longs) -> tuple[Longs, Longs]:
    """All numbers first..last-1 of each pair, one range behind the other, and the pair of each."""
    sizes = np.maximum(last - first, 0)
    pair = np.repeat(np.arange(len(sizes)), sizes)
    return np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes - first, sizes), pair


def _places(known: Longs, keys: Longs) -> tuple[Longs, npt.NDArray[np.bool_]]:
    """Place of each key in a sorted array, and whether it is there."""
    if not len(known):
        return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return place, np.asarray(known[place] == keys, np.bool_)


def _fitting(transfers: Transfers, ways: _Layer, transfer: Longs, way: Longs, reach: Distance) -> _Layer:
    """Ways lengthened by transfers, where these are as large as the payment."""
    payment = ways.payment[way]
    fits = within_gap(transfers.cents[transfer], transfers.cents[payment], reach.gap)
    return _Layer(payment[fits], transfer[fits], way[fits])


def _some(layer: _Layer, kept: npt.NDArray[np.bool_]) -> _Layer:
    return _Layer(layer.payment[kept], layer.transfer[kept], layer.before[kept])


def _onward(transfers: Transfers, ways: _Layer, ended: Longs, index: _Index, reach: Distance) -> _Layer:
    """Every transfer that may follow a way of a payment that has not ended."""
    holder = transfers.payee[ways.transfer] * index.width
    first, last = (np.searchsorted(index.leaving, holder + each) for each in _times(transfers, ways, reach))
    place, way = _ranges(first, np.where(np.isin(ways.payment, ended), first, last))
    return _fitting(transfers, ways, index.leaving[place] % index.width, way, reach)


def _earliest(transfers: Transfers, layer: _Layer, size: int) -> _Layer:
    """Of the ways of a payment to an entity the one that arrives first, by payment and transfer."""
    order = np.lexsort((layer.before, layer.transfer))
    key = layer.payment * size + transfers.payee[layer.transfer]
    _, first = np.unique(key[order], return_index=True)
    chosen = order[first]
    return _some_at(layer, chosen[np.lexsort((layer.transfer[chosen], layer.payment[chosen]))])


def _some_at(layer: _Layer, places: Longs) -> _Layer:
    return _Layer(layer.payment[places], layer.transfer[places], layer.before[places])


def _tell(found: dict[int, list[int]], ways: list[_Layer], ended: _Layer) -> None:
    """Write down the chains whose last transfers these are."""
    columns = (ended.payment.tolist(), ended.transfer.tolist(), ended.before.tolist())
    for payment, last, before in zip(*columns, strict=True):
        chain, at = [last], before
        for way in reversed(ways[1:]):
            chain.append(int(way.transfer[at]))
            at = int(way.before[at])
        found[payment] = chain[::-1]


def _news(
    transfers: Transfers, layer: _Layer, size: int, known: tuple[Longs, Longs]
) -> tuple[_Layer, tuple[Longs, Longs]]:
    """Ways that arrive earlier than all shorter ones, and the earliest ticks with them."""
    key, tick = layer.payment * size + transfers.payee[layer.transfer], transfers.tick[layer.transfer]
    keys, ticks = np.concatenate([known[0], key]), np.concatenate([known[1], tick])
    order = np.lexsort((ticks, keys))
    keys, first = np.unique(keys[order], return_index=True)
    best = keys, ticks[order[first]]
    old = np.full(len(key), np.iinfo(np.int64).max)
    place, there = _places(known[0], key)
    old[there] = known[1][place[there]]
    return _some(layer, tick < old), best
