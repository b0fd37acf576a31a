"""What a tax number tells: whether it is one, and the organisation code inside it. Called by `fields`.

Formulas: USCC, GB 32100-2015; organisation code, GB 11714-1997. Whole columns, as a million numbers are looked at.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from loaders.resolve.columns import Text, pc

_USCC = "^[0-9A-HJ-NPQRTUW-Y]{2}[0-9]{6}[0-9A-HJ-NPQRTUW-Y]{10}$"
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
# Six digits of region and the organisation code: tax numbers before 2015.
_OLD = "^[0-9]{6}[0-9A-Z]{8}[0-9X]$"
_ORGANISATION_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_ORGANISATION_CHECKS = "0123456789X"
_LEAST_SIGNS = 8
_PLACEHOLDER = "^(?:" + "|".join(f"{sign}+" for sign in _ORGANISATION_SIGNS) + "|0*123456789[0-9]*)$"


def numbers(texts: Text) -> Text:
    """Numbers as they are compared: capitals without blanks; null for what tells nobody (`0000000000`, `无`)."""
    written = pc.utf8_upper(pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFKC"), r"\s+", ""))
    kept = pc.greater_equal(pc.utf8_length(written), _LEAST_SIGNS)
    kept = pc.and_(kept, pc.invert(pc.match_substring_regex(written, _PLACEHOLDER)))
    return pc.if_else(kept, written, pa.scalar(None, pa.string()))


def organisation_codes(codes: Text) -> Text:
    """The organisation code inside each social credit code whose check sign is right; null elsewhere."""
    formed = pc.match_substring_regex(codes, _USCC).fill_null(False)
    signs = _signs(codes.filter(formed), _USCC_SIGNS, 18)
    right = (31 - signs[:, :17] @ _USCC_WEIGHTS % 31) % 31 == signs[:, 17]
    return _where(formed, right, pc.utf8_slice_codeunits(codes, 8, 17))


def old_organisation_codes(texts: Text) -> Text:
    """The organisation code at the end of each old number of fifteen signs whose check sign is right; null elsewhere.

    A number of a person may end like one: whoever compares asks for the same province too.
    """
    formed = pc.match_substring_regex(texts, _OLD).fill_null(False)
    code = pc.utf8_slice_codeunits(texts, 6, 15)
    signs = _signs(code.filter(formed), _ORGANISATION_SIGNS, 9)
    check = (11 - signs[:, :8] @ _ORGANISATION_WEIGHTS % 11) % 11
    written = np.where(signs[:, 8] == _ORGANISATION_SIGNS.index("X"), 10, signs[:, 8])
    return _where(formed, check == written, code)


def _where(formed: Text, right: np.ndarray, found: Text) -> Text:
    mask = pc.replace_with_mask(formed, formed, pa.array(right))
    return pc.if_else(mask, found, pa.scalar(None, pa.string()))


def _signs(texts: Text, alphabet: str, width: int) -> np.ndarray:
    """Place in the alphabet of each sign, [n, width]; all texts are of this width and of ASCII."""
    table = np.zeros(256, dtype=np.int64)
    for place, sign in enumerate(alphabet):
        table[ord(sign)] = place
    whole = pa.concat_arrays([texts])  # starts at its buffer's start
    data = whole.buffers()[2]
    signs = np.frombuffer(data, np.uint8)[: len(texts) * width] if data is not None else np.zeros(0, np.uint8)
    return table[signs.reshape(len(texts), width)]
