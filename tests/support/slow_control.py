"""Groups of firms under shared control, read with loops and dictionaries. Used by the tests of the pattern."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from itertools import combinations

from tests.support.detection import LoadedCountry

COLUMNS = {
    "FDDBR_ZJHM": ("person", "representative"),
    "CWFZR_ZJHM": ("person", "officer"),
    "BSR_ZJHM": ("person", "officer"),
    "GPR_ZJHM": ("person", "officer"),
    "ZCDZ": ("address", ""),
    "LXDH": ("phone", ""),
}
KINDS = {"persons": "person", "addresses": "address", "phones": "phone"}
Tie = tuple[str, str]
Having = dict[Tie, dict[str, set[str]]]
"""Roles by firm of each tie."""
Group = frozenset[str]


def having(country: LoadedCountry) -> Having:
    """What two firms or more have."""
    found: Having = defaultdict(lambda: defaultdict(set))
    for number, row in country.told.register.items():
        for column, (kind, role) in COLUMNS.items():
            found[kind, row[column]][country.taxpayer_of[number]].add(role)
    return {tie: firms for tie, firms in found.items() if len(firms) > 1}


def groups(had: Having, *, least_weight: int = 300_000, least_firms: int = 3, most_firms: int = 50) -> dict[Group, int]:
    """Every group with the firms beyond it."""
    strong = {tie: firms for tie, firms in had.items() if _weight(firms) >= least_weight}
    found: dict[Group, int] = {}
    for whole in _connected([set(firms) for firms in strong.values()]):
        if len(whole) < least_firms or not _evidence(strong, whole):
            continue
        fitting = [whole]
        if len(whole) > most_firms:
            parts = _parts(_shared(strong, whole), most_firms)
            fitting = [part for part in parts if len(part) >= least_firms and _evidence(strong, part)]
            fitting = fitting or [_nearest(strong, whole, most_firms)]
        found |= {part: len(whole) - len(part) for part in fitting}
    return found


def measures(had: Having, group: Group) -> tuple[object, ...]:
    """What a finding measures: members, ties by kind, crossings, firms of the controller, score, people."""
    own = {tie: set(firms) & group for tie, firms in had.items() if len(set(firms) & group) > 1}
    weight = {tie: _weight(had[tie]) for tie in own}
    counts = [sum(tie[0] == kind for tie in own) for kind in KINDS.values()]
    crossings = sum(_crosses(had[tie], own[tie]) for tie in own)
    controller = min(own, key=lambda tie: -len(own[tie]) * weight[tie])
    return len(group), *counts, crossings, len(own[controller]), sum(weight.values()), counts[0]


def _weight(firms: Collection[str]) -> int:
    return round(1_000_000 / math.log(1 + len(firms)))


def _crosses(roles: Mapping[str, set[str]], firms: set[str]) -> bool:
    """One of the firms has the person as representative, another one as officer."""
    pairs = ((one, other) for one in firms for other in firms if one != other)
    return any("representative" in roles[one] and "officer" in roles[other] for one, other in pairs)


def _evidence(strong: Having, firms: Group) -> bool:
    own = {tie: set(roles) & firms for tie, roles in strong.items() if len(set(roles) & firms) > 1}
    return len({tie[0] for tie in own}) > 1 or any(_crosses(strong[tie], own[tie]) for tie in own)


def _connected(joined: list[set[str]]) -> list[Group]:
    group_of: dict[str, set[str]] = {}
    for firms in joined:
        together = firms.union(*(group_of.get(firm, set()) for firm in firms))
        group_of.update(dict.fromkeys(together, together))
    return [frozenset(group) for group in {id(each): each for each in group_of.values()}.values()]


def _shared(strong: Having, whole: Group) -> dict[tuple[str, str], list[int]]:
    """Weights of what each pair shares."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for firms in strong.values():
        for one, other in combinations(sorted(set(firms) & whole), 2):
            found[one, other].append(_weight(firms))
    return found


def _parts(shared: dict[tuple[str, str], list[int]], most: int) -> list[Group]:
    """Groups of pairs with two ties; the lightest pairs of what is too large are cut again and again."""
    weights = {pair: sum(each) for pair, each in shared.items() if len(each) > 1}
    done: list[Group] = []
    todo = _connected([set(pair) for pair in weights])
    while todo:
        part = todo.pop()
        if len(part) <= most:
            done.append(part)
            continue
        own = {pair: weight for pair, weight in weights.items() if pair[0] in part}
        todo += _connected([set(pair) for pair, weight in own.items() if weight > min(own.values())])
    return done


def _nearest(strong: Having, whole: Group, most: int) -> Group:
    """The firms nearest to the one whose ties weigh most, by steps and id."""
    heavy: Counter[str] = Counter()
    beside: dict[str, set[str]] = defaultdict(set)
    for firms in strong.values():
        for firm in set(firms) & whole:
            heavy[firm] += _weight(firms)
            beside[firm] |= set(firms) - {firm}
    order = [min(whole, key=lambda firm: (-heavy[firm], firm))]
    for firm in order:
        order += sorted(beside[firm] - set(order))
        if len(order) >= most:
            break
    return frozenset(order[:most])
