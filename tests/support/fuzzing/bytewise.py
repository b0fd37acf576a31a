"""Changes of bytes that know nothing of any format: what a bad disk, line or copy does. Called by `mutating`."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Change = Callable[[Random, bytes], bytes]
_LONGEST_BLOCK = 4096
_STRANGE = (
    b"\x00",
    b"\xff",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x80",
    b"\xed\xa0\x80",  # a lone surrogate as UTF-8
    b"\x81\x30",
    b'"',
    b"\r",
    b"\n",
    b"\r\n",
    b",",
    b"\t",
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<!DOCTYPE a>",
    b"PK\x03\x04",
    b"PAR1",
    b"\x1f\x8b",
    b"\x1a",
)


def _span(chance: Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    length = min(chance.choice((1, 2, 8, 64, _LONGEST_BLOCK)), len(data) - start)
    return start, start + (chance.randrange(length) + 1 if length else 0)


def flip(chance: Random, data: bytes) -> bytes:
    """One to eight bytes changed by one bit or altogether."""
    changed = bytearray(data)
    for _ in range(chance.randrange(8) + 1):
        place = chance.randrange(len(changed)) if changed else 0
        if changed:
            changed[place] ^= chance.choice((1 << chance.randrange(8), chance.randrange(1, 256)))
    return bytes(changed)


def cut(chance: Random, data: bytes) -> bytes:
    """The end is missing."""
    return data[: chance.randrange(len(data) + 1)]


def take_out(chance: Random, data: bytes) -> bytes:
    """A block is missing."""
    start, end = _span(chance, data)
    return data[:start] + data[end:]


def insert(chance: Random, data: bytes) -> bytes:
    """Strange bytes in between, perhaps many times."""
    start, _ = _span(chance, data)
    return data[:start] + chance.choice(_STRANGE) * chance.choice((1, 1, 1, 2, 3, 500)) + data[start:]


def overwrite(chance: Random, data: bytes) -> bytes:
    """Strange bytes in place of others."""
    start, _ = _span(chance, data)
    strange = chance.choice(_STRANGE)
    return data[:start] + strange + data[start + len(strange) :]


def duplicate(chance: Random, data: bytes) -> bytes:
    """A block stands twice, or many times."""
    start, end = _span(chance, data)
    return data[:end] + data[start:end] * chance.choice((1, 1, 1, 2, 50)) + data[end:]


def swap(chance: Random, data: bytes) -> bytes:
    """Two blocks in each other's place."""
    first, second = sorted((_span(chance, data), _span(chance, data)))
    if first[1] > second[0]:
        return data
    return (
        data[: first[0]] + data[slice(*second)] + data[first[1] : second[0]] + data[slice(*first)] + data[second[1] :]
    )


def twice(_chance: Random, data: bytes) -> bytes:
    """The whole file behind itself."""
    return data + data


CHANGES: tuple[Change, ...] = (flip, flip, flip, cut, take_out, insert, insert, overwrite, duplicate, swap, twice)
