"""Registration exports: the register of each province, and the register of changes. Called by `generate`.

One firm in sixteen is registered a second time elsewhere; a fifth of those under another number, so that only name and
representative tell. `truth/duplicates.csv` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import plan as shares
from loaders.synthetic.identifiers import bureau_serials, old_tax_numbers
from loaders.synthetic.industries import INDUSTRIES
from loaders.synthetic.places import counties, provinces
from loaders.synthetic.population import NEVER, STATUSES
from loaders.synthetic.text import day_text, join, padded, pick, text_table, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Booleans, Integers, Text

ROLES = {"FDDBR": "representative", "CWFZR": "finance", "BSR": "handler", "GPR": "collector"}
_SECOND_SERIAL = 500_000_000  # above all first ones
_OTHER_NUMBER_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Seconds:
    """Second registrations: firm, county, serial, day, and whether the number is another one."""

    firm: Integers
    county: Integers
    serial: Text
    registered: Integers
    other_number: Booleans

    def truth(self, population: Population) -> pa.Table:
        """The rows of `truth/duplicates.csv`."""
        return text_table(
            {
                "serial": pick(population.serial, self.firm),
                "second_serial": self.serial,
                "taxpayer": pick(population.number, self.firm),
                "basis": where(self.other_number, "name_and_representative", "number"),
            }
        )


def draw_seconds_elsewhere(plan: Plan, population: Population) -> Seconds:
    """Cross-region registrations of six in a hundred firms."""
    chance = plan.chance("seconds")
    firm = np.flatnonzero(chance.random(plan.ordinary) < shares.CROSS_REGION_SHARE)
    shift = 1 + chance.integers(0, len(counties()) - 1, len(firm))
    county = (population.county[firm] + shift) % len(counties())
    province = pick([place.province for place in counties()], county)
    return Seconds(
        firm=firm,
        county=county,
        serial=bureau_serials(province, _SECOND_SERIAL + firm),
        registered=population.registered[firm] + chance.integers(30, 900, len(firm)),
        other_number=chance.random(len(firm)) < _OTHER_NUMBER_SHARE,
    )


def register_tables(population: Population, seconds: Seconds) -> Iterator[tuple[str, pa.Table]]:
    """Province code and its register."""
    firm = np.concatenate([np.arange(population.count), seconds.firm])
    county = np.concatenate([population.county, seconds.county])
    registered = np.concatenate([population.registered, seconds.registered])
    serial = pa.concat_arrays([population.serial, seconds.serial])
    elsewhere = old_tax_numbers(pick([place.code for place in counties()], seconds.county), seconds.firm * 97 + 5)
    number = pick(population.number, seconds.firm)
    numbers = pa.concat_arrays([population.number, where(seconds.other_number, elsewhere, number)])
    codes = pa.concat_arrays([population.number, where(seconds.other_number, None, number)])
    table = _register(population, firm, county, registered, {"DJXH": serial, "NSRSBH": numbers, "SHXYDM": codes})
    province = np.array([int(place.province) for place in counties()])[county]
    for code, _ in provinces():
        yield code, table.filter(pa.array(province == int(code)))


def _register(
    population: Population, firm: Integers, county: Integers, registered: Integers, keys: dict[str, Text]
) -> pa.Table:
    places = counties()
    office = firm % 2 + 1
    people: dict[str, Text] = {}
    for prefix, role in ROLES.items():
        name, kind, document = population.people.of(getattr(population, role)[firm])
        people |= {f"{prefix}XM": name, f"{prefix}_ZJLX": kind, f"{prefix}_ZJHM": document}
    return text_table(
        {
            **keys,
            "NSRMC": pick(population.name, firm),
            "NSRZT_DM": pick(STATUSES, population.status[firm]),
            "HY_DM": pick([row.code for row in INDUSTRIES], population.industry[firm]),
            "XZQHSZ_DM": pick([place.code for place in places], county),
            "ZGSWJ_DM": join("1", pick([place.code for place in places], county), padded(office, 2), "00"),
            **people,
            "ZCDZ": pick(population.address, firm),
            "LXDH": pick(population.phone, firm),
            "DJRQ": day_text(registered),
            "ZZSNSRLX": where(population.general[firm], "增值税一般纳税人", "小规模纳税人"),
        }
    )


def change_table(population: Population) -> pa.Table:
    """The register of changes, ordered by day, firm and item."""
    people = population.people.name
    items = (
        ("纳税人识别号", population.number_changed, population.old_number, population.number),
        ("纳税人名称", population.renamed, population.old_name, population.name),
        ("注册地址", population.moved, population.old_address, population.address),
        (
            "法定代表人",
            population.representative_changed,
            pick(people, population.old_representative),
            pick(people, population.representative),
        ),
    )
    rows = [np.flatnonzero(day != NEVER) for _, day, _, _ in items]
    firm = np.concatenate(rows)
    item = np.concatenate([np.full(len(found), place) for place, found in enumerate(rows)])
    day = np.concatenate([row[1][found] for row, found in zip(items, rows, strict=True)])
    old = pa.concat_arrays([pick(row[2], found) for row, found in zip(items, rows, strict=True)])
    new = pa.concat_arrays([pick(row[3], found) for row, found in zip(items, rows, strict=True)])
    order = np.lexsort((item, firm, day))
    return text_table(
        {
            "BGXH": join("BG", padded(np.arange(len(order)) + 1, 10)),
            "DJXH": pick(population.serial, firm[order]),
            "BGXM": pick([row[0] for row in items], item[order]),
            "BGQNR": pick(old, order),
            "BGHNR": pick(new, order),
            "BGRQ": day_text(day[order]),
        }
    )
