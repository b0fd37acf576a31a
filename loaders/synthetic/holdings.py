"""Shareholdings, and the shares that officers hold in firms they handle. Called by `generate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic.patterns.book import PERSONS
from loaders.synthetic.text import day_text, join, millionths_text, pick, text_table, where

if TYPE_CHECKING:
    from loaders.synthetic.organisation import Membership, Organisation
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Integers

_CORPORATE_SHARE = 0.08
_SECOND_SHARE = 0.55
_OFFICER_PERCENT = 12
_REPRESENTATIVE_PERCENT = 40  # of reserved firms; planted holders have up to sixty
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class OfficerCases:
    """Planted: an officer with a share in a firm of the own grid."""

    officer: Integers
    firm: Integers


@dataclass(frozen=True, slots=True)
class Shares:
    """Planted shares of firms in firms, in per cent."""

    holder: Integers
    firm: Integers
    percent: Integers


def draw_officer_cases(
    plan: Plan, population: Population, organisation: Organisation, membership: Membership
) -> OfficerCases:
    """Firms that never move and whose clerk never changes, with that clerk."""
    chance = plan.chance("officer_cases")
    grid = membership.grid
    steady = (membership.moved < 0) & (organisation.staff.clerk[grid] == organisation.staff.next_clerk[grid])
    steady &= (population.registered < plan.first_day) & (np.arange(population.count) < plan.ordinary)
    candidates = np.flatnonzero(steady if steady.any() else membership.moved[: plan.ordinary] < 0)
    firm = np.sort(chance.permutation(candidates)[: plan.officer_cases])
    return OfficerCases(officer=organisation.staff.clerk[grid[firm]], firm=firm)


def holding_table(
    plan: Plan, population: Population, organisation: Organisation, cases: OfficerCases, shares: Shares
) -> pa.Table:
    """The export of shareholdings: representatives, second holders, parent firms, planted officers and `shares`."""
    drawn = _drawn(plan, population, cases)
    reserved = np.arange(plan.ordinary, population.count)
    nobody = np.full(len(reserved), -1), np.full(len(shares.firm), -1)
    rows = {
        "firm": [drawn["firm"], reserved, shares.firm],
        "percent": [drawn["percent"], np.full(len(reserved), _REPRESENTATIVE_PERCENT), shares.percent],
        "person": [drawn["person"], population.representative[reserved], nobody[1]],
        "holder": [drawn["holder"], nobody[0], shares.holder],
        "officer": [drawn["officer"], *nobody],
    }
    columns = {name: np.concatenate(parts) for name, parts in rows.items()}
    return _table(population, organisation, columns.pop("firm"), columns.pop("percent"), columns)


def _drawn(plan: Plan, population: Population, cases: OfficerCases) -> dict[str, Integers]:
    """Holders of ordinary firms: place of a person, a firm or an officer, -1 where it is none."""
    chance = plan.chance("holdings")
    count = plan.ordinary
    firms = np.arange(count)
    main = 40 + chance.integers(0, 12, count) * 5
    second = np.flatnonzero((chance.random(count) < _SECOND_SHARE) & (main < _WHOLE))
    parent = chance.random(len(second)) < _CORPORATE_SHARE / _SECOND_SHARE
    firm = np.concatenate([firms, second, cases.firm])
    percent = np.concatenate([main, _WHOLE - main[second], np.full(len(cases.firm), _OFFICER_PERCENT)])
    # Anybody but the representative, who already holds the first share.
    people = len(population.people.name) - plan.reserved * PERSONS
    other = (population.representative[second] + 1 + chance.integers(0, people - 1, len(second))) % people
    person = np.concatenate(
        [population.representative[:count], np.where(parent, -1, other), np.full(len(cases.firm), -1)]
    )
    owner = firm[count : count + len(second)] + 1 + chance.integers(0, count - 1, len(second))
    holder = np.concatenate([np.full(count, -1), np.where(parent, owner % count, -1)])
    holder = np.concatenate([holder, np.full(len(cases.firm), -1)])
    officer = np.concatenate([np.full(count + len(second), -1), cases.officer])
    return {"firm": firm, "percent": percent, "person": person, "holder": holder, "officer": officer}


def _table(
    population: Population,
    organisation: Organisation,
    firm: Integers,
    percent: Integers,
    holders: dict[str, Integers],
) -> pa.Table:
    name, kind, document = population.people.of(holders["person"])
    own_name, own_kind, own_document = organisation.people.of(holders["officer"])
    is_officer, is_firm = holders["officer"] >= 0, holders["holder"] >= 0
    person_name = where(is_officer, own_name, name)
    return text_table(
        {
            "股东类型": where(is_firm, "企业法人", "自然人"),
            "股东名称": where(is_firm, pick(population.name, holders["holder"]), person_name),
            "股东证件类型": where(is_officer, own_kind, kind),
            "股东证件号码": where(is_officer, own_document, document),
            "股东纳税人识别号": pick(population.number, holders["holder"]),
            "被投资企业纳税人识别号": pick(population.number, firm),
            "被投资企业名称": pick(population.name, firm),
            "持股比例": join(millionths_text(percent * 1_000_000), "%"),
            "是否直接持股": where(np.ones(len(firm), bool), "是", None),
            "有效期起": day_text(population.registered[firm]),
            "有效期止": pa.nulls(len(firm), pa.string()),
        }
    )
