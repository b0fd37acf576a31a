"""Pattern 1, ring and mutual invoicing (环开, 对开): firms that invoice each other in a circle.

Definition, for a currency, over net invoices (detection.md, paragraph 1): a simple circle of `shortest` to `longest`
firms, its invoices within `window_days`, in the order of time or in any (`mode`), their amounts within `gap`.

* The *anchor* is the circle of members in canonical rotation. Its *evidence* is every invoice that lies on such a
  circle of invoices; where neighbours in time lie more than the window apart, an episode ends.
* *Tax at stake* [D]: for each member the input tax claimed on invoices of the evidence less the tax it paid for periods
  that touch the episode, where that is above zero, summed over the members. A circle of turnover without loss of tax is
  abnormal at most; so is one whose members declare to be of one group (shares, branches, control join them all).
* High: tax is at stake, the members are not one group, and the most even circle is within `high_gap` or circles begin
  on `high_days` days or more.

Linear in the edges for the search (see `graph.kernels.temporal`), then in the edges between members of circles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graph.arrays.columns import EdgeColumns
from graph.kernels.ring_evidence import Options
from graph.kernels.rings import Rings
from graph.kernels.temporal import temporal_rings
from graph.kernels.window import window_rings
from graph.store.projecting import DAY
from graph.store.questions import ROOT
from queries.detection.columns import MILLION
from queries.detection.facts import Facts, Longs
from queries.detection.groups import DECLARED, Groups
from queries.detection.hits import Around, Found, Hit, Measure, Member, Pattern, Refreshed, Sentences, Story, listed
from queries.detection.narrowed import facts_around
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.ring_changes import changed_circles
from queries.detection.ring_episodes import Episodes, circles_of, episodes_of
from queries.detection.rules import Rules, rule
from queries.detection.tax_at_stake import Credits
from queries.trade_graph import chosen_resolution, ring_edges


@dataclass(frozen=True, slots=True)
class RingRules(Rules):
    """Thresholds of domain.md, pattern 1."""

    mode: str = rule("time-ordered", "text", en="time-ordered, or window for any order", zh="时间顺序或任意顺序")
    window_days: int = rule(90, "days", en="days from the first to the last invoice", zh="首末发票间隔天数", most=365)
    shortest: int = rule(2, "count", en="fewest members", zh="最少成员数", least=2, most=10)
    longest: int = rule(5, "count", en="most members", zh="最多成员数", least=2, most=10)
    gap: int = rule(100_000, "share", en="most that amounts differ", zh="金额差异上限", most=999_999)
    high_gap: int = rule(30_000, "share", en="most that they differ for high", zh="高风险金额差异上限", most=999_999)
    high_days: int = rule(3, "count", en="days on which circles begin, for high", zh="高风险的闭环起始天数")
    value_added: int = rule(30_000, "share", en="share of value added that counts as none", zh="视为无增值的比例")
    most_rings: int = rule(200_000, "count", en="most circles looked at", zh="环数上限", least=1)
    seconds: int = rule(600, "seconds", en="longest search", zh="最长搜索时间", least=1)


def detect(facts: Facts, rules: RingRules, currency: str) -> Found:
    """Every circle with its episodes."""
    projection = facts.projection
    edges = ring_edges(projection, currency, chosen_resolution(projection, "auto", ROOT), ROOT)
    found = _search(edges, facts.count, rules)
    episodes = episodes_of(edges, found, _options(rules))
    known = Known(facts, currency, Credits(facts), Groups(facts))
    hits = (_hit(known, rules, episodes, place) for place in range(len(episodes.gaps)))
    return Found(tuple(hits), _cut(found))


def refresh(facts: Facts, rules: RingRules, currency: str, around: Around) -> Refreshed:
    """The circles that may have changed, each with all its episodes as they are now."""
    projection = facts.projection
    edges = ring_edges(projection, currency, chosen_resolution(projection, "auto", ROOT), ROOT)
    window = rules.window_days * DAY
    changed = changed_circles(edges, around, window, lambda some: _search(some, facts.count, rules))
    episodes = episodes_of(edges, circles_of(changed.circles), _options(rules))
    members = np.unique(np.array([member for circle in changed.circles for member in circle], np.int64))
    near = facts_around(facts, members)
    known = Known(near, currency, Credits(near), Groups(near))
    hits = tuple(_hit(known, rules, episodes, place) for place in range(len(episodes.gaps)))
    ids = facts.ids
    anchors = ((*(str(ids[member].as_py()) for member in circle), currency) for circle in changed.circles)
    cut = _cut(changed.found) if changed.found else ""
    return Refreshed(Found(hits, cut), frozenset(anchors), near, changed.blocks)


@dataclass(frozen=True, slots=True)
class Known:
    """What a hit is made with."""

    facts: Facts
    currency: str
    credits: Credits
    groups: Groups


def _options(rules: RingRules) -> Options:
    return Options(window=rules.window_days * DAY, mode=rules.mode, band=rules.gap)


def _search(edges: EdgeColumns, vertices: int, rules: RingRules) -> Rings:
    common: dict[str, Any] = {
        "window": rules.window_days * DAY,
        "band": rules.gap,
        "min_length": rules.shortest,
        "max_length": rules.longest,
        "limit": rules.most_rings,
        "budget_seconds": float(rules.seconds),
    }
    rank = np.arange(vertices, dtype=np.int64)  # a vertex number is the rank of its public id
    kernel = window_rings if rules.mode == "window" else temporal_rings
    return kernel(edges.seller, edges.buyer, edges.tick, edges.amount_cents, rank, **common)


def _cut(found: Rings) -> str:
    if found.truncated:
        return found.cut_by
    return "rows" if found.listed < found.distinct_rings else ""


def _hit(known: Known, rules: RingRules, episodes: Episodes, place: int) -> Hit:
    facts, edges, vertices = known.facts, episodes.edges_of(place), episodes.members_of(place)
    rows = np.sort(facts.rows_of(edges.invoice))
    members = [str(facts.ids[member].as_py()) for member in vertices]
    first, last = int(edges.tick.min()) // DAY, int(edges.tick.max()) // DAY
    at_stake = _at_stake(known.credits, vertices, rows, (first, last))
    gap, begins = int(episodes.gaps[place]), int(episodes.begins[place])
    one_group = known.groups.joined(vertices)
    shown, more = listed(rows)
    return Hit(
        anchor=(*members, known.currency),
        first_day=first,
        last_day=last,
        members=tuple(Member("Taxpayer", member, "member") for member in members),
        evidence={"invoices": facts.gross.invoice[shown]},
        measures={
            "length": len(members),
            "invoices": len(rows),
            "begins": begins,
            "gap": gap,
            "turnover_cents": int(edges.amount_cents.sum()),
            "at_stake_cents": at_stake,
            "no_value_added": _without_value(edges, vertices, rules.value_added),
            "one_group": int(one_group),
            "currency": known.currency,
        },
        score=MILLION - gap,
        high=at_stake > 0 and not one_group and (gap <= rules.high_gap or begins >= rules.high_days),
        left_out=more,
    )


def _at_stake(claims: Credits, members: Sequence[int], rows: Longs, span: tuple[int, int]) -> int:
    """Input tax claimed on the evidence less tax paid, where above zero, over the members."""
    buyers, cents = claims.of_rows(rows)
    claimed = {member: int(cents[buyers == member].sum()) for member in members} if len(cents) else {}
    return sum(max(0, cents - claims.paid(member, *span)) for member, cents in claimed.items() if cents)


def _without_value(edges: EdgeColumns, members: Sequence[int], most: int) -> int:
    """Members whose sales and purchases inside the circle differ by no more than the share."""
    sides = [
        (int(edges.amount_cents[edges.seller == member].sum()), int(edges.amount_cents[edges.buyer == member].sum()))
        for member in members
    ]
    return sum(abs(sold - bought) * MILLION <= most * max(sold, bought) for sold, bought in sides)


def explain(story: Story) -> Sentences:
    """Who invoices whom in a circle, within which amounts, and what tax it cost."""
    circle = story.all("member", " → ") + f" → {story.one('member')}"
    kind = "对开" if story.raw["length"] == 2 else "环开"  # noqa: PLR2004 - a circle of two has its own word
    return Sentences(
        en=f"{story.counted('length', 'firm')} invoice each other in a circle, {circle}, with "
        f"{story.counted('invoices', 'invoice')} of {story.en['turnover_cents']} between {story.first_on} and "
        f"{story.last_on}; amounts of the most even circle differ by {story.en['gap']}, circles begin on "
        f"{story.counted('begins', 'day')}, {story.counted('no_value_added', 'member')} "
        f"{story.form('no_value_added', 'adds', 'add')} no value, tax at stake is {story.en['at_stake_cents']}.",
        zh=f"{story.zh['length']} 户企业相互{kind}发票:{circle},{story.first_on} 至 {story.last_on} 期间共 "
        f"{story.zh['invoices']} 份、净额 {story.zh['turnover_cents']};最均匀一环金额差异 {story.zh['gap']},"
        f"闭环起始于 {story.zh['begins']} 个日期,{story.zh['no_value_added']} 户无增值,"
        f"涉及税款 {story.zh['at_stake_cents']}。",
    )


_INVOICES = ("invoices",)
PATTERN = Pattern(
    name="ring_invoicing",
    number=1,
    en="ring and mutual invoicing",
    zh="环开与对开",
    rules=RingRules,
    measures={
        "length": Measure("count", "members of the circle", "环内户数"),
        "invoices": Measure("count", "invoices of the circle", "环内发票份数", _INVOICES),
        "begins": Measure("count", "days on which circles begin", "闭环起始日数", _INVOICES),
        "gap": Measure("share", "difference of amounts in the most even circle", "最均匀一环的金额差异", _INVOICES),
        "turnover_cents": Measure("cents", "net amount of the circle", "环内净额", _INVOICES),
        "at_stake_cents": Measure("cents", "tax at stake", "涉及税款", _INVOICES),
        "no_value_added": Measure("count", "members without value added", "无增值户数", _INVOICES),
        "one_group": Measure("count", "members declare to be one group", "成员为申报的同一集团"),
    },
    roles={"member": ("member of the circle", "环内企业"), "invoices": ("invoices of the circle", "环内发票")},
    detect=detect,
    explain=explain,
    gap_days=lambda rules: rules.window_days,
    # Edges of the circle; claims, payments and declared links of its members; whether all invoices have a time.
    reach=Reach(
        How.CIRCLES,
        reads=(INVOICES, "DEDUCTED", "TaxPayment", *DECLARED),
        world=lambda facts, _rules: chosen_resolution(facts.projection, "auto", ROOT),
    ),
    refresh=refresh,
    exact=True,
)
