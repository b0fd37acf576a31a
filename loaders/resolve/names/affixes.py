"""Known words at the head or tail of whole columns of text, cut off. Used by `firms` and `contacts`.

The longest word counts, and something always stays. Looking ends up is ten times as fast as a pattern of all words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from loaders.resolve.columns import pc
from loaders.resolve.names.words import CITIES, CITY_TAILS, PROVINCE_TAILS, PROVINCES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loaders.resolve.columns import Text


def without_head(texts: Text, words: Iterable[str]) -> tuple[Text, Text]:
    """The texts without one of the words at their head, and that word, null where none stands there."""
    return _without(texts, words, head=True)


def without_tail(texts: Text, words: Iterable[str]) -> tuple[Text, Text]:
    """The texts without one of the words at their tail, and that word, null where none stands there."""
    return _without(texts, words, head=False)


def _without(texts: Text, words: Iterable[str], *, head: bool) -> tuple[Text, Text]:
    length = pc.utf8_length(texts)
    found: Any = pa.nulls(len(texts), pa.string())
    rest: Any = texts
    by_length: dict[int, list[str]] = {}
    for word in words:
        by_length.setdefault(len(word), []).append(word)
    for size in sorted(by_length, reverse=True):
        part = pc.utf8_slice_codeunits(texts, 0, size) if head else pc.utf8_slice_codeunits(texts, -size)
        known = pc.is_in(part, pa.array(by_length[size]))
        due = pc.and_(pc.and_(known, pc.is_null(found)), pc.greater(length, size)).fill_null(False)
        if not due.true_count:
            continue
        cut = pc.utf8_slice_codeunits(texts, size) if head else pc.utf8_slice_codeunits(texts, 0, -size)
        found = pc.if_else(due, part, found)
        rest = pc.if_else(due, cut, rest)
    return pc.utf8_trim_whitespace(rest), found


def without_region(texts: Text) -> tuple[Text, Text]:
    """Texts without province and city at their head, and the city, else the province, in short form."""
    rest, province = _region(without_head(texts, ("中国",))[0], PROVINCES, PROVINCE_TAILS)
    rest, city = _region(rest, CITIES, CITY_TAILS)
    return rest, pc.coalesce(city, province)


def _region(texts: Text, names: tuple[str, ...], tails: tuple[str, ...]) -> tuple[Text, Text]:
    rest, name = without_head(texts, names)
    rest = pc.if_else(pc.is_valid(name), without_head(rest, tails)[0], rest)
    alone = pc.is_in(rest, pa.array(tails))  # `广东省` and nothing else
    return pc.if_else(alone, texts, rest), pc.if_else(alone, pa.scalar(None, pa.string()), name)
