"""Why a finding is one: its sentence in English and Chinese, and each number with the invoices behind it.

A function of what is stored, so that the answer is the one that was found, whatever the data say by now. Thresholds are
not part of it; who may see them gets `parameters`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.detection.columns import day_of
from queries.detection.episodes import EPISODES
from queries.detection.hits import Measure, Pattern, Story, noun
from queries.reading import IN, OUT, names, node, related, rows
from queries.results import GraphPayload
from queries.ring_list import MILLION
from queries.trade_graph import money_text

HITS = Measure("count", "pieces of evidence joined", "合并的线索数")


@dataclass(frozen=True, slots=True)
class Told:
    """One measure in words, with the invoices behind it by role."""

    name: str
    en: str
    zh: str
    value_en: str
    value_zh: str
    roles: tuple[str, ...]
    invoices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Who takes part in which role."""

    type: str
    id: str
    name: str | None
    role: str
    role_en: str
    role_zh: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One invoice of the evidence with its parties."""

    role: str
    invoice: str
    seller: str | None
    buyer: str | None
    issued_at: datetime | None
    net_cents: int | None
    tax_cents: int | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A finding as it is explained."""

    row: Mapping[str, Any]
    title_en: str
    title_zh: str
    sentence_en: str
    sentence_zh: str
    members: tuple[Member, ...]
    measures: tuple[Told, ...]
    evidence: tuple[EvidenceRow, ...]

    def payload(self) -> GraphPayload:
        """Members and evidence as a graph."""
        return _payload(self)


def explained(
    store: GraphStore, pattern: Pattern[Any], key: str, *, as_of: AsOf = NOW, scope: Scope = ROOT
) -> Explained:
    """Why a stored finding of this pattern is one.

    Raises:
        NotFoundError: `not_found.finding`, alike for what is not there and what the scope hides.
    """
    row = node(store, "Finding", key, as_of=as_of, scope=scope)
    members = _members(store, pattern, key, as_of=as_of, scope=scope)
    evidence = _evidence(store, key, as_of=as_of, scope=scope)
    raw = json.loads(row["measures"] or "{}")
    sentences = pattern.explain(_story(pattern, row, raw, members, evidence))
    return Explained(
        row=row,
        title_en=pattern.en,
        title_zh=pattern.zh,
        sentence_en=sentences.en,
        sentence_zh=sentences.zh,
        members=members,
        measures=_told(pattern, raw, evidence),
        evidence=evidence,
    )


def _members(store: GraphStore, pattern: Pattern[Any], key: str, *, as_of: AsOf, scope: Scope) -> tuple[Member, ...]:
    ends = rows(related(store, "Finding", [key], "INVOLVES", OUT, as_of=as_of, scope=scope).table)
    ends.sort(key=lambda row: (row["place"] if row["place"] is not None else 0, row["to_type"], row["to_id"]))
    known = {
        kind: names(
            store, kind, (str(row["to_id"]) for row in ends if row["to_type"] == kind), as_of=as_of, scope=scope
        )
        for kind in ("Taxpayer", "Person")
    }
    return tuple(
        Member(
            type=str(row["to_type"]),
            id=str(row["to_id"]),
            name=known.get(str(row["to_type"]), {}).get(str(row["to_id"])),
            role=str(row["role"] or ""),
            role_en=pattern.roles.get(str(row["role"]), ("", ""))[0],
            role_zh=pattern.roles.get(str(row["role"]), ("", ""))[1],
        )
        for row in ends
    )


def _evidence(store: GraphStore, key: str, *, as_of: AsOf, scope: Scope) -> tuple[EvidenceRow, ...]:
    attributes = ("issued_at", "net_cents", "tax_cents", "currency")
    table = related(store, "Finding", [key], "EVIDENCE", OUT, as_of=as_of, scope=scope, attributes=attributes).table
    ends = sorted(rows(table), key=lambda row: (row["place"] or 0, row["to_id"]))
    invoices = list(dict.fromkeys(str(row["to_id"]) for row in ends))
    seller = _party(store, invoices, "SOLD", as_of=as_of, scope=scope)
    buyer = _party(store, invoices, "BOUGHT_BY", as_of=as_of, scope=scope)
    return tuple(
        EvidenceRow(
            role=str(row["role"] or ""),
            invoice=str(row["to_id"]),
            seller=seller.get(str(row["to_id"])),
            buyer=buyer.get(str(row["to_id"])),
            issued_at=row["far.issued_at"],
            net_cents=row["far.net_cents"],
            tax_cents=row["far.tax_cents"],
            currency=row["far.currency"],
        )
        for row in ends
    )


