"""Which taxpayer a party is, and at which party the findings of a taxpayer hang."""

from __future__ import annotations

from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf


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
