"""Pattern 7, shared control (共同控制): firms behind which the same people, telephones, addresses or devices stand.

Definition, over links that hold:

* A *tie* is a person in one of the four offices, an address, a telephone, a device (with its network addresses) or a
  bank account, with the firms that have it. Contacts are the firms' own, not those of their people. A tie's *weight* is
  1 / ln(1 + firms that have it), in millionths: the more firms, the less it says.
* Two firms are *bound* when they share two ties of different kinds (person, address, telephone, device, account), or
  two persons of whom one crosses roles: represents one of them and is another's officer. [D] A single tie binds nobody,
  nor does a person who crosses roles and with whom nothing else is shared, unless the rule `crossing_alone` says so:
  outside bookkeepers who also represent a firm of their own chain most firms of a country into one group.
* [D] Two ties that more than `hub` firms have bind nobody together (an incubator and its bookkeeper); each still does
  beside another tie. Such hubs and licensed agents (who bind nobody) are listed and weighed like all other ties.
* A group is a connected set of bound firms; it is reported from `firms` members on, high from `high_firms` on.
* Its ties are all those that two or more of its members have. The *controller* is the tie with the largest number of
  members times weight, of equal ones the first by type and id. Score: the sum of the ties' weights.

The anchor is the controller; groups with the same one are one finding. Days are those of the members' registrations.
Sorting dominates: linear in the links, times the few shared ties of one firm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.bonds import BOTH_ROLES, Groups, bound_groups
from queries.detection.columns import MILLION, NEVER
from queries.detection.facts import Facts
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story
from queries.detection.rules import Rules, rule
from queries.detection.ties import ACCOUNT, ADDRESS, AGENT, DEVICE, OFFICER, PHONE, REPRESENTATIVE, Shared, shared_ties

Longs = npt.NDArray[np.int64]
_COUNTED = {
    "persons": (REPRESENTATIVE, OFFICER),
    "addresses": (ADDRESS,),
    "phones": (PHONE,),
    "devices": (DEVICE,),
    "accounts": (ACCOUNT,),
    "agents": (AGENT,),
}
_EN = {"Person": "a person", "Taxpayer": "an agent", "Address": "an address", "Phone": "a telephone number"}
_EN |= {"Device": "a device", "NetworkAddress": "a network address", "BankAccount": "a bank account"}
_ZH = {"Person": "自然人", "Taxpayer": "中介机构", "Address": "地址", "Phone": "电话"}
_ZH |= {"Device": "设备", "NetworkAddress": "网络地址", "BankAccount": "银行账户"}
_NAMED = 5  # members that a sentence names


@dataclass(frozen=True, slots=True)
class SharedControl(Rules):
    """Thresholds of domain.md, pattern 7."""

    firms: int = rule(3, "count", en="firms from which a group is abnormal", zh="共同控制户数(疑点)", least=2)
    high_firms: int = rule(5, "count", en="firms from which it is high", zh="共同控制户数(高风险)", least=2)
    hub: int = rule(200, "count", en="firms above which a tie is a hub", zh="视为公共节点的户数")
    crossing_alone: bool = rule(
        False, "flag", en="a crossing of roles binds without a second kind of link", zh="交叉任职单独成立"
    )


@dataclass(frozen=True, slots=True)
class Ties:
    """Ties of groups: group, tie, members that have it, bits of its kinds among them, weight; by group and tie."""

    group: Longs
    tie: Longs
    covered: Longs
    kinds: Longs
    weight: Longs


def detect(facts: Facts, rules: SharedControl, _currency: str) -> Found:
    """Every group of bound firms."""
    shared = shared_ties(facts)
    groups = _large(bound_groups(shared, hub=rules.hub, crossing_alone=rules.crossing_alone), rules.firms)
    ties = ties_of(shared, groups)
    controllers = _controllers(ties, groups.count)
    while len(np.unique(controllers)) < groups.count:
        label = np.unique(controllers, return_inverse=True)[1]
        groups = Groups(groups.firm, label[groups.group].astype(np.int64), int(label.max()) + 1)
        ties = ties_of(shared, groups)
        controllers = _controllers(ties, groups.count)
    return Found(tuple(_hits(shared, groups, ties, controllers, rules)))


def _large(groups: Groups, least: int) -> Groups:
    """Groups with enough members, numbered anew."""
    fits = np.bincount(groups.group, minlength=groups.count) >= least
    number = np.cumsum(fits) - 1
    kept = fits[groups.group]
    return Groups(groups.firm[kept], number[groups.group[kept]].astype(np.int64), int(fits.sum()))


def ties_of(shared: Shared, groups: Groups) -> Ties:
    """What two or more members of a group have in common."""
    if not groups.count:
        return Ties(*(np.zeros(0, np.int64) for _ in range(5)))
    at = np.minimum(np.searchsorted(groups.firm, shared.firm), len(groups.firm) - 1)
    here = np.flatnonzero(groups.firm[at] == shared.firm)
    group, tie, firm, kind = groups.group[at[here]], shared.tie[here], shared.firm[here], shared.kind[here]
    order = np.lexsort((firm, tie, group))
    group, tie, firm, kind = group[order], tie[order], firm[order], kind[order]
    new = np.ones(len(tie), np.bool_)
    new[1:] = (tie[1:] != tie[:-1]) | (group[1:] != group[:-1])
    fresh = new.copy()
    fresh[1:] |= firm[1:] != firm[:-1]
    starts = np.flatnonzero(new)
    covered = np.add.reduceat(fresh.astype(np.int64), starts)
    kinds = np.bitwise_or.reduceat(1 << kind, starts)
    kept = covered > 1
    found = tie[starts][kept]
    return Ties(group[starts][kept], found, covered[kept], kinds[kept], weights(shared.degree[found]))


def weights(degree: Longs) -> Longs:
    """1 / ln(1 + degree) in millionths."""
    values, place = np.unique(degree, return_inverse=True)
    table = np.array([round(MILLION / math.log(1 + each)) for each in values.tolist()], np.int64)
    return table[place] if len(values) else np.zeros(0, np.int64)


def _controllers(ties: Ties, count: int) -> Longs:
    """The strongest tie of each group."""
    order = np.lexsort((ties.tie, -ties.covered * ties.weight, ties.group))
    return ties.tie[order[np.searchsorted(ties.group[order], np.arange(count))]]


def _hits(shared: Shared, groups: Groups, ties: Ties, controllers: Longs, rules: SharedControl) -> list[Hit]:
    order = np.argsort(groups.group, kind="stable")
    member_at = np.searchsorted(groups.group[order], np.arange(groups.count + 1))
    tie_at = np.searchsorted(ties.group, np.arange(groups.count + 1))
    found = []
    for group, controller in enumerate(controllers.tolist()):
        own = slice(tie_at[group], tie_at[group + 1])
        part = Ties(*(getattr(ties, name)[own] for name in ("group", "tie", "covered", "kinds", "weight")))
        firms = groups.firm[order[member_at[group] : member_at[group + 1]]]
        found.append(_hit(shared, firms, part, controller, rules))
    return sorted(found, key=lambda hit: hit.anchor)


def _hit(shared: Shared, firms: Longs, ties: Ties, controller: int, rules: SharedControl) -> Hit:
    facts = shared.facts
    known = facts.register.registered[firms]
    known = known[known != NEVER]
    counts = {
        name: int(((ties.kinds & sum(1 << kind for kind in kinds)) != 0).sum()) for name, kinds in _COUNTED.items()
    }
    score = int(ties.weight.sum())
    kind = shared.type_of(controller)
    return Hit(
        anchor=(kind, shared.id_of(controller)),
        first_day=int(known.min()) if len(known) else 0,
        last_day=int(known.max()) if len(known) else 0,
        members=_members(shared, firms, ties),
        evidence={},
        measures={
            "firms": len(firms),
            **counts,
            "crossings": int(((ties.kinds & BOTH_ROLES) == BOTH_ROLES).sum()),
            "controller": kind,
            "controlled": int(ties.covered[ties.tie == controller][0]),
        },
        score=score,
        high=len(firms) >= rules.high_firms,
    )


def _members(shared: Shared, firms: Longs, ties: Ties) -> tuple[Member, ...]:
    """The firms, then the people and agents behind them."""
    found = [Member("Taxpayer", str(shared.facts.ids[firm].as_py()), "firm") for firm in firms.tolist()]
    for tie, kinds in zip(ties.tie.tolist(), ties.kinds.tolist(), strict=True):
        kind = shared.type_of(tie)
        if kind in {"Person", "Taxpayer"}:
            found.append(Member(kind, shared.id_of(tie), "person" if kinds & BOTH_ROLES else "agent"))
    return tuple(found)


def explain(story: Story) -> Sentences:
    """Which firms are bound by what, and by what most of all."""
    labels = list(story.members.get("firm", ()))
    more = len(labels) - _NAMED
    en_more, zh_more = (f" and {more} more", f"等另外 {more} 户") if more > 0 else ("", "")
    kind = str(story.raw["controller"])
    shown_en = [f"{story.en[name]} {word}" for name, word in _EN_COUNTS.items() if story.raw[name]]
    shown_zh = [f"{word} {story.zh[name]} 个" for name, word in _ZH_COUNTS.items() if story.raw[name]]
    people = story.all("person")
    named_en, named_zh = (f" (among them {people})", f"(其中 {people})") if people else ("", "")
    return Sentences(
        en=f"{story.en['firms']} firms ({', '.join(labels[:_NAMED])}{en_more}), registered between {story.first_on} "
        f"and {story.last_on}, share {', '.join(shown_en)}{named_en}; {_EN[kind]} joins {story.en['controlled']} "
        f"of them, {story.en['crossings']} cross roles.",
        zh=f"{story.zh['firms']} 户企业({'、'.join(labels[:_NAMED])}{zh_more},登记于 {story.first_on} 至 "
        f"{story.last_on})共用{'、'.join(shown_zh)}{named_zh};同一{_ZH[kind]}关联其中 {story.zh['controlled']} 户,"
        f"交叉任职 {story.zh['crossings']} 人。",
    )


_EN_COUNTS = {
    "persons": "persons in office",
    "addresses": "addresses",
    "phones": "telephone numbers",
    "devices": "devices",
    "accounts": "bank accounts",
    "agents": "agents",
}
_ZH_COUNTS = {
    "persons": "任职人员",
    "addresses": "地址",
    "phones": "电话",
    "devices": "设备",
    "accounts": "银行账户",
    "agents": "中介",
}

PATTERN = Pattern(
    name="shared_control",
    number=7,
    en="shared control",
    zh="共同控制",
    rules=SharedControl,
    measures={
        "firms": Measure("count", "firms in the group", "企业户数"),
        **{name: Measure("count", f"shared {word}", f"共用{_ZH_COUNTS[name]}数") for name, word in _EN_COUNTS.items()},
        "crossings": Measure("count", "persons who cross roles", "交叉任职人数"),
        "controller": Measure("text", "type of the strongest tie", "最强关联的类型"),
        "controlled": Measure("count", "firms that the strongest tie joins", "最强关联的户数"),
    },
    roles={
        "firm": ("a firm of the group", "成员企业"),
        "person": ("who holds office in several of them", "任职人员"),
        "agent": ("their agent", "涉税中介"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 0,
    by_currency=False,
)
