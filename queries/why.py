"""Why a ring is a ring: one sentence in English and Chinese, every invoice of the witness, what each member added.

Called by api for an investigator who has to explain a finding to somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass

from queries.results import GraphPayload
from queries.ring_list import MILLION, Ring, ring_payload
from queries.trade_graph import money_text


@dataclass(frozen=True, slots=True)
class MemberPart:
    """One member's part: what it bought and sold inside the ring. `added_share` = added / bought, millionths."""

    id: str
    name: str | None
    bought_cents: int
    sold_cents: int
    added_cents: int
    added_share: int


@dataclass(frozen=True, slots=True)
class Reason:
    """The ring, the sentence, the parts. The evidence itself stands in `ring.invoices`."""

    ring: Ring
    sentence_en: str
    sentence_zh: str
    steps_en: tuple[str, ...]
    steps_zh: tuple[str, ...]
    members: tuple[MemberPart, ...]

    def payload(self) -> GraphPayload:
        """The ring as a graph."""
        return ring_payload((self.ring,))


def why(ring: Ring) -> Reason:
    """The reason behind a listed ring; a function of the ring alone."""
    return Reason(ring, _english(ring), _chinese(ring), _steps_en(ring), _steps_zh(ring), _members(ring))


def _members(ring: Ring) -> tuple[MemberPart, ...]:
    sold = {step.seller: step.amount_cents for step in ring.invoices}
    bought = {step.buyer: step.amount_cents for step in ring.invoices}
    return tuple(
        MemberPart(
            id=member,
            name=name,
            bought_cents=bought[member],
            sold_cents=sold[member],
            added_cents=sold[member] - bought[member],
            added_share=(sold[member] - bought[member]) * MILLION // bought[member],
        )
        for member, name in zip(ring.members, ring.names, strict=True)
    )


def _label(ring: Ring, member: str) -> str:
    name = dict(zip(ring.members, ring.names, strict=True))[member]
    return f"{name} ({member})" if name else member


def _days(ring: Ring) -> int:
    return (ring.last_at.date() - ring.first_at.date()).days + 1


def _english(ring: Ring) -> str:
    circle = " → ".join(_label(ring, member) for member in (*ring.members, ring.members[0]))
    small, large = money_text(ring.smallest_cents, ring.currency), money_text(ring.largest_cents, ring.currency)
    return (
        f"{ring.length} taxpayers invoice each other in a circle within {_days(ring)} day(s), "
        f"{ring.first_at:%Y-%m-%d} to {ring.last_at:%Y-%m-%d}: {circle}. "
        f"Amounts from {small} to {large}: the smallest is {ring.score / 10_000:.1f} % of the largest. "
        f"{ring.edge_cycles} set(s) of invoices close this circle."
    )


def _chinese(ring: Ring) -> str:
    circle = " → ".join(_label(ring, member) for member in (*ring.members, ring.members[0]))
    small, large = money_text(ring.smallest_cents, ring.currency), money_text(ring.largest_cents, ring.currency)
    kind = "对开" if ring.length == 2 else "环开"  # noqa: PLR2004 - a circle of two has its own word
    return (
        f"{ring.length} 户纳税人在 {_days(ring)} 天内({ring.first_at:%Y-%m-%d} 至 {ring.last_at:%Y-%m-%d})"
        f"相互{kind}发票:{circle}。"
        f"金额 {small} 至 {large},最小为最大的 {ring.score / 10_000:.1f}%。"
        f"共有 {ring.edge_cycles} 组发票构成此环。"
    )


def _steps_en(ring: Ring) -> tuple[str, ...]:
    return tuple(
        f"{place}. {step.at:%Y-%m-%d}: {_label(ring, step.seller)} sold to {_label(ring, step.buyer)}, "
        f"invoice {step.invoice}, {money_text(step.amount_cents, ring.currency)} net."
        for place, step in enumerate(ring.invoices, 1)
    )


def _steps_zh(ring: Ring) -> tuple[str, ...]:
    return tuple(
        f"{place}. {step.at:%Y-%m-%d}:{_label(ring, step.seller)} 向 {_label(ring, step.buyer)} "
        f"开具发票 {step.invoice},不含税净额 {money_text(step.amount_cents, ring.currency)}。"
        for place, step in enumerate(ring.invoices, 1)
    )
