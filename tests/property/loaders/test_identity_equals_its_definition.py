"""Identity by serials and numbers equals its definition, written out slowly: components, then one token for each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from loaders.resolve.deterministic import DeterministicResolver

NUMBERS = [None, "1", "2", "3", "4", "5"]
SERIALS = ["a", "b", "c", "d", "e", "f"]
Registration = dict[str, Any]
Change = dict[str, Any]

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


def components_of(tokens: list[str], edges: list[tuple[str, str]]) -> list[set[str]]:
    """Sets of tokens, joined until nothing changes."""
    groups = [{token} for token in tokens]
    for ends in edges:
        touched = [group for group in groups if group & set(ends)]
        groups = [group for group in groups if group not in touched] + [set().union(*touched)]
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


@given(registrations, changes, st.randoms(use_true_random=False))
def test_every_party_gets_the_taxpayer_of_the_definition(
    rows: list[Registration], told: list[Change], chance: Any
) -> None:
    edges = edges_of(rows, told)
    serials = [f"serial:{row['source']}:{row['source_id']}" for row in rows]
    tokens = list(dict.fromkeys([*serials, *(end for ends in edges for end in ends), "no:alone", "name:x"]))
    chance.shuffle(tokens)
    text = pa.string()
    answer = DeterministicResolver().resolve(
        table(
            rows, {**dict.fromkeys(("source", "source_id", "tax_number", "uscc"), text), "registered_on": pa.date32()}
        ),
        table(told, dict.fromkeys(("registration", "item", "old_value", "new_value"), text)),
        pa.table({"id": pa.array(tokens, text), "taxpayer_id": pa.array([f"tp {token}" for token in tokens], text)}),
    )
    expected = {
        token: (f"tp {canonical(group, rows)}", "own number" if len(group) == 1 else "serial and numbers")
        for group in components_of(tokens, edges)
        for token in group
    }
    given_ = {row["party"]: (row["taxpayer"], row["rule"]) for row in answer.to_pylist()}
    assert given_ == expected
