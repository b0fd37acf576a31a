"""The reserved firms of planted patterns, appended to the ordinary ones. Called by `generate` after the book."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from loaders.synthetic.identifiers import bureau_serials, old_tax_numbers, social_credit_codes
from loaders.synthetic.patterns.book import FORMER, PERSONS
from loaders.synthetic.people import People, draw_people
from loaders.synthetic.places import counties
from loaders.synthetic.population import NEVER, Population, draw_addresses, draw_names, serials
from loaders.synthetic.text import join, padded, pick, whole

if TYPE_CHECKING:
    from loaders.synthetic.patterns.book import Book
    from loaders.synthetic.text import Integers, Text

# No ordinary firm has such a number or room, so that nothing is shared by accident.
_PHONE_PREFIX = "199"
_FIRST_ROOM = 100_000


def with_reserved(population: Population, book: Book) -> Population:
    """The ordinary firms and, after them, those of the book with people, telephones and rooms of their own."""
    if not book.firms.count:
        return population
    return _joined(population, _reserved(population, book))


def _reserved(population: Population, book: Book) -> Population:
    plan, firms = book.plan, book.firms
    chance = plan.chance("reserved firms")
    codes = [place.code for place in counties()]
    places = plan.ordinary + np.arange(firms.count, dtype=np.int64)
    people = len(population.people.name)
    serial = serials(places)
    name = draw_names(firms.county, firms.industry, chance)
    street = draw_addresses(firms.county, chance)
    never = np.full(firms.count, NEVER, dtype=np.int64)
    finance = people + firms.finance
    return Population(
        county=firms.county,
        industry=firms.industry,
        general=firms.general,
        registered=firms.registered,
        weight=np.zeros(firms.count),
        serial=bureau_serials(pick([code[:2] for code in codes], firms.county), serial),
        number=social_credit_codes(codes, firms.county, serial),
        old_number=old_tax_numbers(pick(codes, firms.county), serial * 31),
        number_changed=never,
        name=name,
        old_name=name,
        renamed=never,
        address=pick(_rooms(street, np.arange(firms.count)), firms.address),
        old_address=_rooms(street, np.arange(firms.count) + firms.count),
        moved=firms.moved,
        phone=pick(join(_PHONE_PREFIX, padded(np.arange(firms.count), 8)), firms.phone),
        people=draw_people(firms.count * PERSONS, chance=chance, series=0, first=people),
        representative=people + firms.representative,
        old_representative=people + np.arange(firms.count) * PERSONS + FORMER,
        representative_changed=firms.changed,
        finance=finance,
        handler=finance,
        collector=finance,
        status=firms.status,
        stops=firms.stops,
        pays=firms.pays,
    )


def _rooms(street: Text, room: Integers) -> Text:
    return join(street, "之", whole(_FIRST_ROOM + room))


def _joined(one: Population, other: Population) -> Population:
    return Population(*(_one_after_another(getattr(one, part.name), getattr(other, part.name)) for part in fields(one)))


def _one_after_another(first: Any, second: Any) -> Any:
    if isinstance(first, People):
        names, documents = [first.name, second.name], [first.document, second.document]
        return People(pa.concat_arrays(names), pa.concat_arrays(documents))
    if isinstance(first, np.ndarray):
        return np.concatenate([first, second])
    return pa.concat_arrays([first, second])
