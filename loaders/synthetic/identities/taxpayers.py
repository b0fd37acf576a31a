"""The true taxpayers: names in parts, numbers, people, addresses. Called by `draw`; `lookalikes` remakes the last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import words
from loaders.synthetic.identifiers import old_tax_numbers, social_credit_codes
from loaders.synthetic.identities import plan as shares
from loaders.synthetic.industries import INDUSTRIES
from loaders.synthetic.people import draw_people, draw_phones
from loaders.synthetic.places import counties, county_weights
from loaders.synthetic.population import draw_addresses
from loaders.synthetic.text import join, pick, where

if TYPE_CHECKING:
    from loaders.synthetic.identities.plan import IdentityPlan
    from loaders.synthetic.text import Integers, Text

CODES = tuple(place.code for place in counties())
_CITIES = tuple(place.city_name for place in counties())
_OLDEST_DAY, _NEWEST_DAY = 9_000, 20_000  # 1994 to 2024, days from 1970-01-01


@dataclass(frozen=True, slots=True)
class Names:
    """Firm names in parts, by place."""

    city: Text
    brand: Text
    trade: Integers
    form: Integers

    def whole(self) -> Text:
        """The names as they are written."""
        trade = pick([row.word for row in INDUSTRIES], self.trade)
        return join(self.city, self.brand, trade, pick(words.LEGAL_FORMS, self.form))


@dataclass(frozen=True, slots=True)
class Taxpayers:
    """Taxpayers by place. `representative` is a place among `people`; `code` is null where there is none.

    `lookalike` says which kind of look-alike each is ("" for none) and `host` of which taxpayer (-1 for none).
    """

    county: Integers
    name: Text
    number: Text
    code: Text
    representative: Integers
    people: Text
    address: Text
    phone: Text
    registered: Integers
    lookalike: Text
    host: Integers


def draw_names(county: Integers, chance: np.random.Generator) -> Names:
    """Names of firms in these counties."""
    count = len(county)
    weights = np.array([row.weight for row in INDUSTRIES])
    brand = join(
        *(
            pick(signs, chance.integers(0, len(signs), count))
            for signs in (words.BRAND_FIRST, words.BRAND_SECOND, words.BRAND_THIRD)
        )
    )
    return Names(
        city=pick(_CITIES, county),
        brand=brand,
        trade=chance.choice(len(INDUSTRIES), count, p=weights / weights.sum()),
        form=chance.choice(len(words.LEGAL_FORMS), count, p=np.array(words.LEGAL_FORM_WEIGHTS)),
    )


def draw_ordinary(plan: IdentityPlan) -> tuple[Taxpayers, Names]:
    """All taxpayers, none like another but by chance, and their names in parts."""
    chance = plan.chance("taxpayers")
    count = plan.taxpayers
    county = chance.choice(len(CODES), count, p=county_weights())
    names = draw_names(county, chance)
    code = social_credit_codes(CODES, county, np.arange(count, dtype=np.int64))
    codeless = chance.random(count) < shares.CODELESS_SHARE
    codeless[-plan.lookalikes :] = chance.random(plan.lookalikes) < shares.CODELESS_LOOKALIKE_SHARE
    old = old_tax_numbers(pick(CODES, county), 2 * chance.permutation(count))
    # Twice as many people as taxpayers: the second half takes over where a representative moves.
    people = draw_people(count + plan.registrations, chance=chance, series=0)
    taxpayers = Taxpayers(
        county=county,
        name=names.whole(),
        number=where(codeless, old, code),
        code=where(codeless, None, code),
        representative=_representatives(count, chance),
        people=people.name,
        address=draw_addresses(county, chance),
        phone=draw_phones(count, chance=chance),
        registered=chance.integers(_OLDEST_DAY, _NEWEST_DAY, count),
        lookalike=pa.array([""] * count),
        host=np.full(count, -1, dtype=np.int64),
    )
    return taxpayers, names


def _representatives(count: int, chance: np.random.Generator) -> Integers:
    """One firm in twelve is run by somebody who runs another."""
    own = np.arange(count, dtype=np.int64)
    return np.where(chance.random(count) < 1 / 12, chance.integers(0, count, count), own)
