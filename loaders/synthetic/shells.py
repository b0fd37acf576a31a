"""Planted shells: firms that share a representative, a telephone or an address, and firms that change hands to issue.

Called by `generate` on a fresh population; `trade` reads the bursts of the changed ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic.text import day_text, pick, text_table

if TYPE_CHECKING:
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Integers

MEMBERS = 5
KINDS = ("shared_representative", "shared_phone", "shared_address")


@dataclass(frozen=True, slots=True)
class Shells:
    """What was planted: one row a member of a sharing group, then one row a changed shell."""

    firm: Integers
    group: Integers
    kind: Integers
    changed: Integers
    changed_day: Integers

    def truth(self, population: Population) -> pa.Table:
        """The rows of `truth/shells.csv`."""
        firms = np.concatenate([self.firm, self.changed])
        kinds = [*(KINDS[kind] for kind in self.kind), *("changed_shell" for _ in self.changed)]
        groups = [*(f"S{group:05d}" for group in self.group), *(f"C{place:05d}" for place in range(len(self.changed)))]
        absent = np.arange(len(firms)) < len(self.firm)
        days = np.concatenate([np.zeros(len(self.firm), np.int64), self.changed_day])
        return text_table(
            {
                "group": pa.array(groups, pa.string()),
                "kind": pa.array(kinds, pa.string()),
                "taxpayer": pick(population.number, firms),
                "changed_on": day_text(days, absent=absent),
            }
        )


def plant_shells(population: Population, plan: Plan) -> tuple[Population, Shells]:
    """The population with its shells, and where they are."""
    chance = plan.chance("shells")
    sharing = min(plan.shell_groups * MEMBERS, population.count // 3)
    firms = chance.permutation(population.count)[: sharing + plan.changed_shells]
    shared, changed = firms[:sharing], firms[sharing:]
    group = np.arange(sharing, dtype=np.int64) // MEMBERS
    kind = group % len(KINDS)
    leader = shared[group * MEMBERS]
    day = plan.first_day + (plan.days * (0.3 + 0.3 * chance.random(len(changed)))).astype(np.int64)
    planted = _share(population, shared, leader, kind)
    return _change_hands(planted, changed, day), Shells(shared, group, kind, changed, day)


def _share(population: Population, firms: Integers, leader: Integers, kind: Integers) -> Population:
    source = {name: np.arange(population.count, dtype=np.int64) for name in KINDS}
    for place, name in enumerate(KINDS):
        mine = kind == place
        source[name][firms[mine]] = leader[mine]
    representative_changed = population.representative_changed.copy()
    representative_changed[firms] = -1
    moved = population.moved.copy()
    moved[firms] = -1
    return replace(
        population,
        representative=population.representative[source[KINDS[0]]],
        representative_changed=representative_changed,
        phone=pick(population.phone, source[KINDS[1]]),
        address=pick(population.address, source[KINDS[2]]),
        moved=moved,
    )


def _change_hands(population: Population, firms: Integers, day: Integers) -> Population:
    """All changed shells go to one buyer of shells, the representative of the first."""
    changed = population.representative_changed.copy()
    changed[firms] = day
    now, before = population.representative.copy(), population.old_representative.copy()
    before[firms] = now[firms]
    now[firms] = population.old_representative[firms[0]]
    before[firms[0]] = population.representative[firms[0]]
    return replace(population, representative=now, old_representative=before, representative_changed=changed)
