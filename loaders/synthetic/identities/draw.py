"""Registrations out of taxpayers: second ones, edits, renamings, moved representatives, what is missing; and the truth.

`identities` is called by `writing`, by tests and by benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic.identifiers import bureau_serials, old_tax_numbers
from loaders.synthetic.identities import plan as shares
from loaders.synthetic.identities.lookalikes import make_lookalikes
from loaders.synthetic.identities.noise import blanked, edited
from loaders.synthetic.identities.taxpayers import CODES, Taxpayers, draw_names, draw_ordinary
from loaders.synthetic.people import draw_phones
from loaders.synthetic.population import draw_addresses
from loaders.synthetic.text import join, padded, pc, pick, where

if TYPE_CHECKING:
    from loaders.synthetic.identities.plan import IdentityPlan
    from loaders.synthetic.text import Booleans, Integers, Text

FIRST, CHANGED, CROSS, AGAIN = range(4)
_SOURCE = ("registrations", "registrations", "registrations", "market")
_LATER_DAYS = 900
_CHANGE_DAY = 20_100  # 2025-01-12; every change is told of within a year from it
_KEPT_DATE_SHARE = 0.7
_NO_REPRESENTATIVE, _NO_NUMBER, _NO_ADDRESS, _NO_PHONE, _NO_DAY = range(5)
_TOLD_OF, _EMBEDDED, _UNTOLD = range(3)


@dataclass(frozen=True, slots=True)
class Identities:
    """What is registered and what is true.

    Attributes:
        registrations: `id, source, source_id, tax_number, uscc, name, region, legal_representative,
            representative_key, address, phone` (text) and `registered_on` (date32).
        changes: `registration, item, old_value, new_value` (text) and `changed_on` (date32).
        truth: `id` (text), `taxpayer` (int64), `lookalike` (text, "" for none), `host` (int64 taxpayer, -1 for none).
    """

    registrations: pa.Table
    changes: pa.Table
    truth: pa.Table


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which taxpayer's each registration is and what kind; `order` is its random place in the register."""

    firm: Integers
    kind: Integers
    order: Integers
    former: Integers  # of changed ones: how the former number is known; else -1


def identities(plan: IdentityPlan) -> Identities:
    """Draw everything; the same plan gives the same tables."""
    ordinary, names = draw_ordinary(plan)
    taxpayers = make_lookalikes(plan, ordinary, names)
    rows = _draw_rows(plan, taxpayers)
    serial = _serials(taxpayers, rows)
    source = pick(_SOURCE, rows.kind)
    ids = join(source, ":", serial)
    columns, changes = _columns(plan, taxpayers, rows, ids)
    registrations = pa.table({"id": ids, "source": source, "source_id": serial, **columns})
    truth = {
        "id": ids,
        "taxpayer": pa.array(rows.firm),
        "lookalike": pick(taxpayers.lookalike, rows.firm),
        "host": pa.array(taxpayers.host[rows.firm]),
    }
    places = np.argsort(rows.order)
    return Identities(registrations.take(places), changes.sort_by("registration"), pa.table(truth).take(places))


def _draw_rows(plan: IdentityPlan, taxpayers: Taxpayers) -> _Rows:
    chance = plan.chance("rows")
    coded = np.flatnonzero(pc.is_valid(taxpayers.code).to_numpy(zero_copy_only=False))
    drawn = (
        np.arange(plan.taxpayers),
        chance.choice(coded, plan.share(shares.CHANGED_NUMBER_SHARE), replace=False),
        chance.choice(plan.taxpayers, plan.share(shares.CROSS_REGION_SHARE), replace=False),
        chance.choice(plan.taxpayers, plan.share(shares.SECOND_SYSTEM_SHARE), replace=False),
    )
    kind = np.repeat(np.arange(len(drawn)), [len(part) for part in drawn])
    former = np.where(kind == CHANGED, chance.choice(3, len(kind), p=shares.FORMER_NUMBER_SHARES), -1)
    return _Rows(np.concatenate(drawn), kind, chance.permutation(len(kind)), former)


def _serials(taxpayers: Taxpayers, rows: _Rows) -> Text:
    return bureau_serials(pick([code[:2] for code in CODES], taxpayers.county[rows.firm]), rows.order)


def _columns(plan: IdentityPlan, taxpayers: Taxpayers, rows: _Rows, ids: Text) -> tuple[dict[str, Text], pa.Table]:
    """The columns of the registrations, and the register of changes."""
    chance = plan.chance("columns")
    number, code = _numbers(taxpayers, rows, chance)
    county = _counties(taxpayers, rows, chance)
    name, renamed = _names(plan, taxpayers, rows, county)
    person, moved = _people(plan, taxpayers, rows)
    missing = np.where(
        chance.random(len(county)) < shares.MISSING_SHARE, chance.integers(0, _NO_DAY + 1, len(county)), -1
    )
    keyed = (chance.random(len(county)) < shares.DOCUMENT_SHARE) & (missing != _NO_REPRESENTATIVE)
    address, phone = _contacts(taxpayers, rows, county, chance)
    days = _days(taxpayers, rows, chance)
    written = {
        "tax_number": blanked(number, missing == _NO_NUMBER),
        "uscc": blanked(code, missing == _NO_NUMBER),
        "name": name,
        "region": pick(CODES, county),
        "legal_representative": blanked(pick(taxpayers.people, person), missing == _NO_REPRESENTATIVE),
        "representative_key": blanked(join("pe", padded(person, 32)), ~keyed),
        "address": blanked(address, missing == _NO_ADDRESS),
        "phone": blanked(phone, missing == _NO_PHONE),
        "registered_on": pa.array(days.astype("datetime64[D]"), mask=missing == _NO_DAY),
    }
    told = [
        _told_numbers(taxpayers, rows, number, ids),
        _told("name", ids, *renamed),
        _told("legal_representative", ids, *moved),
    ]
    return written, pa.concat_tables(told)


