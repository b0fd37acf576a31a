"""Known words at the head or tail of whole columns of text, cut off. Used by `firms` and `contacts`.

The longest word counts, and something always stays. Texts are folded, and are cut as places in one buffer: only what
is asked for in the end is copied.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.kernels.affixes import copy_parts, longest_affixes, trim_blanks
from loaders.resolve.columns import buffers
from loaders.resolve.names.words import CITIES, CITY_TAILS, PROVINCE_TAILS, PROVINCES

if TYPE_CHECKING:
    from loaders.resolve.columns import Text

Longs = npt.NDArray[np.int64]
_STATE = ("中国",)


@dataclass(frozen=True, slots=True)
class Parts:
    """A part of each of n texts: from `starts` to `ends` (int64) of `data` (uint8); what is not `known` is null."""

    data: npt.NDArray[np.uint8]
    starts: Longs
    ends: Longs
    known: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Text) -> Self:
        """All of each text."""
        offsets, data = buffers(texts)
        places = offsets.astype(np.int64)
        known = np.asarray(texts.is_valid().to_numpy(zero_copy_only=False))
        return cls(data, places[:-1].copy(), np.where(known, places[1:], places[:-1]), known)

    def without_head(self, words: tuple[str, ...]) -> tuple[Self, Longs]:
        """What is behind one of the words at the head, trimmed; and which word that is, -1 for none."""
        found, size = self._found(words, head=True, all_of_it=False)
        return self._trimmed(self.starts + size, self.ends.copy()), found

    def without_tail(self, words: tuple[str, ...]) -> tuple[Self, Longs]:
        """What is before one of the words at the tail, trimmed; and which word that is, -1 for none."""
        found, size = self._found(words, head=False, all_of_it=False)
        return self._trimmed(self.starts.copy(), self.ends - size), found

    def is_one_of(self, words: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        """Whether a part is one of the words and nothing else."""
        found, size = self._found(words, head=True, all_of_it=True)
        return np.asarray((found >= 0) & (size == self.ends - self.starts))

    def behind(self, other: Parts) -> Self:
        """What follows the other's parts in these, trimmed."""
        return self._trimmed(other.ends.copy(), self.ends.copy())

    def where(self, kept: npt.NDArray[np.bool_], other: Parts) -> Self:
        """These parts where `kept`, else the other's."""
        starts, ends = (np.where(kept, getattr(self, name), getattr(other, name)) for name in ("starts", "ends"))
        return replace(self, starts=starts, ends=ends)

    def texts(self, *, empty: bool = True) -> Text:
        """The parts as a column; without `empty` ones, which are null then."""
        known = self.known if empty else self.known & (self.ends > self.starts)
        offsets = np.zeros(len(self.starts) + 1, np.int32)
        np.cumsum(self.ends - self.starts, out=offsets[1:])
        data = np.empty(int(offsets[-1]), np.uint8)
        copy_parts(self.data, self.starts, self.ends, offsets, data)
        mask = None if known.all() else pa.array(known).buffers()[1]
        both: list[Any] = [offsets, data]
        return pa.Array.from_buffers(pa.string(), len(self.starts), [mask, *map(pa.py_buffer, both)])

    def _found(self, words: tuple[str, ...], *, head: bool, all_of_it: bool) -> tuple[Longs, Longs]:
        """Which word stands there, and how many bytes it has."""
        nodes, ends, sizes = _trie(words, head)
        found = longest_affixes(self.data, self.starts, self.ends, nodes, ends, head=head, all_of_it=all_of_it)
        return found, np.where(found >= 0, sizes[found], 0)

    def _trimmed(self, starts: Longs, ends: Longs) -> Self:
        trim_blanks(self.data, starts, ends)
        return replace(self, starts=starts, ends=ends)


@cache
def _trie(words: tuple[str, ...], head: bool) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Longs]:
    """The words as `graph.kernels.affixes` takes them, and the bytes of each."""
    written = [word.encode() if head else word.encode()[::-1] for word in words]
    heads = {b"": 0}
    for word in written:
        for part in accumulate(word, lambda before, byte: before + bytes([byte]), initial=b""):
            heads.setdefault(part, len(heads))
    nodes = np.zeros((len(heads), 256), np.int32)
    for part, node in heads.items():
        if part:
            nodes[heads[part[:-1]], part[-1]] = node
    ends = np.full(len(heads), -1, np.int32)
    ends[[heads[word] for word in written]] = np.arange(len(words))
    return nodes, ends, np.array([len(word) for word in written], np.int64)


def words_at(places: Longs, words: tuple[str, ...]) -> Text:
    """The word of each place, null for -1."""
    chosen: Any = pa.array(places, mask=places < 0)
    return pa.array(words, pa.string()).take(chosen)


def without_region(parts: Parts) -> tuple[Parts, Text]:
    """Texts without province and city at their head, and the city, else the province, in short form."""
    rest, province = _region(parts.without_head(_STATE)[0], PROVINCES, PROVINCE_TAILS)
    rest, city = _region(rest, CITIES, CITY_TAILS)
    return rest, words_at(np.where(city >= 0, city + len(PROVINCES), province), (*PROVINCES, *CITIES))


def _region(parts: Parts, names: tuple[str, ...], tails: tuple[str, ...]) -> tuple[Parts, Longs]:
    rest, name = parts.without_head(names)
    rest = rest.without_head(tails)[0].where(name >= 0, rest)
    alone = rest.is_one_of(tails)  # `广东省` and nothing else
    return parts.where(alone, rest), np.where(alone, -1, name)
