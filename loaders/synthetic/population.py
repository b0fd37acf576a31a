"""The firms of the synthetic country: who, where, what, under which numbers and names, and which people run them.

`draw_population` is the first stage; trade, organisation, registers and tasks all read its `Population`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import plan as shares
from loaders.synthetic import words
from loaders.synthetic.identifiers import bureau_serials, old_tax_numbers, social_credit_codes
from loaders.synthetic.industries import INDUSTRIES
from loaders.synthetic.people import People, draw_people, draw_phones
from loaders.synthetic.places import counties, county_weights
from loaders.synthetic.text import join, pick, whole

if TYPE_CHECKING:
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.text import Booleans, Floats, Integers, Text

NEVER = -1
STATUSES = ("03", "05")  # normal, abnormal
_COPRIME = 7919  # scatters serials over their range without repeating one
_OLDEST_YEARS = 20
_CODES = tuple(place.code for place in counties())
NEW_FIRM_SHARE = 0.03
OUTSIDE_SHARE = 0.5
# Handler is the finance officer, collector is the handler: so many firms.
SAME_HANDLER_SHARE, SAME_COLLECTOR_SHARE = 0.7, 0.6


@dataclass(frozen=True, slots=True)
class Population:
    """Firms by place. Days count from 1970-01-01; a day of `NEVER` means that the change did not happen.

    `status` is a place in `STATUSES`; no filing is made from the day `stops` on; who does not pay has `pays` false.
    """

    county: Integers
    industry: Integers
    general: Booleans
    registered: Integers
    weight: Floats
    serial: Text
    number: Text
    old_number: Text
    number_changed: Integers
    name: Text
    old_name: Text
    renamed: Integers
    address: Text
    old_address: Text
    moved: Integers
    phone: Text
    people: People
    representative: Integers
    old_representative: Integers
    representative_changed: Integers
    finance: Integers
    handler: Integers
    collector: Integers
    status: Integers
    stops: Integers
    pays: Booleans

    @property
    def count(self) -> int:
        """How many firms."""
        return len(self.county)

    def numbers_at(self, firms: Integers, days: Integers) -> Text:
        """Tax number that each firm bore on the day."""
        return _as_of(self.number, self.old_number, self.number_changed, firms, days)

    def names_at(self, firms: Integers, days: Integers) -> Text:
        """Name that each firm bore on the day."""
        return _as_of(self.name, self.old_name, self.renamed, firms, days)


def _as_of(now: Text, before: Text, changed: Integers, firms: Integers, days: Integers) -> Text:
    both = pa.concat_arrays([now, before])
    earlier = days < changed[firms]
    return pick(both, firms + np.where(earlier, len(now), 0))


def draw_population(plan: Plan) -> Population:
    """All firms of a plan, without anything planted."""
    chance = plan.chance("population")
    count = plan.ordinary
    county = chance.choice(len(counties()), count, p=county_weights())
    industry = _draw_industries(count, chance)
    serial = serials(np.arange(count, dtype=np.int64))
    name, old_name = draw_names(county, industry, chance), draw_names(county, industry, chance)
    address, old_address = draw_addresses(county, chance), draw_addresses(county, chance)
    people = draw_people(count + count // 4 + 8, chance=chance, series=0)
    representative, old_representative = _draw_representatives(count, len(people.name), chance)
    agents = _draw_agents(count, len(people.name), chance)
    return Population(
        county=county,
        industry=industry,
        general=chance.random(count) < shares.GENERAL_SHARE,
        registered=_draw_registered(plan, chance),
        weight=_draw_weights(count, chance),
        serial=bureau_serials(pick([code[:2] for code in _CODES], county), serial),
        number=social_credit_codes(_CODES, county, serial),
        old_number=old_tax_numbers(pick(_CODES, county), serial * 31),
        number_changed=_draw_days(plan, shares.CHANGED_NUMBER_SHARE, chance),
        name=name,
        old_name=old_name,
        renamed=_draw_days(plan, shares.RENAMED_SHARE, chance),
        address=address,
        old_address=old_address,
        moved=_draw_days(plan, shares.MOVED_SHARE, chance),
        phone=draw_phones(count, chance=chance),
        people=people,
        representative=representative,
        old_representative=old_representative,
        representative_changed=_draw_days(plan, shares.NEW_REPRESENTATIVE_SHARE, chance),
        finance=agents[0],
        handler=agents[1],
        collector=agents[2],
        status=np.zeros(count, dtype=np.int64),
        stops=np.full(count, NEVER, dtype=np.int64),
        pays=np.ones(count, dtype=bool),
    )


def serials(places: Integers) -> Integers:
    """A number below ten million for each firm, scattered, none twice."""
    return (places * _COPRIME + 1_234_567) % 10_000_000


def _draw_industries(count: int, chance: np.random.Generator) -> Integers:
    weights = np.array([industry.weight for industry in INDUSTRIES])
    return chance.choice(len(INDUSTRIES), count, p=weights / weights.sum())


def _draw_weights(count: int, chance: np.random.Generator) -> Floats:
    """Size of each firm: rank^-0.7, ranks at random."""
    ranks = chance.permutation(count) + 1
    return ranks.astype(np.float64) ** -0.7


def _draw_registered(plan: Plan, chance: np.random.Generator) -> Integers:
    """Mostly within twenty years before the span; three in a hundred in its first half."""
    before = plan.first_day - 1 - (chance.beta(1, 2, plan.ordinary) * 365 * _OLDEST_YEARS).astype(np.int64)
    within = plan.first_day + chance.integers(0, max(plan.days // 2, 1), plan.ordinary)
    return np.where(chance.random(plan.ordinary) < NEW_FIRM_SHARE, within, before)


def _draw_days(plan: Plan, share: float, chance: np.random.Generator) -> Integers:
    """A day inside the span for this share of the firms, `NEVER` for the others."""
    day = plan.first_day + 1 + chance.integers(0, plan.days - 1, plan.ordinary)
    return np.where(chance.random(plan.ordinary) < share, day, NEVER)


def draw_names(county: Integers, industry: Integers, chance: np.random.Generator) -> Text:
    """Trade names: city, brand, branch of trade and legal form."""
    count = len(county)
    form = chance.choice(len(words.LEGAL_FORMS), count, p=np.array(words.LEGAL_FORM_WEIGHTS))
    return join(
        pick([place.city_name for place in counties()], county),
        pick(words.BRAND_FIRST, chance.integers(0, len(words.BRAND_FIRST), count)),
        pick(words.BRAND_SECOND, chance.integers(0, len(words.BRAND_SECOND), count)),
        pick(words.BRAND_THIRD, chance.integers(0, len(words.BRAND_THIRD), count)),
        pick([row.word for row in INDUSTRIES], industry),
        pick(words.LEGAL_FORMS, form),
    )


def draw_addresses(county: Integers, chance: np.random.Generator) -> Text:
    """Addresses in each county; some are shared by chance."""
    count = len(county)
    return join(
        pick([f"{place.city_name}市{place.name}区" for place in counties()], county),
        pick(words.ROADS, chance.integers(0, len(words.ROADS), count)),
        whole(chance.integers(1, 900, count)),
        "号",
        whole(chance.integers(101, 2600, count)),
        "室",
    )


def _draw_representatives(count: int, people: int, chance: np.random.Generator) -> tuple[Integers, Integers]:
    """Most firms have a representative of their own; one in twelve is run by somebody who runs another."""
    own = np.arange(count, dtype=np.int64)
    borrowed = chance.integers(0, count, count)
    now = np.where(chance.random(count) < 1 / 12, borrowed, own)
    return now, chance.integers(count, people, count)


def _draw_agents(count: int, people: int, chance: np.random.Generator) -> tuple[Integers, Integers, Integers]:
    """Finance officer, handler, collector: half from outside bookkeepers who serve several firms each."""
    inside = chance.integers(0, count, count)
    bookkeeper = chance.integers(count, people, count)
    outside = chance.random(count) < OUTSIDE_SHARE
    finance = np.where(outside, bookkeeper, inside)
    handler = np.where(chance.random(count) < SAME_HANDLER_SHARE, finance, chance.integers(0, count, count))
    return finance, handler, np.where(chance.random(count) < SAME_COLLECTOR_SHARE, handler, inside)
