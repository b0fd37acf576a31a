"""Which taxpayer a party is, and at which party the findings of a taxpayer hang."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf
from queries.results import strings


def taxpayer_of(store: GraphStore, *, as_of: AsOf = NOW) -> dict[str, str]:
    """The taxpayer of each party; a party of none is its own."""
    table = store.parties(as_of=as_of)
    pairs = zip(table["party_id"].to_pylist(), table["taxpayer_id"].to_pylist(), strict=True)
    return {str(party): str(taxpayer or party) for party, taxpayer in pairs}


def party_of(store: GraphStore) -> dict[str, str]:
    """The smallest party of each taxpayer: what hangs there follows it when taxpayers merge."""
    found: dict[str, str] = {}
    for party, taxpayer in taxpayer_of(store).items():
        found[taxpayer] = min(found.get(taxpayer, party), party)
    return found


def smallest_parties(parties: pa.Table, taxpayers: Collection[str]) -> dict[str, str]:
    """`party_of` for some taxpayers, from the columns of `GraphStore.parties`."""
    ids = pc.coalesce(parties["taxpayer_id"], parties["party_id"])
    wanted = pc.is_in(ids, value_set=pa.array(sorted(taxpayers), pa.string()))
    found: dict[str, str] = {}
    for taxpayer, party in zip(strings(ids.filter(wanted)), strings(parties["party_id"].filter(wanted)), strict=True):
        found[taxpayer] = min(found.get(taxpayer, party), party)
    return found
