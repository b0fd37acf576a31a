"""Pattern 9, abnormal-voucher propagation (异常凭证传递), after SAT Announcement 2019 No. 38.

Definition, for a currency, over blue special invoices that are not void:

* Seeds are invoices that a bureau flags as abnormal, in any class, unless the flag is lifted.
* A span is `span_months` calendar months, by default the one month of the claim [D]. In a span a firm's *whole* is the
  effective tax of all special invoices that it claimed then, for deduction or rebate; its *abnormal* tax is that of the
  abnormal ones less the input tax that it transferred out in the span with a `reason` of abnormal vouchers, not below
  nought. What was not claimed does not count.
* A firm is a carrier in a span when the abnormal tax is at least `share` of the whole and more than `amount_cents`.
* The special invoices that a carrier issued in the span or later [D] become abnormal; so on to the fixpoint. The round
  is the distance from the seed.
* A firm of credit grade A may ask for verification, which suspends its transfer-out. With the rule `verification_stops`
  it stays a carrier but passes nothing on (default: it does [D]).

Findings are candidates until an officer's recognition confirms them; a lifted seed takes along what hung on it, because
every run starts from the flags that stand. domain.md names one limit each: nothing is high. The anchor is taxpayer,
first month of the span and currency. Linear in invoices and claims after sorting (`queries.detection.vouchers`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION, day_of, first_day_of, share
from queries.detection.credits import (
    Grades,
    Seeds,
    Specials,
    claims,
    credit_grades,
    given_back,
    issued,
    seeds,
    specials,
)
from queries.detection.facts import Facts
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.vouchers import Limits, Spread, spread

Longs = npt.NDArray[np.int64]
BEST_GRADE = "A"


@dataclass(frozen=True, slots=True)
class Vouchers(Rules):
    """Limits of the announcement, and what domain.md, pattern 9, leaves open."""

    share: int = rule(700_000, "share", en="least abnormal share of input tax", zh="异常进项税额占比下限", most=MILLION)
    amount_cents: int = rule(5_000_000, "cents", en="abnormal input tax to be exceeded", zh="异常进项税额累计(超过)")
    span_months: int = rule(1, "count", en="months of a span", zh="同期月数", least=1, most=12)
    reason: str = rule("异常", "text", en="word in the reason of a transfer-out", zh="转出原因关键词")
    verification_stops: bool = rule(
        False, "flag", en="firms of grade A pass nothing on", zh="A级纳税人申请核实即停止传递"
    )


@dataclass(frozen=True, slots=True)
class Tables:
    """What hits are told from: the fixpoint, claims and issued invoices by firm and span, each with its key."""

    special: Specials
    seeds: Seeds
    grades: Grades
    rules: Vouchers
    found: Spread
    width: int
    claimed: Longs
    claimed_key: Longs
    output: Longs
    output_key: Longs


def detect(facts: Facts, rules: Vouchers, currency: str) -> Found:
    """Every carrier."""
    special = specials(facts, currency)
    seed = seeds(special)
    if not len(seed.invoice):
        return Found(())
    grades = credit_grades(facts)
    stops = np.zeros(facts.count, np.bool_)
    if rules.verification_stops:
        stops[grades.having(BEST_GRADE)] = True
    made, claimed = issued(special, rules.span_months), claims(special, rules.span_months)
    found = spread(
        made,
        (seed.invoice, seed.classes),
        claimed,
        given_back(special, rules.span_months, rules.reason),
        Limits(rules.share, rules.amount_cents),
        stops=stops,
    )
    width = int(max(made.span.max(), claimed.span.max(initial=0))) + 1
    own, own_key = _by_firm_and_span(claimed.firm, claimed.span, width)
    output, output_key = _by_firm_and_span(made.seller, made.span, width)
    tables = Tables(special, seed, grades, rules, found, width, claimed.invoice[own], own_key, output, output_key)
    hits = [_hit(tables, place) for place in range(len(found.carriers.firm))]
    return Found(tuple(sorted(hits, key=lambda hit: hit.anchor)))


def _by_firm_and_span(firm: Longs, span: Longs, width: int) -> tuple[Longs, Longs]:
    """Order by firm and span, ties in place, and the keys so ordered."""
    key = firm * width + span
    order = np.argsort(key, kind="stable").astype(np.int64)
    return order, key[order]


def _hit(tables: Tables, place: int) -> Hit:
    carriers, special = tables.found.carriers, tables.special
    firm, span = int(carriers.firm[place]), int(carriers.span[place])
    months = tables.rules.span_months
    first, after = first_day_of([span * months, (span + 1) * months]).tolist()
    vouchers, outputs = _vouchers(tables, firm, span), _outputs(tables, firm, span)
    (bad, more), (sold, yet_more) = listed(special.row[vouchers]), listed(special.row[outputs])
    taxpayer = str(special.facts.ids[firm].as_py())
    gross = special.facts.gross
    ratio = int(share(carriers.abnormal[place], carriers.whole[place]))
    period = day_of(first).isoformat()[:7]
    return Hit(
        anchor=(taxpayer, period, special.currency),
        first_day=first,
        last_day=after - 1,
        members=(Member("Taxpayer", taxpayer, "carrier"), *_suppliers(tables, vouchers, firm)),
        evidence={"vouchers": gross.invoice[bad], "outputs": gross.invoice[sold]},
        measures={
            "period": period,
            "abnormal_tax_cents": int(carriers.abnormal[place]),
            "whole_tax_cents": int(carriers.whole[place]),
            "abnormal_share": ratio,
            "given_back_cents": int(carriers.given_back[place]),
            "vouchers": len(vouchers),
            "seeds": int((tables.found.round[vouchers] == 0).sum()),
            "round": int(carriers.round[place]),
            "seed_classes": ",".join(tables.seeds.named(int(carriers.classes[place]))),
            "outputs": len(outputs),
            "output_tax_cents": int(gross.tax_cents[special.row[outputs]].sum()),
            "grade": tables.grades.of(firm),
            "currency": special.currency,
        },
        score=ratio,
        high=False,
        left_out=more + yet_more,
    )


def _vouchers(tables: Tables, firm: int, span: int) -> Longs:
    """Abnormal invoices that a firm claimed in a span, by time."""
    key = firm * tables.width + span
    first, last = np.searchsorted(tables.claimed_key, [key, key + 1])
    claimed = np.unique(tables.claimed[first:last])
    return claimed[tables.found.round[claimed] >= 0]


def _outputs(tables: Tables, firm: int, span: int) -> Longs:
    """What a firm issued in a span or later and that is abnormal, by time."""
    first, last = np.searchsorted(tables.output_key, [firm * tables.width + span, (firm + 1) * tables.width])
    issued_since = np.sort(tables.output[first:last])
    return issued_since[tables.found.round[issued_since] >= 0]


def _suppliers(tables: Tables, vouchers: Longs, firm: int) -> list[Member]:
    """Who issued the vouchers, by id."""
    facts = tables.special.facts
    sellers = np.unique(facts.book.seller[tables.special.row[vouchers]]).tolist()
    return [Member("Taxpayer", str(facts.ids[each].as_py()), "issuer") for each in sellers if each != firm]


def explain(story: Story) -> Sentences:
    """Which vouchers make the firm a candidate, how far from which seeds, and what hangs on it."""
    firm, en, zh = story.one("carrier"), story.en, story.zh
    best = story.raw["grade"] == BEST_GRADE
    back = bool(story.raw["given_back_cents"])
    back_en = f" ({en['given_back_cents']} transferred out already left aside)" if back else ""
    back_zh = f"(已扣除作转出的 {zh['given_back_cents']})" if back else ""
    grade_en = " Its credit grade is A: it may ask for verification, which suspends its transfer-out." if best else ""
    grade_zh = "该户纳税信用为A级,可申请核实,核实期间暂缓转出。" if best else ""
    return Sentences(
        en=f"{firm} is a candidate carrier of abnormal vouchers, until an officer confirms it: in the period from "
        f"{story.first_on} to {story.last_on} it claimed {story.counted('vouchers', 'abnormal special invoice')}, "
        f"input tax of {en['abnormal_tax_cents']}{back_en}, {en['abnormal_share']} of its {en['whole_tax_cents']} of "
        f"special input tax; it lies {story.counted('round', 'round')} from seeds of class {en['seed_classes']}, and "
        f"{story.counted('outputs', 'special invoice')} that it issued since, tax of {en['output_tax_cents']}, "
        f"{story.form('outputs', 'becomes a candidate', 'become candidates')} with it.{grade_en}",
        zh=f"{firm} 为异常凭证传递的候选企业(待税务人员认定):{story.first_on} 至 {story.last_on} 期间申报抵扣异常"
        f"专用发票 {zh['vouchers']} 份,进项税额 {zh['abnormal_tax_cents']}{back_zh},占同期专用发票进项税额 "
        f"{zh['whole_tax_cents']} 的 {zh['abnormal_share']};距种子({zh['seed_classes']} 类)第 {zh['round']} 轮,"
        f"其后开具的专用发票 {zh['outputs']} 份、税额 {zh['output_tax_cents']} 随之列为候选。{grade_zh}",
    )


PATTERN = Pattern(
    name="abnormal_voucher",
    number=9,
    en="abnormal-voucher propagation",
    zh="异常凭证传递",
    rules=Vouchers,
    measures={
        "period": Measure("text", "first month of the span", "所属期"),
        "abnormal_tax_cents": Measure("cents", "abnormal input tax claimed", "异常进项税额", ("vouchers",)),
        "whole_tax_cents": Measure("cents", "special input tax claimed in the span", "同期专用发票进项税额"),
        "abnormal_share": Measure("share", "abnormal share of it", "异常占比", ("vouchers",)),
        "given_back_cents": Measure("cents", "abnormal vouchers transferred out in the span", "已作进项转出税额"),
        "vouchers": Measure("count", "abnormal special invoices claimed", "异常凭证份数", ("vouchers",)),
        "seeds": Measure("count", "flagged ones among them", "其中种子凭证份数", ("vouchers",)),
        "round": Measure("count", "rounds from the seed", "传递轮次"),
        "seed_classes": Measure("text", "classes of the seeds behind it", "种子类别"),
        "outputs": Measure("count", "special invoices that become candidates", "后续候选发票份数", ("outputs",)),
        "output_tax_cents": Measure("cents", "tax of those", "后续候选税额", ("outputs",)),
        "grade": Measure("text", "credit grade", "纳税信用等级"),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "carrier": ("the candidate carrier", "候选企业"),
        "issuer": ("who issued the abnormal vouchers", "异常凭证开具方"),
        "vouchers": ("abnormal special invoices that it claimed", "已抵扣的异常凭证"),
        "outputs": ("special invoices that become candidates with it", "随之列为候选的发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 0,
    # Vouchers spread along chains of any length.
    reach=Reach(How.WHOLE, reads=(INVOICES, "FLAGGED_ABNORMAL", "DEDUCTED", "InputTransferOut", "CreditGrade")),
)
