"""Where relationships lead, in memory, so that small questions need not search for it. Owned by `Memory`.

`Linked` and `Sources` are grown batch by batch. Rows are only appended, so what is held is a superset for every
snapshot; which rows a question may see is read from the tables. `Standing` holds the rows of one state and no other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from graph.model.vocabulary import TYPE_SHIFT
from graph.store.duckdb_parts.engine import Reader

Bits = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Places = npt.NDArray[np.integer]  # numbers without their type; 32 bits while they fit
_PLACE = (1 << TYPE_SHIFT) - 1
_SHORT = 1 << 32


class Linked:
    """Which nodes have any row of a relationship at one end: one bit for each node number of each type."""

    def __init__(self) -> None:
        self._batch = -1
        self._bits: dict[int, Bits] = {}
        self._guard = threading.Lock()

    def some(self, reader: Reader, rows: str, numbers: Iterable[int], batch: int) -> bool:
        """True if any number has its bit, after the batches up to `batch` were read."""
        if self._batch < batch:
            with self._guard:
                if self._batch < batch:
                    self._add(reader.longs(f"{rows} WHERE batch_from > {self._batch}"))
                    self._batch = batch
        return any(self._has(number) for number in numbers)

    def _has(self, number: int) -> bool:
        bits, place = self._bits.get(number >> TYPE_SHIFT), number & _PLACE
        return bits is not None and place >> 3 < len(bits) and bool(bits[place >> 3] >> (place & 7) & 1)

    def _add(self, numbers: Longs) -> None:
        ordinals = numbers >> TYPE_SHIFT
        for ordinal in np.unique(ordinals).tolist():
            places = numbers[ordinals == ordinal] & _PLACE
            marked = np.zeros((int(places.max()) // 8 + 1) * 8, np.bool_)
            marked[places] = True
            found = np.packbits(marked, bitorder="little")
            before = self._bits.get(ordinal, found[:0])
            grown = np.zeros(max(len(before), len(found)), np.uint8)
            grown[: len(before)] = before
            grown[: len(found)] |= found
            self._bits[ordinal] = grown


class Sources:
    """By target, the sources of all rows of a relationship: 8 bytes a row, sorted by target."""

    def __init__(self) -> None:
        self._batch = -1
        self._held: dict[tuple[int, int], tuple[Places, Places]] = {}  # by types of target and source
        self._guard = threading.Lock()

    def of(self, reader: Reader, table: str, targets: Iterable[int], batch: int) -> list[int]:
        """Sources of the rows that lead to these targets, ascending, after the batches up to `batch` were read."""
        if self._batch < batch:
            with self._guard:
                if self._batch < batch:
                    self._held = self._grown(reader, table, batch)
                    self._batch = batch
        held = self._held
        return sorted({source for target in targets for source in _sources(held, target)})

    def _grown(self, reader: Reader, table: str, batch: int) -> dict[tuple[int, int], tuple[Places, Places]]:
        rows = reader.table(
            f"SELECT to_number, from_number FROM {table} WHERE batch_from > {self._batch} AND batch_from <= {batch}"
        )
        target, source = (np.asarray(rows.column(place).to_numpy(), np.int64) for place in (0, 1))
        kinds = (target >> TYPE_SHIFT << 16) + (source >> TYPE_SHIFT)
        held = dict(self._held)
        for both in np.unique(kinds).tolist():
            kind, ours = (both >> 16, both & 0xFFFF), kinds == both
            fresh = (_short(target[ours] & _PLACE), _short(source[ours] & _PLACE))
            held[kind] = _merged(held.get(kind), fresh)
        return held


class Standing:
    """Source and target of every row of a relationship that has not ended: 16 bytes a row, sorted by source.

    Of the newest state that was asked for; older ones are read from the table.
    """

    def __init__(self) -> None:
        none: Longs = np.zeros(0, np.int64)
        self._held: tuple[int, Longs, Longs] = (-1, none, none)
        self._guard = threading.Lock()

    def of(self, reader: Reader, table: str, sources: Iterable[int], batch: int) -> list[tuple[int, int]] | None:
        """Source and target of the rows of these sources, ascending; None for a state that is no longer held.

        `reader` sees the state that the batches up to `batch` left, all of which count.
        """
        if self._held[0] < batch:
            with self._guard:
                if self._held[0] < batch:
                    self._held = (batch, *_standing(reader, table))
        held, starts, targets = self._held
        if held != batch:
            return None
        found = []
        for source in sorted(set(sources)):
            first, last = np.searchsorted(starts, source, "left"), np.searchsorted(starts, source, "right")
            found += [(source, target) for target in sorted(targets[first:last].tolist())]
        return found


def _standing(reader: Reader, table: str) -> tuple[Longs, Longs]:
    rows = reader.table(f"SELECT from_number, to_number FROM {table} WHERE batch_to IS NULL")
    source, target = (np.asarray(rows.column(place).to_numpy(), np.int64) for place in (0, 1))
    order = np.argsort(source, kind="stable")
    return source[order], target[order]


def _sources(held: dict[tuple[int, int], tuple[Places, Places]], target: int) -> Iterator[int]:
    for (to_type, from_type), (targets, sources) in held.items():
        if to_type == target >> TYPE_SHIFT:
            place = np.asarray(target & _PLACE, targets.dtype) if target & _PLACE < _SHORT else target & _PLACE
            first, last = np.searchsorted(targets, place, "left"), np.searchsorted(targets, place, "right")
            yield from ((from_type << TYPE_SHIFT) + each for each in sources[first:last].tolist())


def _short(places: Longs) -> Places:
    return places.astype(np.uint32) if not len(places) or int(places.max()) < _SHORT else places


def _merged(before: tuple[Places, Places] | None, fresh: tuple[Places, Places]) -> tuple[Places, Places]:
    targets, sources = (np.concatenate(pair) for pair in zip(before, fresh, strict=True)) if before else fresh
    order = np.argsort(targets, kind="stable")
    return targets[order], sources[order]
