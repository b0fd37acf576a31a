"""How much text a workbook's cells hold that only refer to it: each text is stored once and unpacked in every cell.

A hundred kilobytes can so become gigabytes, which no size of a member tells. Used by `loaders.readers.workbooks`.
"""

from __future__ import annotations

import re

import numpy as np

_MEMBER = "sharedstrings.xml"
_ITEM_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_REFERRING = re.compile(rb"""\st\s*=\s*["']s["']""")
_REFERENCE = re.compile(rb"""\st\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v[^<>]*>\s*(\d{1,9})\s*<""")
# So little text a file may unpack to whatever its size.
_ALWAYS_BYTES = 4 << 20
_TIMES_THE_FILE = 20


class SharedTexts:
    """Sizes of the shared texts, and how many cells refer to any; filled chunk by chunk while members are unpacked."""

    def __init__(self) -> None:
        self._open = 0
        self._sizes: list[int] = []
        self._before = b""
        self._referring = 0

    def see(self, member: str, chunk: bytes) -> None:
        """Take in the next bytes of a member."""
        if member.lower().endswith(_MEMBER):
            self._measure(chunk)
        else:
            self._referring += len(_REFERRING.findall(self._before[-16:] + chunk)) - len(
                _REFERRING.findall(self._before[-16:])
            )
            self._before = chunk[-16:]

    def harmless(self, packed_bytes: int) -> bool:
        """Whether even the longest text in every cell is in proportion to the file's size."""
        most = self._referring * max(self._all_sizes(), default=0)
        return most <= max(_ALWAYS_BYTES, _TIMES_THE_FILE * packed_bytes)

    def bytes_in(self, sheet: bytes) -> int:
        """Bytes of the texts that the cells of a sheet refer to; a reference that cannot be read is to the longest."""
        found = np.array(_REFERENCE.findall(sheet), dtype="S9").astype(np.int64)
        sizes = np.array([*self._all_sizes(), 0], dtype=np.int64)
        known = sizes[np.minimum(found, len(sizes) - 1)].sum()
        unread = max(len(_REFERRING.findall(sheet)) - len(found), 0)
        return int(known) + unread * int(sizes.max())

    def _measure(self, chunk: bytes) -> None:
        """An item's size is the distance between two ends: its tags count too."""
        last = 0
        for end in _ITEM_END.finditer(chunk):
            self._sizes.append(self._open + end.end() - last)
            self._open, last = 0, end.end()
        self._open += len(chunk) - last

    def _all_sizes(self) -> list[int]:
        return [*self._sizes, self._open]
