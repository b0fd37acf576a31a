"""What firms buy and sell by kind of goods, and which inputs explain which products. Read by commodity switch.

A *kind* is the prefix of so many digits of the commodity code. Codes that are no numbers (a line without a code is
known by its name) are no kind: such lines are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from queries.detection.columns import summed
from queries.detection.facts import ABSENT, Facts
from queries.detection.people import Numbered

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds by their code, the dense commodities with the kind of each, and a name of each kind."""

    codes: pa.Array[Any]
    commodities: Numbered
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Kinds."""
        return len(self.codes)


def kinds(facts: Facts, digits: int) -> Kinds:
    """The kinds of all commodities, in the order of their codes; each has the name of its first commodity."""
    table = facts.store.node_columns("Commodity", ("id", "name"), as_of=facts.as_of)
    ids: Any = table["id"].combine_chunks()
    prefix = pc.utf8_slice_codeunits(ids, 0, digits)
    coded: Any = pc.if_else(pc.match_substring_regex(ids, "^[0-9]+$"), prefix, pa.scalar(None, pa.string()))
    told: Any = pc.drop_null(pc.unique(coded))
    codes = told.take(pc.sort_indices(told))
    kind = np.asarray(pc.fill_null(pc.index_in(coded, value_set=codes), ABSENT).to_numpy(), np.int64)
    order = np.asarray(pc.sort_indices(ids).to_numpy(), np.int64)
    found, first = np.unique(kind[order], return_index=True)
    first = order[first[found >= 0]]
    at: Any = pa.array(first)
    named = table["name"].combine_chunks().take(at)
    names = tuple(name or code for name, code in zip(named.to_pylist(), codes.to_pylist(), strict=True))
    return Kinds(codes, Numbered(np.asarray(table["number"].to_numpy(), np.int64), kind, ids), names)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines with a kind and an amount above nought, of some rows of `gross`: row, kind, cents, int64[n], by row."""

    row: Longs
    kind: Longs
    cents: Longs


def lines_of(facts: Facts, rows: Longs, among: Kinds) -> Lines:
    """The lines of these rows of `gross`."""
    links = facts.links("LISTS", "amount_cents")
    row, kind = facts.rows_of(links.source), among.commodities.of(links.target)
    amount: Any = links.table["amount_cents"]
    cents = np.asarray(pc.fill_null(amount, 0).to_numpy(), np.int64)
    wanted = np.zeros(len(facts.gross) + 1, np.bool_)
    wanted[rows] = True
    kept = np.flatnonzero(wanted[row] & (kind >= 0) & (cents > 0))
    kept = kept[np.argsort(row[kept], kind="stable")]
    return Lines(row[kept], kind[kept], cents[kept])


@dataclass(frozen=True, slots=True)
class Sums:
    """Cents by firm and kind, int64[n], by both; `key` is firm * kinds + kind."""

    key: Longs
    cents: Longs
    kinds: int

    @property
    def firm(self) -> Longs:
        """Firm of each sum."""
        return self.key // max(self.kinds, 1)

    @property
    def kind(self) -> Longs:
        """Kind of each sum."""
        return self.key % max(self.kinds, 1)

    def of(self, keys: Longs) -> Longs:
        """The cents of each key, 0 where it has none."""
        if not len(self.key):
            return np.zeros(len(keys), np.int64)
        at = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        return np.where(self.key[at] == keys, self.cents[at], 0)


def sums_of(firm: Longs, lines: Lines, count: int) -> Sums:
    """Cents of lines by firm (one a line) and kind."""
    key, place = np.unique(firm * count + lines.kind, return_inverse=True)
    return Sums(key, summed(place.astype(np.int64), lines.cents, len(key)), count)


def explained(facts: Facts, bought: Sums, among: Kinds, digits: int) -> Longs:
    """Keys (firm, kind) of products that a bill of materials makes of something that the firm bought, ascending."""
    bills = _bills(facts, among, digits)
    if not bills or not len(bought.key):
        return np.zeros(0, np.int64)
    industries = pa.array(sorted({industry for industry, _, _ in bills}), pa.string())
    own: Any = pc.index_in(facts.register.industry, value_set=industries)
    industry = np.asarray(pc.fill_null(own, ABSENT).to_numpy(), np.int64)[bought.firm]
    place = {str(name): number for number, name in enumerate(industries.to_pylist())}
    table = np.array([(place[name] * len(among) + made_of, product) for name, product, made_of in bills], np.int64)
    table = table[np.argsort(table[:, 0], kind="stable")]
    maker = industry >= 0
    wanted, firm = industry[maker] * len(among) + bought.kind[maker], bought.firm[maker]
    first, last = (np.searchsorted(table[:, 0], wanted, side) for side in ("left", "right"))
    sizes = last - first
    rows = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
    return np.unique(np.repeat(firm, sizes) * len(among) + table[rows, 1])


def _bills(facts: Facts, among: Kinds, digits: int) -> list[tuple[str, int, int]]:
    """Industry, product and one input of it, of the kinds that are known."""
    table = facts.store.node_columns("BillOfMaterials", ("industry", "product", "inputs"), as_of=facts.as_of)
    place = {str(code): number for number, code in enumerate(among.codes.to_pylist())}
    rows: Iterable[tuple[Any, Any, Any]] = zip(
        *(table[name].to_pylist() for name in ("industry", "product", "inputs")), strict=True
    )
    found = {
        (str(industry), place.get(product[:digits], ABSENT), place.get(part.strip()[:digits], ABSENT))
        for industry, product, inputs in rows
        if industry and product and inputs
        for part in inputs.split(",")
    }
    return sorted(row for row in found if ABSENT not in row)


def making_industries(facts: Facts) -> frozenset[str]:
    """Industries with a bill of materials."""
    table = facts.store.node_columns("BillOfMaterials", ("industry",), as_of=facts.as_of)
    return frozenset(str(name) for name in table["industry"].to_pylist() if name)


def world_of_goods(facts: Facts, digits: int) -> str:
    """A digest of the kinds with their names, and of all bills of materials: what lines are read by."""
    among = kinds(facts, digits)
    table = facts.store.node_columns("BillOfMaterials", ("industry", "product", "inputs"), as_of=facts.as_of)
    bills = sorted(map(str, table.drop_columns(["number"]).to_pylist()))
    named = zip(among.codes.to_pylist(), among.names, strict=True)
    return hashlib.sha256(repr([*named, *bills]).encode()).hexdigest()
