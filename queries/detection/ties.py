"""What firms share: a person in a role, an agent, a contact, each a *tie* with its firms. Read by shared control.

Ties are numbered over all kinds; the numbers ascend by type, in the order of `TYPES`, and then by public id.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.model.relationships import CONTACT_TYPES, FOUR_OFFICERS
from queries.detection.facts import ABSENT, Facts, Links
from queries.detection.people import Numbered, holding_links, numbered

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# Kinds of link. Of persons the representative is told from the other three officers, so that crossings show.
REPRESENTATIVE, OFFICER, AGENT, ADDRESS, PHONE, DEVICE, ACCOUNT = range(7)
KIND_OF_CONTACT = {
    "Address": ADDRESS,
    "Phone": PHONE,
    "Device": DEVICE,
    "NetworkAddress": DEVICE,  # that of a device: the same machine shows twice
    "BankAccount": ACCOUNT,
}
LINKS = (*(role.__relationship__.name for role in FOUR_OFFICERS), "AGENT_OF", "USES")
TYPES = ("Person", "Taxpayer", *CONTACT_TYPES)


@dataclass(frozen=True, slots=True)
class Shared:
    """Links of firms to ties: firm, tie and kind, int64[n] each, distinct, by tie and firm; only ties of two or more.

    `degree` of each tie, how many distinct firms have it; `types`: number of the first tie of each of `TYPES`.
    """

    facts: Facts
    firm: Longs
    tie: Longs
    kind: Longs
    degree: Longs
    types: Longs
    numbers: tuple[Numbered | None, ...]

    def type_of(self, tie: int) -> str:
        """Type of a tie."""
        return TYPES[int(np.searchsorted(self.types, tie, side="right")) - 1]

    def id_of(self, tie: int) -> str:
        """Public id of a tie."""
        place = int(np.searchsorted(self.types, tie, side="right")) - 1
        nodes = self.numbers[place]
        ids = self.facts.ids if nodes is None else nodes.ids
        return str(ids[tie - int(self.types[place])].as_py())


def shared_ties(facts: Facts) -> Shared:
    """Everything that two or more firms share and that holds."""
    numbers = tuple(None if name == "Taxpayer" else numbered(facts, name) for name in TYPES)
    sizes = [facts.count if nodes is None else len(nodes) for nodes in numbers]
    types = np.cumsum([0, *sizes])
    parts = [_of_role(facts, role.__relationship__.name, numbers[0], types) for role in FOUR_OFFICERS]
    parts += [_of_agents(facts, numbers[0], types), *_of_contacts(facts, numbers, types)]
    firm, tie, kind = (np.concatenate([part[column] for part in parts]) for column in range(3))
    return _distinct(facts, np.stack([tie, firm, kind]), types, numbers)


def _of_role(facts: Facts, name: str, persons: Numbered | None, types: Longs) -> tuple[Longs, Longs, Longs]:
    links = holding_links(facts, name)
    place = _places(links, persons)
    kind = REPRESENTATIVE if name == FOUR_OFFICERS[0].__relationship__.name else OFFICER
    return _kept(facts.vertices(links.target), np.where(place >= 0, place + types[0], ABSENT), kind)


def _of_agents(facts: Facts, persons: Numbered | None, types: Longs) -> tuple[Longs, Longs, Longs]:
    links = holding_links(facts, "AGENT_OF")
    person, firm = _places(links, persons), facts.vertices(links.source)
    tie = np.where(person >= 0, person + types[0], np.where(firm >= 0, firm + types[1], ABSENT))
    return _kept(facts.vertices(links.target), tie, AGENT)


def _of_contacts(facts: Facts, numbers: tuple[Numbered | None, ...], types: Longs) -> list[tuple[Longs, Longs, Longs]]:
    """A firm's own contacts; those of its people would make one person look like two kinds of link."""
    links = holding_links(facts, "USES")
    links = links.take(links.sources("Party"))
    firm = facts.vertices(links.source)
    found = []
    for place, name in enumerate(TYPES):
        if name in KIND_OF_CONTACT:
            here = links.targets(name)
            nodes = numbers[place]
            at = nodes.of(links.target[here]) if nodes is not None else firm[here]
            found.append(_kept(firm[here], np.where(at >= 0, at + types[place], ABSENT), KIND_OF_CONTACT[name]))
    return found


def _places(links: Links, persons: Numbered | None) -> Longs:
    return persons.of(links.source) if persons is not None else np.full(len(links), ABSENT, np.int64)


def _kept(firm: Longs, tie: Longs, kind: int) -> tuple[Longs, Longs, Longs]:
    known = (firm >= 0) & (tie >= 0)
    return firm[known], tie[known], np.full(int(known.sum()), kind, np.int64)


def _distinct(facts: Facts, links: Longs, types: Longs, numbers: tuple[Numbered | None, ...]) -> Shared:
    """Each link once, and only of ties with two firms or more."""
    tie, firm, kind = links[:, np.lexsort((links[2], links[1], links[0]))]
    first = np.ones(len(tie), np.bool_)
    first[1:] = (tie[1:] != tie[:-1]) | (firm[1:] != firm[:-1])
    new = first.copy()
    new[1:] |= kind[1:] != kind[:-1]
    degree = np.bincount(tie[first], minlength=int(types[-1]))
    kept = new & (degree[tie] > 1)
    return Shared(facts, firm[kept], tie[kept], kind[kept], degree, types, numbers)
