"""One vertex's purchases and sales in order, and what of them passes through each window. Called by `pass_through`.

Linear in the events. With N(k) = bought - sold up to event k, a window from i to e loses N(i) - min N(i..e) of its
sales to value added, each time N falls below all it was since i. The times of these falls follow the chain of next
smaller values from i, so their weighted sum is a difference of two sums along chains, kept once for all windows. The
lot that the last passed cent comes from only moves forward from window to window.

A product of cents and seconds may pass 2^63: sums of them wrap around, which differences of them survive, and a rough
float64 sum beside them tells when a difference itself is too large.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import Doubles, Flags, Ints, Longs, kernel
from graph.kernels.plan import MILLION, ceiling_of

VERTEX, FIRST, LAST, PURCHASES, SALES, BOUGHT, SOLD, PASSED, DWELL, WINDOWS = range(10)
SURE = float(1 << 62)
CLEAR = 1e-12


class PassRules(NamedTuple):
    """What a window must keep to."""

    window: int
    band: int
    least_amount: int
    most_dwell: int


class Stock(NamedTuple):
    """One vertex's events in order, and sums over the first k of them; room for the busiest vertex."""

    tick: Longs  # [m]
    is_sale: Flags  # [m]
    net: Longs  # [m + 1] bought - sold
    bought: Longs  # [m + 1] cents
    buys: Ints  # [m + 1] purchases
    buy_time: Longs  # [m + 1] cents * tick of purchases, wraps
    sale_time: Longs  # [m + 1] the same of sales
    fall_time: Longs  # [m + 1] the same of falls of `net` along the chain of next smaller values
    rough: Doubles  # [3, m + 1] the last three, not wrapped
    line: Ints  # [m + 1] working space


@kernel
def new_stock(events: int) -> Stock:
    """Room for that many events."""
    room = events + 1
    return Stock(
        np.empty(room, np.int64),
        np.empty(room, np.uint8),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros(room, np.int32),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros((3, room), np.float64),
        np.empty(room, np.int32),
    )


@kernel
def _enter(stock: Stock, place: int, tick: int, amount: int, is_sale: bool) -> None:
    """Event number `place`; times count from the first event, so that rough sums stay small."""
    stock.tick[place] = tick
    stock.is_sale[place] = is_sale
    time = tick - stock.tick[0]
    bought = 0 if is_sale else amount
    sold = amount - bought
    stock.net[place + 1] = stock.net[place] + bought - sold
    stock.bought[place + 1] = stock.bought[place] + bought
    stock.buys[place + 1] = stock.buys[place] + (0 if is_sale else 1)
    stock.buy_time[place + 1] = stock.buy_time[place] + bought * time
    stock.sale_time[place + 1] = stock.sale_time[place] + sold * time
    stock.rough[0, place + 1] = stock.rough[0, place] + float(bought) * time
    stock.rough[1, place + 1] = stock.rough[1, place] + float(sold) * time


@kernel
def merge(purchases: Ints, sales: Ints, tick: Longs, amount: Longs, stock: Stock) -> int:
    """Fill the events of one vertex by (tick, purchases first); how many."""
    bought = 0
    sold = 0
    count = len(purchases) + len(sales)
    for place in range(count):
        is_sale = bought == len(purchases)
        if not is_sale and sold < len(sales):
            is_sale = tick[sales[sold]] < tick[purchases[bought]]
        edge = sales[sold] if is_sale else purchases[bought]
        _enter(stock, place, tick[edge], amount[edge], is_sale)
        sold += 1 if is_sale else 0
        bought += 0 if is_sale else 1
    return count


@kernel
def chain_falls(stock: Stock, count: int) -> None:
    """fall_time[k] = sum of (fall of net * its time) along k, next smaller net after k, and so on."""
    stack = stock.line
    height = 0
    for place in range(count, -1, -1):
        while height > 0 and stock.net[stack[height - 1]] >= stock.net[place]:
            height -= 1
        stock.fall_time[place] = 0
        stock.rough[2, place] = 0.0
        if height > 0:
            smaller = stack[height - 1]
            fall = stock.net[place] - stock.net[smaller]
            time = stock.tick[smaller - 1] - stock.tick[0]
            stock.fall_time[place] = stock.fall_time[smaller] + fall * time
            stock.rough[2, place] = stock.rough[2, smaller] + float(fall) * time
        stack[height] = place
        height += 1


