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
class Reach:
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


def chains(transfers: Transfers, payments: Longs, homes: tuple[Longs, Longs], reach: Reach) -> dict[int, list[int]]:
    """Transfers of the chain of each payment that has one, by payment.

    Args:
        transfers: all transfers, by tick.
        payments: places of payments, distinct.
        homes: rows (place of a payment, entity): where its chain may end.
        reach: limits.
    """
    ways = [_Layer(payments, payments, np.full(len(payments), -1, np.int64))]
    order = np.lexsort((np.arange(len(transfers)), transfers.payer))
    width = len(transfers) + 1
    leaving = transfers.payer[order] * width + order
    size = int(max(transfers.payee.max(initial=0), homes[1].max(initial=0))) + 1
    home = np.unique(homes[0] * size + homes[1])
    known = np.zeros(0, np.int64), np.zeros(0, np.int64)  # payment and entity as one key, earliest tick
    found: dict[int, list[int]] = {}
    for _ in range(reach.hops):
        layer = _onward(transfers, ways[-1], leaving, width, reach)
        layer = _earliest(transfers, layer, size)
        ended = _among(layer.payment * size + transfers.payee[layer.transfer], home)
        _tell(found, ways, layer, np.flatnonzero(ended))
        open_ = ~ended & ~np.isin(layer.payment, layer.payment[ended])
        layer, known = _news(transfers, _some(layer, open_), size, known)
        ways.append(layer)
    return found


def _some(layer: _Layer, kept: npt.NDArray[np.bool_]) -> _Layer:
    return _Layer(layer.payment[kept], layer.transfer[kept], layer.before[kept])


def _onward(transfers: Transfers, ways: _Layer, leaving: Longs, width: int, reach: Reach) -> _Layer:
    """Every transfer that may follow a way."""
    holder, tick = transfers.payee[ways.transfer], transfers.tick[ways.transfer]
    last = transfers.tick[ways.payment] + reach.ticks
    starts, ends = np.searchsorted(transfers.tick, tick, "left"), np.searchsorted(transfers.tick, last, "right")
    first, after = (np.searchsorted(leaving, holder * width + place) for place in (starts, ends))
    sizes = np.maximum(after - first, 0)
    before = np.repeat(np.arange(len(holder)), sizes)
    place = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
    transfer = leaving[place] % width
    payment = ways.payment[before]
    fits = within_gap(transfers.cents[transfer], transfers.cents[payment], reach.gap)
    fits &= transfers.payee[transfer] != transfers.payee[payment]  # money back at the payee came back to nobody
    return _Layer(payment[fits], transfer[fits], before[fits])


def _earliest(transfers: Transfers, layer: _Layer, size: int) -> _Layer:
    """Of the ways of a payment to an entity the one that arrives first, by payment and transfer."""
    order = np.lexsort((layer.before, layer.transfer))
    key = layer.payment * size + transfers.payee[layer.transfer]
    _, first = np.unique(key[order], return_index=True)
    chosen = order[first]
    return _some_at(layer, chosen[np.lexsort((layer.transfer[chosen], layer.payment[chosen]))])


def _some_at(layer: _Layer, places: Longs) -> _Layer:
    return _Layer(layer.payment[places], layer.transfer[places], layer.before[places])


def _among(keys: Longs, known: Longs) -> npt.NDArray[np.bool_]:
    """Which keys are in a sorted array."""
    if not len(known):
        return np.zeros(len(keys), np.bool_)
    return np.asarray(known[np.minimum(np.searchsorted(known, keys), len(known) - 1)] == keys, np.bool_)


def _tell(found: dict[int, list[int]], ways: list[_Layer], layer: _Layer, ended: Longs) -> None:
    """Write down the chain of each payment whose first way ended."""
    _, first = np.unique(layer.payment[ended], return_index=True)
    for place in ended[first].tolist():
        chain, before = [int(layer.transfer[place])], int(layer.before[place])
        for way in reversed(ways[1:]):
            chain.append(int(way.transfer[before]))
            before = int(way.before[before])
        found[int(layer.payment[place])] = chain[::-1]


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
    there = _among(key, known[0])
    old[there] = known[1][np.searchsorted(known[0], key[there])]
    return _some(layer, tick < old), best
