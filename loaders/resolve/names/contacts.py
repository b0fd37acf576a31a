"""Addresses and telephone numbers as they are compared. Called by `loaders.resolve.linkage.fields`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from loaders.resolve.columns import pc
from loaders.resolve.names.affixes import Parts, without_region
from loaders.resolve.names.folding import folded
from loaders.resolve.names.words import NUMBER_WORDS

if TYPE_CHECKING:
    from loaders.resolve.columns import Text

_LEAST_DIGITS = 7


def addresses(texts: Text) -> Text:
    """Folded addresses without province and city at their head, numbers as `12 3 405`; null where nothing is left.

    Two streets of one name in two cities fall together: whoever compares weighs that many firms share the form.
    """
    text = without_region(Parts.of(folded(texts)))[0].texts()
    text = pc.replace_substring_regex(text, f"([0-9a-z]) ?(?:{'|'.join(NUMBER_WORDS)})", r"\1 ")
    text = pc.replace_substring_regex(text, " ?([0-9]+) ?", r" \1 ")
    text = pc.utf8_trim_whitespace(pc.replace_substring(text, "  ", " "))
    return _given(text, pc.not_equal(text, ""))


def phones(texts: Text) -> Text:
    """Digits of telephone numbers without country code, trunk prefix and extension; null below seven digits.

    Of several numbers in a field the first counts.
    """
    plain = pc.match_substring_regex(texts, "^[0-9]*$")
    odd = pc.invert(plain).fill_null(False)
    text = pc.replace_with_mask(texts, odd, folded(texts.filter(odd), brackets=True)) if odd.true_count else texts
    text = pc.replace_substring_regex(text, r"(?:转|分机|ext|x|#).*$", "")
    text = pc.replace_substring_regex(text, "[^0-9]+", "")
    text = pc.replace_substring_regex(text, "^(?:00)?86(1[3-9][0-9]{9}|0?[1-9][0-9]{9,10})$", r"\1")
    text = pc.replace_substring_regex(text, "^0+", "")
    return _given(text, pc.greater_equal(pc.utf8_length(text), _LEAST_DIGITS))


def _given(texts: Any, kept: Any) -> Text:
    found: Text = pc.if_else(kept, texts, pa.scalar(None, pa.string()))
    return found
