"""Chinese signs by their sound: homophones are a frequent slip of input methods. Called by `linkage`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa
from pypinyin import lazy_pinyin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loaders.resolve.columns import Text


def pinyin(texts: Text) -> Text:
    """Folded texts with the usual sound of each sign, without tones; signs that are not Chinese stay."""
    lines = texts.fill_null("").to_pylist()
    spoken = "\n".join(lines).translate(_sounds()).split("\n")
    return pa.array([found or None for found in spoken] if lines else [], pa.string())


@cache
def _sounds() -> Mapping[int, str]:
    han = [chr(sign) for sign in range(0x4E00, 0xA000)]
    return {ord(sign): f"{sound}'" for sign, sound in zip(han, lazy_pinyin(han), strict=True) if sound != sign}
