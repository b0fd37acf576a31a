"""A taxpayer through merge, split, override and rerun: ids, history, facts, projection and findings follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from graph.store.digest import digest
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection, open_projection
from graph.store.questions import NOW, ROOT, AsOf
from loaders.deciding import IdentityVerdict, decide_identity
from loaders.options import LoadOptions, LoadReport
from loaders.run import load
from queries.identity.formation import formation
from queries.patterns.catalogue import PATTERNS
from queries.reading import IN, OUT, find_taxpayer, related, rows
from tests.support.batches import KEY
from tests.support.command_line import Rows, write_tables
from tests.support.projections import contents
from tests.support.refreshed import searched

OPTIONS = LoadOptions(who="li", hmac_key=KEY)
NUMBERS = {"R1": "320102600123401", "R2": "320102600123402", "R3": "320102600123403", "R4": "320102600123404"}
DOCUMENTS = {"R1": "320102198001010011", "R2": "320102198101010021"}
CHANGE = {
    "id": "C1",
    "registration": "R2",
    "item": "tax_number",
    "old_value": NUMBERS["R1"],
    "new_value": NUMBERS["R2"],
    "changed_on": "2025-01-01",
}
# The goods go round only if R1 and R2 are one.
SALES = (("R1", "R3"), ("R3", "R4"), ("R4", "R2"))


def base() -> dict[str, Rows]:
    """Four registrations, two with a representative and a grid, and three invoices."""
    registers = [
        {
            "source_id": key,
            "tax_number": number,
            "name": f"{key}号",
            "bureau": "4401",
            "registered_on": f"20{place + 10}-01-01",
            "legal_representative": f"{key}人" if key in DOCUMENTS else "",
            "legal_representative_document_kind": "201" if key in DOCUMENTS else "",
            "legal_representative_document_number": DOCUMENTS.get(key, ""),
        }
        for place, (key, number) in enumerate(NUMBERS.items())
    ]
    invoices = [
        {
            "number": f"{place:08d}",
            "seller": NUMBERS[seller],
            "buyer": NUMBERS[buyer],
            "issued_at": f"2026-01-{10 + 2 * place}",
            "net": "100000",
            "tax": "13000",
        }
        for place, (seller, buyer) in enumerate(SALES)
    ]
    places = [{"from": NUMBERS[key], "to": f"G{key}"} for key in ("R1", "R2")]
    return {
        "registrations": registers,
        "invoices": invoices,
        "grids": [{"id": place["to"], "name": place["to"]} for place in places],
        "in_grid": places,
        "bureaus": [{"id": "4401", "name": "甲局"}],
    }


@dataclass
class World:
    """A store, what is loaded into it, and what was seen of it so far."""

    store: GraphStore
    folder: Path
    ever: set[str] = field(default_factory=set)
    projection: TradeProjection | None = None
    findings: set[str] = field(default_factory=set)
    former: tuple[Any, ...] = ()

    def load(self, name: str, tables: Mapping[str, Rows]) -> LoadReport:
        """Load files of this name."""
        write_tables(self.folder / name, tables)
        return load(self.store, "canonical", [self.folder / name], options=OPTIONS)

    def decide(self, verdict: str) -> LoadReport:
        """Decide about R1 and R2."""
        return decide_identity(
            self.store, IdentityVerdict("canonical:R1", "canonical:R2", verdict, "因为"), options=OPTIONS
        )

    def taxpayer(self, key: str) -> str:
        """The present id of a registration's taxpayer."""
        return find_taxpayer(self.store, key, as_of=NOW)

    def look(self, *, merged: bool) -> None:
        """Everything that follows identity is as it must be now."""
        self._ids(merged=merged)
        self._facts(merged=merged)
        self._arrays()
        step = searched(self.store, PATTERNS, 0)
        assert step.kept == step.whole
        assert step.found["ring_invoicing"] == int(merged)

    def _ids(self, *, merged: bool) -> None:
        present = {str(key) for key in self.store.export("Taxpayer")["id"].to_pylist()}
        self.ever |= present | {str(key) for key in self.store.export("Party")["taxpayer_id"].to_pylist()}
        assert {find_taxpayer(self.store, key, as_of=NOW) for key in self.ever} == present
        assert (self.taxpayer("R1") == self.taxpayer("R2")) == merged

    def _facts(self, *, merged: bool) -> None:
        one, other = self.taxpayer("R1"), self.taxpayer("R2")
        for relationship, direction, each in (
            ("SOLD", OUT, (1, 0)),
            ("BOUGHT_BY", IN, (0, 1)),
            ("LEGAL_REPRESENTATIVE_OF", IN, (1, 1)),
            ("IN_GRID", OUT, (1, 1)),
        ):
            found = {key: self._hanging(key, relationship, direction) for key in (one, other)}
            counts = tuple(len(found[key]) for key in (one, other))
            assert counts == ((sum(each), sum(each)) if merged else each), relationship
        came = tuple(sorted(row for name in _FACTS for row in _provenance(self.store, name)))
        assert came == (self.former or came)
        self.former = came

    def _hanging(self, key: str, relationship: str, direction: Any) -> list[dict[str, Any]]:
        return rows(related(self.store, "Taxpayer", [key], relationship, direction, as_of=NOW, scope=ROOT).table)

    def _arrays(self) -> None:
        self.projection = open_projection(self.store, self.folder / "arrays", previous=self.projection)
        assert contents(self.projection) == contents(open_projection(self.store, None))