def _numbers(taxpayers: Taxpayers, rows: _Rows, chance: np.random.Generator) -> tuple[Text, Text]:
    """Tax number and social credit code of each registration."""
    number, code = pick(taxpayers.number, rows.firm), pick(taxpayers.code, rows.firm)
    place = pick(CODES, taxpayers.county[rows.firm])
    # The numbers of taxpayers without a code are even.
    unlike = old_tax_numbers(place, 2 * chance.permutation(len(rows.firm)) + 1)
    embedded = join(place, pc.utf8_slice_codeunits(code, 8, 17))
    other = (rows.kind == CROSS) & (chance.random(len(rows.firm)) >= shares.SAME_NUMBER_ELSEWHERE_SHARE)
    found = where((rows.former == _TOLD_OF) | (rows.former == _UNTOLD) | other, unlike, number)
    found = where(rows.former == _EMBEDDED, embedded, found)
    return found, where((rows.kind == CHANGED) | other, None, code)


def _counties(taxpayers: Taxpayers, rows: _Rows, chance: np.random.Generator) -> Integers:
    own = taxpayers.county[rows.firm]
    elsewhere = (own + 1 + chance.integers(0, len(CODES) - 1, len(own))) % len(CODES)
    return np.where(rows.kind == CROSS, elsewhere, own)


def _contacts(taxpayers: Taxpayers, rows: _Rows, county: Integers, chance: np.random.Generator) -> tuple[Text, Text]:
    """Address and telephone; a registration elsewhere often has its own."""
    count = len(county)
    cross = rows.kind == CROSS
    moved = cross & (chance.random(count) < shares.OTHER_ADDRESS_ELSEWHERE_SHARE)
    called = cross & (chance.random(count) < shares.OTHER_PHONE_ELSEWHERE_SHARE)
    address = where(moved, draw_addresses(county, chance), pick(taxpayers.address, rows.firm))
    return address, where(called, draw_phones(count, chance=chance), pick(taxpayers.phone, rows.firm))


def _days(taxpayers: Taxpayers, rows: _Rows, chance: np.random.Generator) -> Integers:
    """Days of registration: a second one often keeps the first one's; elsewhere it is a later one."""
    own = taxpayers.registered[rows.firm]
    later = own + chance.integers(1, _LATER_DAYS, len(own))
    other = (rows.kind != FIRST) & (chance.random(len(own)) >= _KEPT_DATE_SHARE)
    return np.where((rows.kind == CROSS) | other, later, own)


_Told = tuple["Booleans", "Text", "Text"]


def _names(plan: IdentityPlan, taxpayers: Taxpayers, rows: _Rows, county: Integers) -> tuple[Text, _Told]:
    """Names as registered, and the renamings that are told of: which, from, to."""
    chance = plan.chance("names")
    count = len(county)
    renamed = chance.random(count) < shares.RENAMED_SHARE
    fresh = draw_names(taxpayers.county[rows.firm], chance).whole()
    former = pick(taxpayers.name, rows.firm)
    now = where(renamed, fresh, former)
    turn = chance.random(count)
    edits = (turn < shares.ONE_EDIT_SHARE + shares.TWO_EDITS_SHARE).astype(np.int64) + (turn < shares.TWO_EDITS_SHARE)
    return edited(now, edits, chance), (renamed & (chance.random(count) < shares.RECORDED_SHARE), former, now)


def _people(plan: IdentityPlan, taxpayers: Taxpayers, rows: _Rows) -> tuple[Integers, _Told]:
    """Who represents each registration, and the changes of that which are told of."""
    chance = plan.chance("people")
    count = len(rows.firm)
    moved = chance.random(count) < shares.MOVED_SHARE
    before = taxpayers.representative[rows.firm]
    now = np.where(moved, plan.taxpayers + np.arange(count), before)
    told = moved & (chance.random(count) < shares.RECORDED_SHARE)
    return now, (told, pick(taxpayers.people, before), pick(taxpayers.people, now))


def _told(item: str, ids: Text, told: Booleans, old: Text, new: Text) -> pa.Table:
    """Rows of the register of changes."""
    places = np.flatnonzero(told)
    day = _CHANGE_DAY + places % 365
    return pa.table(
        {
            "registration": pick(ids, places),
            "item": pick([item], np.zeros(len(places), dtype=np.int64)),
            "old_value": pick(old, places),
            "new_value": pick(new, places),
            "changed_on": pa.array(day.astype("datetime64[D]")),
        }
    )


def _told_numbers(taxpayers: Taxpayers, rows: _Rows, number: Text, ids: Text) -> pa.Table:
    """Changes of number that are told of with the registration under the new number."""
    old = pick(number, np.flatnonzero(rows.former == _TOLD_OF))
    firm = rows.firm[rows.former == _TOLD_OF]  # the first registrations of all taxpayers stand in their order
    place = np.full(len(rows.firm), -1, dtype=np.int64)
    place[firm] = np.arange(len(firm))
    return _told("tax_number", ids, place >= 0, pick(old, place), pick(taxpayers.number, rows.firm))