@kernel
def _held(stock: Stock, first: int, end: int, lowest: int, front: int, passed: int, longest: int) -> tuple[int, float]:
    """(wrapped, rough) cent-seconds that the passed cents were held, less `longest` seconds for each.

    `front` is the purchase that the last passed cent came from, or the end of it.
    """
    part = stock.bought[first] + passed - stock.bought[front]
    time = stock.tick[front] - stock.tick[0] if part > 0 else 0
    sure = stock.sale_time[end] - stock.sale_time[first] - (stock.fall_time[first] - stock.fall_time[lowest])
    sure -= stock.buy_time[front] - stock.buy_time[first] + part * time + longest * passed
    rough = stock.rough[1, end] - stock.rough[1, first] - (stock.rough[2, first] - stock.rough[2, lowest])
    rough -= stock.rough[0, front] - stock.rough[0, first] + float(part) * time + float(longest) * passed
    return sure, rough


@kernel
def _note(stock: Stock, first: int, end: int, passed: int, held: int, rough: float, row: Longs) -> None:
    """Make this window the one to report; `held` cent-seconds."""
    row[FIRST] = stock.tick[first]
    row[LAST] = stock.tick[end - 1]
    row[PURCHASES] = stock.buys[end] - stock.buys[first]
    row[SALES] = end - first - row[PURCHASES]
    row[BOUGHT] = stock.bought[end] - stock.bought[first]
    row[SOLD] = row[BOUGHT] - (stock.net[end] - stock.net[first])
    row[PASSED] = passed
    row[DWELL] = held // passed if rough < SURE else np.int64(rough / passed)


@kernel
def balanced(bought: int, sold: int, rules: PassRules) -> bool:
    """Are both large enough and within the band? Floats decide what is clear, as divisions cost more than the rest."""
    low = min(bought, sold)
    high = max(bought, sold)
    kept = float(MILLION) * low
    needed = float(MILLION - rules.band) * high
    if low < rules.least_amount or kept < needed * (1.0 - CLEAR):
        return False
    return kept > needed * (1.0 + CLEAR) or high <= ceiling_of(low, rules.band)


@kernel
def best_pass(stock: Stock, count: int, rules: PassRules, row: Longs) -> None:
    """Fill `row` with the window that passed most; row[WINDOWS] = 0 when none counts."""
    queue = stock.line  # places of the lowest net so far, first of equals first; one a step, so it never overflows
    head = 0
    tail = 1
    queue[0] = 0
    first = 0
    end = 0
    front = 0
    row[PASSED] = 0
    row[WINDOWS] = 0
    while first < count:
        start = stock.tick[first]
        while end < count and stock.tick[end] - start <= rules.window:
            end += 1
            while tail > head and stock.net[queue[tail - 1]] > stock.net[end]:
                tail -= 1
            queue[tail] = end
            tail += 1
        while queue[head] < first:
            head += 1
        bought = stock.bought[end] - stock.bought[first]
        sold = bought - (stock.net[end] - stock.net[first])
        if not stock.is_sale[first] and balanced(bought, sold, rules):
            passed = sold - (stock.net[first] - stock.net[queue[head]])
            while front < end and stock.bought[front + 1] <= stock.bought[first] + passed:
                front += 1
            over, rough = _held(stock, first, end, queue[head], front, passed, rules.most_dwell)
            if rough <= -SURE or (rough < SURE and over <= 0):
                row[WINDOWS] += 1
                if passed > row[PASSED]:
                    held, rough = _held(stock, first, end, queue[head], front, passed, 0)
                    _note(stock, first, end, passed, held, rough, row)
        while first < end and stock.tick[first] == start:
            first += 1
