"""Whose facts a batch touched, against dictionaries and loops over what it wrote and ended, and the links around it."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.relationships import TAXPAYER_FACTS
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore, WriteBatch
from graph.store.projecting import open_projection
from queries.detection.facts import Facts
from queries.detection.touched import Touched
from queries.findings.parties import taxpayer_of
from queries.results import strings
from tests.support.changing_country import Country
from tests.support.thorough import examples

Row = Mapping[str, Any]
ENDS = ("SOLD", "BOUGHT_BY", "REVERSES", "ABOUT", "CHANGED")
TRADE = ("Invoice", "SOLD", "BOUGHT_BY", "REVERSES")
LINKS = ("DEDUCTED", "LISTS", "FLAGGED_ABNORMAL", "HOLDS_SHARE", "USES", "LEGAL_REPRESENTATIVE_OF", "PAID_BY")


@dataclass(frozen=True)
class World:
    """Links by relationship as (type, id) pairs, before a batch and after it.

    `taxpayer`: of each party after; `known`: parties that were there before.
    """

    links: Mapping[str, frozenset[tuple[tuple[str, str], tuple[str, str]]]]
    taxpayer: Mapping[str, str]
    known: frozenset[str]
    batch: WriteBatch

    def rows(self, name: str) -> Iterator[Row]:
        """What the batch wrote or ended of a type."""
        for tables in (self.batch.nodes, self.batch.relationships, self.batch.ended):
            if name in tables:
                yield from tables[name].to_pylist()

    def named(self, name: str) -> set[str]:
        """Nodes of a type that the batch wrote or ended."""
        return {row["id"] for row in self.rows(name)}

    def invoices(self) -> set[str]:
        """Changed invoices, and whatever hangs together with them by reversals."""
        found = self.named("Invoice") | {row["to_id"] for row in self.rows("SOLD")}
        found |= {row["from_id"] for row in self.rows("BOUGHT_BY")}
        found |= {row[end] for row in self.rows("REVERSES") for end in ("from_id", "to_id")}
        near: dict[str, set[str]] = defaultdict(set)
        for (_, red), (_, blue) in self.links["REVERSES"]:
            near[red].add(blue)
            near[blue].add(red)
        waiting = list(found)
        while waiting:
            for other in near[waiting.pop()] - found:
                found.add(other)
                waiting.append(other)
        return found

    def parties_of(self, invoices: set[str]) -> set[str]:
        """Sellers and buyers of invoices, before or after."""
        sellers = {party for (_, party), (_, invoice) in self.links["SOLD"] if invoice in invoices}
        return sellers | {party for (_, invoice), (_, party) in self.links["BOUGHT_BY"] if invoice in invoices}

    def hung(self, name: str, via: str) -> set[str]:
        """Parties that changed documents of a type are about, before or after."""
        changed = self.named(name) | {row["from_id"] for row in self.rows(via) if row["from_type"] == name}
        return {party for (kind, key), (_, party) in self.links[via] if kind == name and key in changed}

    def at_ends(self, name: str) -> set[str]:
        """Parties at the ends of changed links, and those of invoices there."""
        ends = {(row[f"{end}_type"], row[f"{end}_id"]) for row in self.rows(name) for end in ("from", "to")}
        of_invoices = self.parties_of({key for kind, key in ends if kind == "Invoice"})
        return {key for kind, key in ends if kind == "Party"} | of_invoices

    def taxpayers(self, parties: set[str]) -> set[str]:
        """Who they are now."""
        return {self.taxpayer.get(party, party) for party in parties}


def linked(store: GraphStore) -> dict[str, set[tuple[tuple[str, str], tuple[str, str]]]]:
    return {
        name: {
            ((row["from_type"], row["from_id"]), (row["to_type"], row["to_id"]))
            for row in store.export(name).to_pylist()
        }
        for name in ENDS
    }


def steps(folder: Path, seed: int, batches: int) -> Iterator[tuple[World, Touched, Facts]]:
    """Each batch of a changing country, and what is said about it."""
    store, country = DuckdbStore.open(folder / "graph.duckdb"), Country(random.Random(seed))  # noqa: S311 - no secret
    store.ensure_schema()
    store.write(country.first_batch().batch("b0"))
    for number in range(1, batches + 1):
        before, parties = linked(store), store.parties()
        known = frozenset(strings(parties["party_id"]))
        since = store.batches()[-1].number
        batch = country.next_batch().batch(f"b{number}")
        if not (batch.nodes or batch.relationships or batch.ended):
            continue
        store.write(batch)
        after, facts = linked(store), Facts(store, open_projection(store, None))
        both = {name: frozenset(before[name] | after[name]) for name in ENDS}
        last = int(parties["party"].to_numpy()[-1])
        yield World(both, taxpayer_of(store), known, batch), Touched(facts, since, last), facts
    store.close()


@settings(max_examples=examples(8, 3), deadline=None)
@given(seed=st.integers(0, 2**20))
def test_touched_are_those_that_a_batch_is_about(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for world, touched, facts in steps(Path(folder), seed, 6):
            ids = facts.ids.to_pylist()

            def said(name: str, touched: Touched = touched, ids: list[Any] = ids) -> set[str]:
                return {str(ids[vertex]) for vertex in touched.vertices(name).tolist()}

            assert said("Invoice") == world.taxpayers(world.parties_of(world.invoices()))
            assert ("Invoice" in touched) == bool(world.invoices())
            for name in TAXPAYER_FACTS:
                assert said(name) == world.taxpayers(world.hung(name, "ABOUT")), name
                assert (name in touched) >= bool(world.named(name)), name
            assert said("RegistrationChange") == world.taxpayers(world.hung("RegistrationChange", "CHANGED"))
            for name in LINKS:
                assert said(name) == world.taxpayers(world.at_ends(name)), name
            known = {taxpayer for party, taxpayer in world.taxpayer.items() if party in world.known}
            assert said("Taxpayer") == world.named("Taxpayer") & known
            rows = list(world.rows("PARTY_OF"))
            made = {row["to_id"] for row in rows} | {world.taxpayer[row["from_id"]] for row in rows}
            assert {str(ids[vertex]) for vertex in touched.moved.tolist()} == made & known


@settings(max_examples=examples(8, 3), deadline=None)
@given(seed=st.integers(0, 2**20))
def test_changed_trades_are_all_pairs_that_ever_stood_on_them(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for world, touched, facts in steps(Path(folder), seed, 6):
            pairs = {
                (world.taxpayer.get(seller, seller), world.taxpayer.get(buyer, buyer))
                for (_, seller), (_, sold) in world.links["SOLD"]
                for (_, bought), (_, buyer) in world.links["BOUGHT_BY"]
                if sold == bought and sold in world.invoices()
            }
            ids = facts.ids.to_pylist()
            columns = (column.tolist() for column in touched.trades)
            assert {(ids[seller], ids[buyer]) for seller, buyer in zip(*columns, strict=True)} == pairs
