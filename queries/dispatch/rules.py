"""What dispatching goes by: effort and expertise by kind of work, and which level looks after whom.

Overridable by a deployment as thresholds are, under `[dispatch]`.
"""

from __future__ import annotations

from dataclasses import dataclass

from queries.detection.rules import Rules, rule

PROVINCE, CITY, COUNTY = 2, 3, 4
"""Levels of bureaus; 1 is the centre, 5 an office."""


def _minutes(default: int, en: str, zh: str) -> int:
    found: int = rule(default, "minutes", en=f"effort of {en}", zh=f"{zh}工时", least=1)
    return found


def _tags(default: str, en: str, zh: str) -> str:
    found: str = rule(default, "tags", en=f"expertise for {en}, any of these; none: anybody", zh=f"{zh}所需专业")
    return found


@dataclass(frozen=True, slots=True)
class DispatchRules(Rules):
    """Minutes and tags by kind of work, and the tiers. The defaults are ours [D]."""

    service_minutes: int = _minutes(60, "a service", "服务事项")
    inquiry_minutes: int = _minutes(240, "an inquiry", "约谈核实")
    inspection_minutes: int = _minutes(960, "an inspection", "检查")
    confirmation_minutes: int = _minutes(120, "a confirmation", "认定")
    data_quality_minutes: int = _minutes(60, "work on data quality", "数据质量")
    other_minutes: int = _minutes(120, "any other work", "其他事项")
    service_tags: str = _tags("纳税服务", "a service", "服务事项")
    inquiry_tags: str = _tags("风险应对,税源管理", "an inquiry", "约谈核实")
    inspection_tags: str = _tags("稽查协查,风险应对", "an inspection", "检查")
    confirmation_tags: str = _tags("征收管理,发票管理", "a confirmation", "认定")
    data_quality_tags: str = _tags("征收管理,税源管理", "work on data quality", "数据质量")
    other_tags: str = _tags("", "any other work", "其他事项")
    data_quality_duties: str = rule(
        "数据质量,数据治理,data quality", "words", en="in the name of a duty for data quality", zh="数据质量职责用语"
    )
    province_sales: int = rule(
        10**11, "cents a year", en="sales from which the province is in charge", zh="省级管理销售额"
    )
    city_sales: int = rule(10**10, "cents a year", en="sales from which the city is in charge", zh="市级管理销售额")
    tier_currency: str = rule("CNY", "currency", en="currency of these sales", zh="币种")
    days: int = rule(365, "days", en="over which sales are counted", zh="统计天数", least=1)

    def minutes(self, kind: str | None) -> int:
        """The effort of a kind of work."""
        return int(self.values().get(f"{kind}_minutes", self.other_minutes))

    def tags(self, kind: str | None) -> frozenset[str]:
        """Expertise of which one tag qualifies for a kind of work; empty where anybody does."""
        return tags_of(str(self.values().get(f"{kind}_tags", self.other_tags)))

    def duties(self, kind: str | None) -> frozenset[str]:
        """Words in the names of duties that come before expertise for a kind of work; empty where none do."""
        return tags_of(str(self.values().get(f"{kind}_duties", "")))

    def level(self, sales_cents: int) -> int:
        """The level that looks after a taxpayer of these yearly sales."""
        if sales_cents >= self.province_sales:
            return PROVINCE
        return CITY if sales_cents >= self.city_sales else COUNTY


def tags_of(text: str | None) -> frozenset[str]:
    """Tags of a comma separated text; Chinese commas separate too."""
    parts = (text or "").replace("，", ",").replace("、", ",").replace(";", ",").split(",")
    return frozenset(part.strip() for part in parts if part.strip())
