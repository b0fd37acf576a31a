"""Pattern 7, shared control (共同控制): firms behind which the same people, telephones, addresses or devices stand.

Definition, over links that hold:

* A *tie* is a person in one of the four offices, an address, a telephone, a device (with its network addresses) or a
  bank account, with the firms that have it. Contacts are the firms' own, not those of their people. A tie's *weight* is
  1 / ln(1 + firms that have it), in millionths: the more firms, the less it says.
* A tie is *strong* from `least_weight` on. Strong ties join their firms, whatever their kind: one between A and B, one
  of another kind between B and C make A, B and C one component. [D] 300,000 are 27 firms: clients of a small office
  are joined, those of an incubator are not. Weak ties and agents join nobody; they are listed and weigh.
* There must be evidence among the strong ties: two kinds (person, address, telephone, device, account), or a person
  who *crosses roles*: represents one firm and is another one's officer.
* [D] A component of more than `most_firms` firms is chained by chance, not controlled: where many firms share
  bookkeepers, single ties join most firms of a country (of generated countries of 6,000 and 60,000 firms 70 % and
  95 %), and no weight parts planted groups from that, as two firms that share a bookkeeper have the heaviest tie there
  can be. So it is parted where it is weakest: two of its firms stay joined where they share two ties or more; while
  parts are too large, pairs whose ties weigh least are cut. Each part is a group with evidence of its own and tells
  how many firms lie *beyond*: chained to it and not listed. A component no part of which is a group is not dropped:
  it is one finding, with the `most_firms` firms nearest to the one whose ties weigh most.
* A group is reported from `firms` members on, high from `high_firms` on.
* Its ties are all those that two or more of its members have, strong or not. The *controller* is the tie with the
  largest number of members times weight, of equal ones the first by type and id. Score: the sum of the ties' weights.

The anchor is the controller; of groups with the same one all but the first also name their first firm. Days are those
of the members' registrations. Linear in the links, times the firms of a strong tie.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from graph.model.relationships import CONTACT_TYPES
from queries.detection.columns import NEVER
from queries.detection.facts import ABSENT, Facts
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, noun
from queries.detection.joined_firms import BOTH_ROLES, Groups, joined_groups, weights
from queries.detection.reach import How, Reach, ended_links
from queries.detection.rules import Rules, rule
from queries.detection.ties import (
    ACCOUNT,
    ADDRESS,
    AGENT,
    DEVICE,
    LINKS,
    OFFICER,
    PHONE,
    REPRESENTATIVE,
    Shared,
    shared_ties,
)

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
    # Pairs of firms with a tie in common are counted: 200,000 are 147 firms.
    least_weight: int = rule(300_000, "share", en="weight from which a tie joins", zh="关联权重下限", least=200_000)
    most_firms: int = rule(50, "count", en="firms above which a component is parted", zh="需拆分的户数", least=2)


@dataclass(frozen=True, slots=True)
class Ties:
    """Ties of groups: group, tie, members that have it, bits of its kinds among them, weight; by group and tie."""

    group: Longs
    tie: Longs
    covered: Longs
    kinds: Longs
    weight: Longs


def detect(facts: Facts, rules: SharedControl, _currency: str) -> Found:
    """Every group of joined firms."""
    shared = shared_ties(facts)
    groups = joined_groups(
        shared, least_weight=rules.least_weight, least_firms=rules.firms, most_firms=max(rules.firms, rules.most_firms)
    )
    return Found(tuple(_hits(shared, groups, ties_of(shared, groups), rules)))


def ties_of(shared: Shared, groups: Groups) -> Ties:
    """What two or more members of a group have in common."""
    if not groups.count:
        return Ties(*(np.zeros(0, np.int64) for _ in range(5)))
    group_of = np.full(shared.facts.count, ABSENT, np.int64)
    group_of[groups.firm] = groups.group
    here = np.flatnonzero(group_of[shared.firm] != ABSENT)
    group, tie, firm, kind = group_of[shared.firm[here]], shared.tie[here], shared.firm[here], shared.kind[here]
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


def _controllers(ties: Ties, count: int) -> Longs:
    """The strongest tie of each group."""
    order = np.lexsort((ties.tie, -ties.covered * ties.weight, ties.group))
    return ties.tie[order[np.searchsorted(ties.group[order], np.arange(count))]]


def _hits(shared: Shared, groups: Groups, ties: Ties, rules: SharedControl) -> list[Hit]:
    member_at = np.searchsorted(groups.group, np.arange(groups.count + 1))
    tie_at = np.searchsorted(ties.group, np.arange(groups.count + 1))
    found: dict[tuple[str, ...], Hit] = {}
    for group, controller in enumerate(_controllers(ties, groups.count).tolist()):
        own = slice(tie_at[group], tie_at[group + 1])
        part = Ties(*(getattr(ties, name)[own] for name in ("group", "tie", "covered", "kinds", "weight")))
        firms = groups.firm[member_at[group] : member_at[group + 1]]
        hit = _hit(shared, firms, part, controller, rules)
        if hit.anchor in found:
            hit = replace(hit, anchor=(*hit.anchor, hit.members[0].id))
        beyond = {"beyond": int(groups.beyond[group])}
        found[hit.anchor] = replace(hit, measures={**hit.measures, **beyond})
    return [found[anchor] for anchor in sorted(found)]


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
    shown_en = [story.counted(name, *words) for name, words in _EN_COUNTS.items() if story.raw[name]]
    shown_zh = [f"{word} {story.zh[name]} 个" for name, word in _ZH_COUNTS.items() if story.raw[name]]
    people = story.all("person")
    named_en, named_zh = (f" (among them {people})", f"(其中 {people})") if people else ("", "")
    rest = bool(story.raw["beyond"])
    rest_en = f"; single ties chain {story.counted('beyond', 'further firm')} to them" if rest else ""
    rest_zh = f";另有 {story.zh['beyond']} 户仅以单一关联相连" if rest else ""
    return Sentences(
        en=f"{story.counted('firms', 'firm')} ({', '.join(labels[:_NAMED])}{en_more}), registered between "
        f"{story.first_on} and {story.last_on}, share {', '.join(shown_en)}{named_en}; {_EN[kind]} joins "
        f"{story.en['controlled']} of them, {story.counted('crossings', 'person')} "
        f"{story.form('crossings', 'crosses', 'cross')} roles{rest_en}.",
        zh=f"{story.zh['firms']} 户企业({'、'.join(labels[:_NAMED])}{zh_more},登记于 {story.first_on} 至 "
        f"{story.last_on})共用{'、'.join(shown_zh)}{named_zh};同一{_ZH[kind]}关联其中 {story.zh['controlled']} 户,"
        f"交叉任职 {story.zh['crossings']} 人{rest_zh}。",
    )


_EN_COUNTS = {
    "persons": ("person in office", "persons in office"),
    "addresses": ("address", "addresses"),
    "phones": ("telephone number", ""),
    "devices": ("device", ""),
    "accounts": ("bank account", ""),
    "agents": ("agent", ""),
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
        **{
            name: Measure("count", f"shared {noun(2, *_EN_COUNTS[name])}", f"共用{zh}数")
            for name, zh in _ZH_COUNTS.items()
        },
        "crossings": Measure("count", "persons who cross roles", "交叉任职人数"),
        "controller": Measure("text", "type of the strongest tie", "最强关联的类型"),
        "controlled": Measure("count", "firms that the strongest tie joins", "最强关联的户数"),
        "beyond": Measure(
            "count", "firms that single ties chain to the group, not listed", "仅以单一关联相连的其他户数"
        ),
    },
    roles={
        "firm": ("a firm of the group", "成员企业"),
        "person": ("who holds office in several of them", "任职人员"),
        "agent": ("their agent", "涉税中介"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 0,
    # A link that ends by the newest day parts a group, a new one joins two.
    reach=Reach(
        How.WHOLE,
        reads=("Taxpayer", "Person", *LINKS, *CONTACT_TYPES),
        world=lambda facts, _rules: ended_links(facts, LINKS),
    ),
    by_currency=False,
)