def _party(
    store: GraphStore, invoices: Sequence[str], relationship: str, *, as_of: AsOf, scope: Scope
) -> dict[str, str]:
    """The first seller or buyer of each invoice."""
    direction, end = (IN, "from_id") if relationship == "SOLD" else (OUT, "to_id")
    found: dict[str, str] = {}
    for row in rows(related(store, "Invoice", invoices, relationship, direction, as_of=as_of, scope=scope).table):
        found.setdefault(str(row["key"]), str(row[end]))
    return found


def _story(
    pattern: Pattern[Any],
    row: Mapping[str, Any],
    raw: Mapping[str, int | str],
    members: Sequence[Member],
    evidence: Sequence[EvidenceRow],
) -> Story:
    by_role: dict[str, list[str]] = {}
    for member in members:
        by_role.setdefault(member.role, []).append(f"{member.name} ({member.id})" if member.name else member.id)
    counts: dict[str, int] = {}
    for each in evidence:
        counts[each.role] = counts.get(each.role, 0) + 1
    words = {name: in_words(pattern.measures.get(name), value, _currency(raw)) for name, value in raw.items()}
    return Story(
        members=by_role,
        en={name: both[0] for name, both in words.items()},
        zh={name: both[1] for name, both in words.items()},
        raw=raw,
        evidence=counts,
        first_on=_text(row["first_on"]),
        last_on=_text(row["last_on"] or row["first_on"]),
    )


def _text(day: date) -> str:
    return day.isoformat()


def _currency(raw: Mapping[str, int | str]) -> str:
    return str(raw.get("currency", "CNY"))


def in_words(measure: Measure | None, value: int | str, currency: str) -> tuple[str, str]:
    """A measured value in English and Chinese."""
    unit = measure.unit if measure else "text"
    if unit == "cents":
        return (money_text(int(value), currency),) * 2
    if unit == "share":
        return (f"{int(value) * 100 / MILLION:.2f}".rstrip("0").rstrip(".") + " %",) * 2
    if unit == "days":
        return f"{value} {noun(int(value), 'day')}", f"{value} 天"
    if unit == "day":
        return (day_of(int(value)).isoformat(),) * 2
    return (f"{value:,}" if isinstance(value, int) else str(value),) * 2


def _told(pattern: Pattern[Any], raw: Mapping[str, int | str], evidence: Sequence[EvidenceRow]) -> tuple[Told, ...]:
    told = []
    for name, measure in {**pattern.measures, EPISODES: HITS}.items():
        if name not in raw:
            continue
        value_en, value_zh = in_words(measure, raw[name], _currency(raw))
        behind = tuple(each.invoice for each in evidence if each.role in measure.behind)
        told.append(Told(name, measure.en, measure.zh, value_en, value_zh, measure.behind, behind))
    return tuple(told)


def _payload(finding: Explained) -> GraphPayload:
    """Members and the parties of the evidence as nodes, invoices as edges."""
    named = {member.id: (member.type, member.name) for member in finding.members}
    trades = {each.invoice: each for each in finding.evidence if each.seller and each.buyer}
    for each in trades.values():
        for party in (each.seller, each.buyer):
            named.setdefault(str(party), ("Taxpayer", None))
    keys = sorted(named)
    nodes: dict[str, list[Any]] = {
        "id": keys,
        "type": [named[key][0] for key in keys],
        "label": [named[key][1] for key in keys],
        "hidden": [False] * len(keys),
    }
    ordered = sorted(trades.values(), key=lambda each: (str(each.issued_at), each.invoice))
    edges: dict[str, list[Any]] = {
        "id": [each.invoice for each in ordered],
        "type": ["TRADE"] * len(ordered),
        "source": [each.seller for each in ordered],
        "target": [each.buyer for each in ordered],
        "role": [each.role for each in ordered],
        "at": [each.issued_at for each in ordered],
        "amount_cents": [each.net_cents for each in ordered],
        "currency": [each.currency for each in ordered],
    }
    return GraphPayload(pa.table(nodes, schema=_NODES), pa.table(edges, schema=_EDGES))


def _fields(**kinds: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in kinds.items()])


_TEXT = pa.string()
_NODES = _fields(id=_TEXT, type=_TEXT, label=_TEXT, hidden=pa.bool_())
_EDGES = _fields(
    id=_TEXT,
    type=_TEXT,
    source=_TEXT,
    target=_TEXT,
    role=_TEXT,
    at=pa.timestamp("us"),
    amount_cents=pa.int64(),
    currency=_TEXT,
)
