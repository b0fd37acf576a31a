"""Fictitious people: names and resident ids, drawn at random. Used by `population` and `organisation`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from loaders.synthetic import words
from loaders.synthetic.identifiers import birthdays, resident_numbers
from loaders.synthetic.places import counties
from loaders.synthetic.text import join, padded, pick

if TYPE_CHECKING:
    from loaders.synthetic.text import Integers, Text

RESIDENT_CARD = "201"  # 居民身份证 in the tax administration's list of documents


@dataclass(frozen=True, slots=True)
class People:
    """Names and document numbers by place."""

    name: Text
    document: Text

    def of(self, places: Integers) -> tuple[Text, Text, Text]:
        """Name, kind of document and document number of people; place -1 gives nulls."""
        kind = pick([RESIDENT_CARD], np.where(places < 0, -1, 0))
        return pick(self.name, places), kind, pick(self.document, places)


def draw_people(count: int, *, chance: np.random.Generator, series: int, first: int = 0) -> People:
    """So many people from the `first` one on; those of different `series` (0 or 1) never share a document number."""
    surname = chance.zipf(1.35, count) % len(words.SURNAMES)
    name = join(
        pick(words.SURNAMES, surname),
        pick(words.GIVEN_FIRST, chance.integers(0, len(words.GIVEN_FIRST), count)),
        pick(words.GIVEN_SECOND, chance.integers(0, len(words.GIVEN_SECOND), count)),
    )
    region = pick([county.code for county in counties()], chance.integers(0, len(counties()), count))
    # Counting through years and days keeps numbers apart: 36 x 365 x 500 of them in each series and region.
    order = first + np.arange(count, dtype=np.int64)
    year, day = 1958 + order % 36, (order // 36) % 365
    serial = series + 2 * ((order // (36 * 365)) % 500)
    return People(name=name, document=resident_numbers(region, birthdays(year, day), serial))


def draw_phones(count: int, *, chance: np.random.Generator) -> Text:
    """Telephone numbers of eleven digits."""
    prefix = pick(words.PHONE_PREFIXES, chance.integers(0, len(words.PHONE_PREFIXES), count))
    return join(prefix, padded(chance.integers(0, 100_000_000, count), 8))
