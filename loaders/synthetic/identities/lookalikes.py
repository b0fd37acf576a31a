"""Taxpayers that look like another one and are not: what a careless resolution would merge. Called by `draw`.

Branches, firms of one name in two cities, two firms of one person, the firms of father and son in one house, and fifty
firms under the telephone of their agent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import words
from loaders.synthetic.identities.plan import AGENT_FIRMS
from loaders.synthetic.identities.taxpayers import Names, Taxpayers
from loaders.synthetic.industries import INDUSTRIES
from loaders.synthetic.text import join, pc, pick, where

if TYPE_CHECKING:
    from loaders.synthetic.identities.plan import IdentityPlan
    from loaders.synthetic.text import Booleans, Integers, Text

KINDS = ("branch", "namesake", "one_person", "father_and_son", "agent")
_OTHER_TRADE, _OTHER_FORM, _SECOND = range(3)
_SHOP = words.LEGAL_FORMS.index("经营部")


def make_lookalikes(plan: IdentityPlan, taxpayers: Taxpayers, names: Names) -> Taxpayers:
    """The same taxpayers, the last of them made like others."""
    chance = plan.chance("lookalikes")
    count, first = plan.taxpayers, plan.taxpayers - plan.lookalikes
    kind = np.full(count, -1, dtype=np.int64)
    kind[first:] = np.arange(plan.lookalikes) * len(KINDS) // plan.lookalikes
    host = np.arange(count)
    host[first:] = chance.choice(first, plan.lookalikes, replace=False)
    branch, _, person, family, agent = (kind == place for place in range(len(KINDS)))
    same_house = family | (person & (chance.random(count) < 2 / 3))
    # Some owners keep their offices and telephones apart.
    same_phone = family | (person & (chance.random(count) < 2 / 3)) | (branch & (chance.random(count) < 1 / 2))
    run_by_host = person | (branch & (chance.random(count) < 1 / 2))
    made = replace(
        taxpayers,
        name=_names(taxpayers.name, names, host, kind, chance),
        representative=np.where(run_by_host, taxpayers.representative[host], taxpayers.representative),
        address=pick(taxpayers.address, np.where(same_house, host, np.arange(count))),
        phone=pick(taxpayers.phone, _phones(host, same_phone, agent)),
        lookalike=pick(["", *KINDS], kind + 1),
        host=np.where((kind >= 0) & ~agent, host, -1),
    )
    return replace(made, people=_children(made, host, family))


def _phones(host: Integers, same_phone: Booleans, agent: Booleans) -> Integers:
    """Whose telephone each has: firms of an agent that of the first of their fifty."""
    own = np.where(same_phone, host, np.arange(len(host)))
    served = np.flatnonzero(agent)
    own[served] = served[np.arange(len(served)) // AGENT_FIRMS * AGENT_FIRMS]
    return own


def _names(name: Text, names: Names, host: Integers, kind: Integers, chance: np.random.Generator) -> Text:
    """Branches carry the head office's name, namesakes have another city; relatives' firms are often alike."""
    count = len(host)
    alike = chance.random(count) < 1 / 2
    related = (kind == KINDS.index("one_person")) | (kind == KINDS.index("father_and_son"))
    branches = join(pick(name, host), names.city, "分公司")
    elsewhere = Names(names.city, pick(names.brand, host), names.trade[host], names.form[host]).whole()
    same_city = pc.equal(names.city, pick(names.city, host)).to_numpy(zero_copy_only=False)
    found = where(kind == KINDS.index("branch"), branches, name)
    found = where((kind == KINDS.index("namesake")) & ~same_city, elsewhere, found)
    return where(related & alike, _siblings(names, host, chance), found)


def _siblings(names: Names, host: Integers, chance: np.random.Generator) -> Text:
    """The host's brand in another trade, or its shop, or its second firm."""
    way = chance.choice(_SECOND + 1, len(host), p=(0.7, 0.15, 0.15))
    other = (names.trade[host] + 1 + chance.integers(0, len(INDUSTRIES) - 1, len(host))) % len(INDUSTRIES)
    form = names.form[host]
    brand = pick(names.brand, host)
    shop = np.where(form == _SHOP, 0, _SHOP)
    siblings = Names(
        city=pick(names.city, host),
        brand=where(way == _SECOND, join(brand, "二"), brand),
        trade=np.where(way == _OTHER_TRADE, other, names.trade[host]),
        form=np.where(way == _OTHER_FORM, shop, form),
    )
    return siblings.whole()


def _children(made: Taxpayers, host: Integers, family: Booleans) -> Text:
    """People, where a child bears the surname of the host's representative."""
    firms = np.flatnonzero(family)
    father, child = made.representative[host[firms]], made.representative[firms]
    own = father != child
    father, child = father[own], child[own]
    surname = pc.utf8_slice_codeunits(pick(made.people, father), 0, 1)
    given = pc.utf8_slice_codeunits(pick(made.people, child), 1)
    # A child of the father's whole name would be a namesake.
    given = where(
        pc.equal(join(surname, given), pick(made.people, father)).to_numpy(zero_copy_only=False), "小明", given
    )
    place = np.arange(len(made.people))
    place[child] = len(made.people) + np.arange(len(child))
    return pick(pa.concat_arrays([made.people, join(surname, given)]), place)
