"""Interests, kin, delegations of planted cases as exports: shares, roles, agents, declared relatives.

Called by `writing`. Relatives and namesakes are people of their own, behind the officers in the series of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from loaders.synthetic.people import People, draw_people
from loaders.synthetic.text import day_text, pick, text_table
from loaders.synthetic.work.book import NONE, ROLES
from loaders.synthetic.work.staff import work_begins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loaders.synthetic.organisation import Organisation
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Integers
    from loaders.synthetic.work.staff import WorkStaff
    from loaders.synthetic.work.stories import Interest, Teller

_PERCENT = "15%"
_NAMESAKE_NUMBERS = 1000  # people between officers and these: room for the organisation to grow


@dataclass(frozen=True, slots=True)
class Cast:
    """Officers by place, and the people behind each interest: `place` in `people`, the officer's own first."""

    people: People
    place: Integers
    officers: int


def cast_of(plan: Plan, organisation: Organisation, staff: WorkStaff, told: Teller) -> Cast:
    """Who holds the interests: officers themselves, relatives, and people who only have an officer's name."""
    officers = staff.first + staff.count
    others = draw_people(
        max(len(told.interests), 1),
        chance=plan.chance("work kin"),
        series=1,
        first=officers + _NAMESAKE_NUMBERS,
    )
    own_names = pa.concat_arrays([organisation.people.name, staff.people.name])
    namesake = np.array([each.namesake_of for each in told.interests] + [NONE])[: len(told.interests)]
    names: Any = pick(own_names, namesake)
    name = pa.array(
        [
            own if own is not None else other
            for own, other in zip(names.to_pylist(), others.name.to_pylist(), strict=False)
        ],
        pa.string(),
    )
    documents = pa.concat_arrays([organisation.people.document, staff.people.document, others.document])
    place = [each.who if each.who != NONE else officers + k for k, each in enumerate(told.interests)]
    spare = pa.array([""] * (len(others.name) - len(name)), pa.string())
    return Cast(People(pa.concat_arrays([own_names, name, spare]), documents), np.array(place, np.int64), officers)


def interest_tables(
    plan: Plan, population: Population, staff: WorkStaff, cast: Cast, told: Teller
) -> dict[str, pa.Table]:
    """Tables by file name; empty ones are left out."""
    by_kind = {
        kind: [k for k, each in enumerate(told.interests) if each.kind == kind]
        for kind in ("share", "tax_handler", "agent")
    }
    made = {
        "officer_shareholdings": _shares(population, cast, told, by_kind["share"]),
        "interests/tax_handler_of": _roles(population, cast, told, by_kind["tax_handler"]),
        "interests/agent_of": _roles(population, cast, told, by_kind["agent"]),
        "organisation/kin": _kin(plan, staff, cast, told),
        "organisation/delegates_to": _delegations(staff, told),
    }
    return {name: table for name, table in made.items() if table.num_rows}


def _dates(told: Sequence[Interest]) -> dict[str, pa.Array[Any]]:
    begin, end = (np.array([getattr(each, name) for each in told], np.int64) for name in ("begin", "end"))
    return {"begin": day_text(begin), "end": day_text(end, absent=end == NONE)}


def _shares(population: Population, cast: Cast, told: Teller, rows: Sequence[int]) -> pa.Table:
    held = [told.interests[k] for k in rows]
    name, kind, document = cast.people.of(cast.place[np.array(rows, np.int64)])
    firm = np.array([each.firm for each in held], np.int64)
    dates, same = _dates(held), np.zeros(len(held), np.int64)
    return text_table(
        {
            "股东类型": pick(["自然人"], same),
            "股东名称": name,
            "股东证件类型": kind,
            "股东证件号码": document,
            "被投资企业纳税人识别号": pick(population.number, firm),
            "被投资企业名称": pick(population.name, firm),
            "持股比例": pick([_PERCENT], same),
            "是否直接持股": pick(["是"], same),
            "有效期起": dates["begin"],
            "有效期止": dates["end"],
        }
    )


def _roles(population: Population, cast: Cast, told: Teller, rows: Sequence[int]) -> pa.Table:
    """Canonical rows: no bureau's form of single roles is mapped."""
    held = [told.interests[k] for k in rows]
    name, kind, document = cast.people.of(cast.place[np.array(rows, np.int64)])
    dates = _dates(held)
    return text_table(
        {
            "to": pick(population.number, np.array([each.firm for each in held], np.int64)),
            "document_kind": kind,
            "document_number": document,
            "name": name,
            "valid_from": dates["begin"],
            "valid_to": dates["end"],
        }
    )


def _kin(plan: Plan, staff: WorkStaff, cast: Cast, told: Teller) -> pa.Table:
    """What officers declare about their relatives."""
    rows = np.array([k for k, each in enumerate(told.interests) if each.kin_of != NONE], np.int64)
    officer = np.array([told.interests[k].kin_of for k in rows.tolist()], np.int64)
    _, own_kind, own_document = cast.people.of(officer)
    name, kind, document = cast.people.of(cast.place[rows])
    return text_table(
        {
            "税务人员代码": pick(staff.officer, officer),
            "本人证件类型": own_kind,
            "本人证件号码": own_document,
            "亲属姓名": name,
            "亲属证件类型": kind,
            "亲属证件号码": document,
            "亲属关系": pick(["配偶", "子女", "兄弟姐妹"], rows % 3),
            "有效期起": day_text(np.full(len(rows), work_begins(plan) - 365)),
        }
    )


def _delegations(staff: WorkStaff, told: Teller) -> pa.Table:
    giver, taker, begin, end = (
        np.array([getattr(each, name) for each in told.delegations], np.int64)
        for name in ("giver", "taker", "begin", "end")
    )
    chief = np.where(giver < staff.first, 0, 1)
    return text_table(
        {
            "from": pick(staff.officer, giver),
            "to": pick(staff.officer, taker),
            "post": pick(ROLES, chief),
            "valid_from": day_text(begin),
            "valid_to": day_text(end),
        }
    )
