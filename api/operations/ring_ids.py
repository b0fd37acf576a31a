"""Ring ids that `why` understands alone: the ring's own id, the options it was found with, and one member.

    ring-4f0c….t30d.2-10.b100000.cny@tp91ab…

A ring's own id is a function of members, currency and first tick. The first tick depends on window and band, so these
go with it. Read back by `why`, which then searches only the rings through that member. The member's id is public: no
person or number can be read in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from graph.errors import QueryError
from queries.durations import duration_text, parse_duration
from queries.rings import RingOptions

_LETTERS: Final = {"time-ordered": "t", "window": "w", "static": "s"}
_MODES: Final = {letter: mode for mode, letter in _LETTERS.items()}
_SEARCH = re.compile(r"([tws])(\d+[smhdw])\.(\d+)-(\d+)((?:\.[a-z0-9]+)*)")
_CURRENCY = re.compile(r"[a-z]{3}")


@dataclass(frozen=True, slots=True)
class RingReference:
    """A ring and how to find it again. `member` and `options` are None where the id says nothing of them."""

    ring: str
    options: RingOptions | None = None
    member: str | None = None


def shown_id(ring: str, options: RingOptions, *, member: str, currency: str) -> str:
    """The id as the command line shows it."""
    words = [f"{_LETTERS[options.mode]}{duration_text(options.window)}", f"{options.min_length}-{options.max_length}"]
    if options.band is not None:
        words.append(f"b{options.band}")
    if options.strict:
        words.append("strict")
    if options.resolution != "auto":
        words.append(options.resolution)
    return f"{ring}.{'.'.join([*words, currency.lower()])}@{member}"


def ring_reference(text: str) -> RingReference:
    """Inverse of `shown_id`; a bare ring id (from GraphQL) comes back without options.

    Raises:
        QueryError: `query.ring` for an id that was cut or mistyped.
    """
    front, _, member = text.strip().partition("@")
    ring, _, search = front.partition(".")
    if not search:
        return RingReference(ring, member=member or None)
    found = _SEARCH.fullmatch(search)
    if found is None or not member:
        raise QueryError(
            "This is not a whole ring id.",
            code="query.ring",
            next_step="Copy the id from `taxgraph rings` up to its end, with what follows the @.",
        )
    return RingReference(ring, _options(found), member)


def _options(found: re.Match[str]) -> RingOptions:
    words = [word for word in found[5].split(".") if word]
    bands = [int(word[1:]) for word in words if re.fullmatch(r"b\d+", word)]
    currencies = [word.upper() for word in words if _CURRENCY.fullmatch(word) and word != "day"]
    resolutions = [word for word in words if word in {"day", "second"}]
    return RingOptions(
        mode=_MODES[found[1]],
        window=parse_duration(found[2]) if found[2] != "0s" else timedelta(0),
        min_length=int(found[3]),
        max_length=int(found[4]),
        strict="strict" in words,
        band=bands[0] if bands else None,
        currency=currencies[0] if currencies else None,
        resolution=resolutions[0] if resolutions else "auto",
    )
