"""Keyed hashes of texts and of each text without one of its signs. Used where numbers of documents are read.

SipHash-2-4 (Aumasson and Bernstein 2012, "SipHash: a fast short-input PRF", §2): a pseudo-random function of 64 bits
under a key of 128. Who has no key learns nothing of a text from its hash but which hashes are alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.compiled import kernel

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.compiled import Flags, Ints

DIGITS = 12
"""Hexadecimal digits that are written of a hash, its highest ones: 48 bits tell apart those who bear one name."""

_U = np.uint64
_FIRST = np.array([0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573], np.uint64)
_MIDDLE, _TOP = 0x80, 0xC0  # of UTF-8: a byte 10xxxxxx goes on with the sign before it
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_BLANK = 32


@kernel
def _turned(value: np.uint64, bits: int) -> np.uint64:
    return _U((value << _U(bits)) | (value >> _U(64 - bits)))


@kernel
def _rounds(state: npt.NDArray[np.uint64], count: int) -> None:
    """SipRound, `count` times (figure 2.1 of the paper)."""
    a, b, c, d = state[0], state[1], state[2], state[3]
    for _ in range(count):
        a += b
        c += d
        b = _turned(b, 13) ^ a
        d = _turned(d, 16) ^ c
        a = _turned(a, 32)
        c += b
        a += d
        b = _turned(b, 17) ^ c
        d = _turned(d, 21) ^ a
        c = _turned(c, 32)
    state[0], state[1], state[2], state[3] = a, b, c, d


@kernel
def _take(state: npt.NDArray[np.uint64], word: np.uint64) -> None:
    state[3] ^= word
    _rounds(state, 2)
    state[0] ^= word


@kernel
def keyed_hash(text: Flags, length: int, key: npt.NDArray[np.uint64], state: npt.NDArray[np.uint64]) -> np.uint64:
    """SipHash-2-4 of the first `length` bytes under `key` (two words, the lower first); `state` is room for four."""
    for place in range(4):
        state[place] = _FIRST[place] ^ key[place & 1]
    word, shift = _U(0), 0
    for place in range(length):
        word |= _U(text[place]) << _U(shift)
        shift += 8
        if shift == 64:
            _take(state, word)
            word, shift = _U(0), 0
    _take(state, word | (_U(length & 0xFF) << _U(56)))
    state[2] ^= _U(0xFF)
    _rounds(state, 4)
    return _U(state[0] ^ state[1] ^ state[2] ^ state[3])


@kernel
def _write(values: npt.NDArray[np.uint64], out: Flags, place: int) -> int:
    """The distinct ones of sorted values in `DIGITS` digits each, blanks between; the place after the last."""
    for index in range(len(values)):
        if index > 0 and values[index] == values[index - 1]:
            continue
        if index > 0:
            out[place] = _BLANK
            place += 1
        for digit in range(DIGITS):
            out[place + digit] = _HEX[int((values[index] >> _U(60 - 4 * digit)) & _U(15))]
        place += DIGITS
    return place


@kernel
def gap_hashes(
    offsets: Ints, data: Flags, heads: Ints, key: npt.NDArray[np.uint64], longest: int, out: Flags, ends: Ints
) -> None:
    """Hash every text as it is and without each of its signs.

    Args:
        offsets: int32[n + 1], where the texts stand in `data`.
        data: uint8, their UTF-8.
        heads: int32[n], leading bytes of each text that are never left out.
        key: uint64[2].
        longest: texts with more bytes behind the head are hashed as they are only.
        out: uint8, room for 13 bytes a sign and as many more each; gets the hashes of each text in order, each once.
        ends: int32[n + 1], gets where the hashes of each text end in `out`.
    """
    state = np.zeros(4, np.uint64)
    room = np.zeros(1, np.uint8)
    ends[0] = 0
    for row in range(len(heads)):
        begin, length = int(offsets[row]), int(offsets[row + 1]) - int(offsets[row])
        if length > len(room):
            room = np.zeros(2 * length, np.uint8)
        room[:length] = data[begin : begin + length]
        values = np.zeros(1 + min(length - heads[row], longest), np.uint64)
        values[0] = keyed_hash(room, length, key, state)
        met, place = 1, int(heads[row])
        while place < length and length - heads[row] <= longest:
            after = place + 1
            while after < length and (data[begin + after] & _TOP) == _MIDDLE:
                after += 1
            for behind in range(place, length - (after - place)):
                room[behind] = data[begin + behind + after - place]
            values[met] = keyed_hash(room, length - (after - place), key, state)
            room[place:length] = data[begin + place : begin + length]
            met, place = met + 1, after
        ends[row + 1] = _write(np.sort(values[:met]), out, int(ends[row]))
