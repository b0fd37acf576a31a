"""Identity by serials, numbers and decisions equals its definition, written out slowly: sets joined edge by edge."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.resolve.base import Facts
from loaders.resolve.deterministic import DeterministicResolver

NUMBERS = [None, "1", "2", "3", "4", "5"]
SERIALS = ["a", "b", "c", "d", "e", "f"]
Registration = dict[str, Any]
Change = dict[str, Any]
Decision = dict[str, Any]
KEYS = [f"{source}:{serial}" for source in ("canonical", "tas", "zas") for serial in SERIALS]

registrations = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["canonical", "tas", "zas"]),
            "source_id": st.sampled_from(SERIALS),
            "tax_number": st.sampled_from(NUMBERS),
            "uscc": st.sampled_from(NUMBERS),
            "registered_on": st.sampled_from([None, date(2020, 1, 1), date(2021, 1, 1)]),
        }
    ),
    max_size=8,
    unique_by=lambda row: (row["source"], row["source_id"]),
)
changes = st.lists(
    st.fixed_dictionaries(
        {
            "registration": st.sampled_from([f"{source}:{serial}" for source in ("tas", "zas") for serial in SERIALS]),
            "item": st.sampled_from(["tax_number", "uscc", "name"]),
            "old_value": st.sampled_from(NUMBERS),
            "new_value": st.sampled_from(NUMBERS),
        }
    ),
    max_size=4,
)
decisions = st.lists(
    st.fixed_dictionaries(
        {
            "verdict": st.sampled_from(["same", "different"]),
            "decided_at": st.sampled_from([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]),
            "pair": st.sets(st.sampled_from(KEYS), min_size=2, max_size=2),
        }
    ),
    max_size=5,
).map(lambda rows: [{**row, "id": str(place)} for place, row in enumerate(rows)])


def edges_of(rows: list[Registration], told: list[Change]) -> list[tuple[str, str]]:
    """Tokens that belong together."""
    found: list[tuple[str, str | None]] = []
    for row in rows:
        serial = f"serial:{row['source']}:{row['source_id']}"
        known = [row["tax_number"], row["uscc"], row["source_id"] if row["source"] == "canonical" else None]
        found += [(serial, f"no:{number}" if number else None) for number in known]
    for change in told:
        if change["item"] != "name":
            ends = [f"no:{value}" if value else None for value in (change["old_value"], change["new_value"])]
            owner = f"serial:{change['registration']}"
            found += [(owner, end) for end in ends]
            found += [(ends[0], ends[1])] if ends[0] else []
    return [(one, other) for one, other in found if other]


def standing(said: list[Decision], tokens: set[str]) -> list[tuple[tuple[str, str], str]]:
    """The decision that counts about each pair that is known, the latest first."""
    last: dict[tuple[str, str], Decision] = {}
    for row in sorted(said, key=lambda row: (row["decided_at"], row["id"])):
        one, other = sorted(row["pair"])
        last[f"serial:{one}", f"serial:{other}"] = row
    ordered = sorted(last.items(), key=lambda item: (item[1]["decided_at"], item[1]["id"]), reverse=True)
    return [((one, other), row["verdict"]) for (one, other), row in ordered if {one, other} <= tokens]


def in_order(edges: list[tuple[str, str]], rows: list[Registration]) -> list[tuple[str, str]]:
    """Facts in the order in which they count."""
    on = {f"serial:{row['source']}:{row['source_id']}": row["registered_on"] or date.max for row in rows}

    def rank(token: str) -> tuple[bool, date, str]:
        return (token not in on, on.get(token, date.max), token)

    return sorted(edges, key=lambda ends: sorted(map(rank, ends)))


def components_of(tokens: list[str], edges: list[tuple[str, str]], apart: list[tuple[str, str]]) -> list[set[str]]:
    """Sets of tokens, joined edge by edge unless a pair that was parted would come together."""
    groups = [{token} for token in tokens]
    for ends in edges:
        touched = [group for group in groups if group & set(ends)]
        joined = set().union(*touched)
        if not any({one, other} <= joined for one, other in apart):
            groups = [group for group in groups if group not in touched] + [joined]
    return groups


def canonical(group: set[str], rows: list[Registration]) -> str:
    """The serial of the registration that comes first, else the smallest number, else the smallest token."""
    own = [row for row in rows if f"serial:{row['source']}:{row['source_id']}" in group]
    if own:
        first = min(own, key=lambda r: (r["registered_on"] or date.max, r["source"], r["source_id"]))
        return f"serial:{first['source']}:{first['source_id']}"
    return min(group, key=lambda token: (not token.startswith("no:"), token))


def table(rows: list[dict[str, Any]], columns: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in columns.items()})


@settings(max_examples=1_000)
@given(registrations, changes, decisions, st.randoms(use_true_random=False))
def test_every_party_gets_the_taxpayer_of_the_definition(
    rows: list[Registration], told: list[Change], said: list[Decision], chance: Any
) -> None:
    facts = edges_of(rows, told)
    serials = [f"serial:{row['source']}:{row['source_id']}" for row in rows]
    tokens = list(dict.fromkeys([*serials, *(end for ends in facts for end in ends), "no:alone", "name:x"]))
    counting = standing(said, set(tokens))
    same = [pair for pair, verdict in counting if verdict == "same"]
    apart = [pair for pair, verdict in counting if verdict == "different"]
    groups = components_of(tokens, [*same, *in_order(facts, rows)], apart)
    whole = components_of(tokens, [*same, *facts], [])
    parted = [pair for pair in apart if any(set(pair) <= group for group in whole)]
    touched = {token for pair in (*same, *parted) for token in pair}
    expected = {token: (f"tp {canonical(group, rows)}", rule_of(group, touched)) for group in groups for token in group}
    for shuffled in (rows, told, said, tokens):
        chance.shuffle(shuffled)
    answer = resolved(rows, told, said, tokens)
    assert {row["party"]: (row["taxpayer"], row["rule"]) for row in answer.to_pylist()} == expected


def rule_of(group: set[str], touched: set[str]) -> str:
    """Why these tokens are one taxpayer; `touched`: those that decisions which matter name."""
    if group & touched:
        return "decision"
    return "own number" if len(group) == 1 else "serial and numbers"


def resolved(rows: list[Registration], told: list[Change], said: list[Decision], tokens: list[str]) -> pa.Table:
    text = pa.string()
    named = [{**row, **dict(zip(("left", "right"), sorted(row["pair"]), strict=True))} for row in said]
    facts = Facts(
        table(
            rows, {**dict.fromkeys(("source", "source_id", "tax_number", "uscc"), text), "registered_on": pa.date32()}
        ),
        table(told, dict.fromkeys(("registration", "item", "old_value", "new_value"), text)),
        pa.table({"id": pa.array(tokens, text), "taxpayer_id": pa.array([f"tp {token}" for token in tokens], text)}),
    )
    decisions = table(
        named, {**dict.fromkeys(("id", "verdict", "left", "right"), text), "decided_at": pa.timestamp("us", tz="UTC")}
    )
    return DeterministicResolver().weigh(facts.registrations, facts.changes, decisions).assign(facts).taxpayers