_FACTS = ("SOLD", "BOUGHT_BY", "LEGAL_REPRESENTATIVE_OF", "IN_GRID")


def _provenance(store: GraphStore, relationship: str) -> Iterator[tuple[str, ...]]:
    """Of every fact what bears it, where it comes from, and which batch brought it."""
    names = ("from_id", "to_id", "prov_source", "prov_file", "prov_row", "batch_from")
    ends = store.export(relationship).select(["from_type", "from_id"])
    for row in store.existing(relationship, ends).to_pylist():
        yield (relationship, *(str(row[name]) for name in names))


@pytest.fixture
def world(store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Four firms, each a taxpayer of its own."""
    monkeypatch.delenv("TAXGRAPH_IDENTITY_MODEL", raising=False)
    made = World(store, tmp_path)
    made.load("base", base())
    made.look(merged=False)
    return made


def test_facts_projection_and_findings_follow_a_merge_and_a_split_by_loads_and_by_decisions(world: World) -> None:
    one, other = world.taxpayer("R1"), world.taxpayer("R2")
    world.load("change", {"registration_changes": [CHANGE]})
    world.look(merged=True)
    assert world.taxpayer(other) == one
    world.decide("different")
    world.look(merged=False)
    assert (world.taxpayer(one), world.taxpayer(other)) == (one, other)
    world.decide("same")
    world.look(merged=True)
    world.load("more", {"taxpayers": [{"id": "R9", "name": "九号", "tax_number": "N9", "bureau": "4401"}]})
    world.look(merged=True)
    assert world.taxpayer(other) == one


def test_a_rerun_changes_nothing_and_a_withdrawn_decision_leaves_what_was_before(world: World) -> None:
    world.load("change", {"registration_changes": [CHANGE]})
    merged = digest(world.store)
    parted = world.decide("different")
    after = digest(world.store)
    assert {world.load("base", base()).state, world.load("change", {"registration_changes": [CHANGE]}).state} == {
        "known"
    }
    assert digest(world.store) == after
    world.store.withdraw(parted.batch)
    assert digest(world.store) == merged
    world.look(merged=True)


def test_the_history_names_each_batch_who_and_why_and_the_past_stays_what_it_was(world: World) -> None:
    one, other = world.taxpayer("R1"), world.taxpayer("R2")
    before = max(line.committed_at for line in world.store.batches() if line.committed_at)
    joined = world.load("change", {"registration_changes": [CHANGE]})
    parted = world.decide("different")
    steps = formation(world.store, other)
    assert [(step.batch, step.who) for step in steps[1:]] == [(joined.batch, "li"), (parted.batch, "li")]
    moves = [{each.registration: (each.was, each.now) for each in step.moved} for step in steps[1:]]
    assert [each["canonical:R2"] for each in moves] == [(other, one), (one, other)]
    assert [(said.verdict, said.reason) for said in steps[-1].decisions] == [("different", "因为")]
    past = AsOf(recorded=before)
    assert [find_taxpayer(world.store, key, as_of=past) for key in ("R1", "R2", one, other)] == [one, other] * 2
