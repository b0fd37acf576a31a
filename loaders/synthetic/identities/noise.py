"""What goes wrong with the text of a registration: edits of names, fields that nobody filled in. Called by `draw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import words
from loaders.synthetic.text import pick

if TYPE_CHECKING:
    from loaders.synthetic.text import Booleans, Integers, Text

_SIGNS = np.array(sorted({ord(s) for part in (words.BRAND_FIRST, words.BRAND_SECOND) for s in part}), dtype=np.uint32)
_REPLACED, _LEFT_OUT, _PUT_IN, _SWAPPED = range(4)


def edited(text: Text, edits: Integers, chance: np.random.Generator) -> Text:
    """The same texts, each with so many (0 to 2) edits of one sign.

    Every edit changes the text; two may meet at one place and then look like one.
    """
    rows = np.flatnonzero(edits)
    if not len(rows):
        return text
    written = np.array(pick(text, rows).to_pylist())
    width = written.dtype.itemsize // 4 + int(edits.max())
    signs = np.ascontiguousarray(written.astype(f"<U{width}")).view(np.uint32).reshape(len(rows), width)
    for turn in range(int(edits.max())):
        due = edits[rows] > turn
        signs[due] = _edited_once(signs[due], chance)
    changed = np.ascontiguousarray(signs).view(f"<U{width}").ravel()
    place = np.arange(len(text))
    place[rows] = len(text) + np.arange(len(rows))
    return pick(pa.concat_arrays([text, pa.array(changed.tolist(), pa.string())]), place)


def _edited_once(signs: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Rows of code points, ended by zeros, each changed at one place."""
    count, width = signs.shape
    kind = chance.integers(0, _SWAPPED + 1, count).reshape(-1, 1)
    length = (signs > 0).sum(axis=1)
    at = (chance.random(count) * (length - 1)).astype(np.int64).reshape(-1, 1)
    column = np.arange(width)[None, :]
    row = np.arange(count)[:, None]
    here, following = signs[row, at], signs[row, np.minimum(at + 1, width - 1)]
    kind = np.where((kind == _SWAPPED) & (here == following), _REPLACED, kind)  # a swap of equals is none
    source = np.where(kind == _LEFT_OUT, column + (column >= at), column)
    source = np.where(kind == _PUT_IN, column - (column > at), source)
    source = np.where((kind == _SWAPPED) & (column == at), at + 1, source)
    source = np.where((kind == _SWAPPED) & (column == at + 1), at, source)
    padded = np.concatenate([signs, np.zeros((count, 1), dtype=np.uint32)], axis=1)
    found = padded[row, source]
    fresh = chance.choice(_SIGNS, count).reshape(-1, 1)
    fresh = np.where(fresh == here, np.roll(_SIGNS, 1)[np.searchsorted(_SIGNS, fresh)], fresh)
    return np.where(((kind == _REPLACED) | (kind == _PUT_IN)) & (column == at), fresh, found)


def blanked(text: Text, lost: Booleans) -> Text:
    """The same texts, null where lost."""
    return pick(text, np.where(lost, -1, np.arange(len(text))))
