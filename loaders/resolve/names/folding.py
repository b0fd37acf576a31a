"""One writing for all ways to write a text: width, case, accents, punctuation, traditional signs. Used by its sisters.

NFKD with case folding (Unicode Standard 17, section 3.13), marks dropped, traditional signs made simplified one by one
(the tables of OpenCC), everything that is no letter or digit made a blank; between Chinese signs blanks mean nothing.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from opencc import OpenCC

from loaders.resolve.columns import buffers, pc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loaders.resolve.columns import Text


HAN = "\u2e80-\u9fff\U00020000-\U0003ffff"
_ROWS = 100_000  # folded at once, which bounds the memory
_BLANK, _GONE = ord(" "), 0x10FFFF  # the second is no character
_BLANKS = re.compile("  +")
_NEEDLESS_BLANK = re.compile(rf"(?m)^ | $|(?<=[{HAN}]) | (?=[{HAN}])")


def folded(texts: Text, *, brackets: bool = False) -> Text:
    """The texts in one writing, null where nothing is left of them; round `brackets` stay if asked for.

    Folding a folded text changes nothing.
    """
    parts = [_folded(texts.slice(first, _ROWS), brackets) for first in range(0, len(texts), _ROWS)]
    return pa.concat_arrays(parts) if parts else pa.array([], pa.string())


def _folded(texts: Text, brackets: bool) -> Text:
    """Rows with a sign that folding may change are folded; most rows have none."""
    column = pa.concat_arrays([texts.cast(pa.string())])  # starts at its buffers' start
    odd = _odd_rows(column, brackets)
    if not odd.any():
        return _given(column)
    mask: Any = pa.array(odd)
    return _given(pc.replace_with_mask(column, mask, _each_folded(column.filter(mask), brackets)))


def _odd_rows(column: Text, brackets: bool) -> np.ndarray:
    """Which rows hold a sign that is not its own folded form, or that depends on its neighbours."""
    ends, data = buffers(pa.concat_arrays([pc.fill_null(column, "")]))
    signs = np.frombuffer(data[: ends[-1]].tobytes().decode().encode("utf-32-le"), np.uint32)
    places = np.flatnonzero(~_steady(brackets)[signs])
    lengths = pc.fill_null(pc.utf8_length(column), 0).to_numpy()
    odd = np.zeros(len(column), np.bool_)
    odd[np.searchsorted(np.cumsum(lengths), places, side="right")] = True
    return odd


def _given(texts: Text) -> Text:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _each_folded(texts: Text, brackets: bool) -> Text:
    lines = pc.replace_substring(texts.cast(pa.string()), "\n", " ").fill_null("").to_pylist()
    text = _signs_of(_one_case("\n".join(lines)), _table(brackets))
    if " " in text:
        text = _NEEDLESS_BLANK.sub("", _BLANKS.sub(" ", text))
    return pa.array(text.split("\n"), pa.string())


def _one_case(text: str) -> str:
    """Compatible signs and capitals made one; folding the case can leave signs to decompose."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def _signs_of(text: str, table: np.ndarray) -> str:
    """The text with every sign replaced by that of the table, or left out."""
    signs = table[np.frombuffer(text.encode("utf-32-le"), np.uint32)]
    if (gone := signs == _GONE).any():
        signs = signs[~gone]
    return signs.tobytes().decode("utf-32-le")


@cache
def _table(brackets: bool) -> np.ndarray:
    """Sign → sign: simplified, blank for what is no letter or digit, left out for accents."""
    table = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    table[[not chr(sign).isalnum() for sign in range(sys.maxunicode + 1)]] = _BLANK
    for kept in "\n()" if brackets else "\n":
        table[ord(kept)] = ord(kept)
    table[0x0300:0x0370] = _GONE
    simplified = _simplified()
    table[list(simplified)] = [ord(new) for new in simplified.values()]
    return table


@cache
def _steady(brackets: bool) -> np.ndarray:
    """Whether a sign is its own folded form whatever stands beside it. Only ideographs and ASCII are looked for."""
    steady = np.zeros(sys.maxunicode + 1, np.bool_)
    table = _table(brackets)
    for sign in (*range(0x21, 0x7F), *range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)):
        steady[sign] = table[sign] == sign and _one_case(chr(sign)) == chr(sign)
    return steady


@cache
def _simplified() -> Mapping[int, str]:
    """Traditional sign → simplified sign, of single signs; each simplified sign is its own."""
    han = [chr(sign) for sign in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    once = OpenCC("t2s").convert("\n".join(han)).split("\n")
    table = {old: new for old, new in zip(han, once, strict=True) if old != new}
    return {ord(old): table.get(new, new) for old, new in table.items() if table.get(new, new) != old}
