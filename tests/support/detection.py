"""A loaded country with planted cases, and how findings are held against its truth. Used by the tests of patterns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from graph.store.duckdb_store import DuckdbStore
from graph.store.projecting import open_projection
from loaders import LoadOptions, load
from loaders.synthetic import generate
from queries.detection.episodes import Finding
from queries.detection.facts import Facts
from queries.detection.rules import PUBLIC, RuleBook
from queries.detection.running import run
from queries.patterns.catalogue import pattern_named
from tests.support.batches import KEY
from tests.support.planted_country import Case, Country, Invoice


@dataclass(frozen=True)
class LoadedCountry:
    """Files as a slow reader sees them, and the same facts as patterns see them."""

    told: Country
    facts: Facts

    @cached_property
    def numbers(self) -> dict[str, frozenset[str]]:
        """Tax numbers that each taxpayer ever bore."""
        parties = self.facts.store.parties()
        found: dict[str, set[str]] = defaultdict(set)
        for taxpayer, party in zip(parties["taxpayer_id"].to_pylist(), parties["party_id"].to_pylist(), strict=True):
            found[str(taxpayer)].add(str(party).removeprefix("no:"))
        return {taxpayer: frozenset(numbers) for taxpayer, numbers in found.items()}

    def sales(self, taxpayer: str) -> list[Invoice]:
        """What it sold to others under any number, net of reversals, by time."""
        return self._net[taxpayer, "seller"]

    def purchases(self, taxpayer: str) -> list[Invoice]:
        """What it bought from others under any number, net of reversals, by time."""
        return self._net[taxpayer, "buyer"]

    @staticmethod
    def invoice_key(invoice: Invoice) -> str:
        """The public id of an invoice: a paper form keeps code and number, its digital number is an alias."""
        return invoice.paper or invoice.number

    @cached_property
    def taxpayer_of(self) -> dict[str, str]:
        """Taxpayer id by tax number."""
        return {number: taxpayer for taxpayer, numbers in self.numbers.items() for number in numbers}

    @cached_property
    def _net(self) -> dict[tuple[str, str], list[Invoice]]:
        found: dict[tuple[str, str], list[Invoice]] = defaultdict(list)
        for invoice in sorted(self.told.invoices.values(), key=lambda each: (each.at, each.number)):
            left = self.told.remaining.get(invoice.number, 0)
            seller, buyer = (self.taxpayer_of.get(number) for number in (invoice.seller, invoice.buyer))
            if left > 0 and seller and buyer and seller != buyer:
                found[seller, "seller"].append(replace(invoice, net=left))
                found[buyer, "buyer"].append(replace(invoice, net=left))
        return found

    @staticmethod
    def members(finding: Finding) -> frozenset[str]:
        """Ids of a finding's firms."""
        return frozenset(each.id for each in finding.members if each.type == "Taxpayer")

    def findings(self, pattern: str, book: RuleBook = PUBLIC) -> Sequence[Finding]:
        """What one pattern finds."""
        return run(self.facts, (pattern_named(pattern),), book).findings


def loaded_country(folder: Path, *, start: date, days: int, planted: int, taxpayers: int = 6000) -> LoadedCountry:
    """Generate, load into an embedded store and open the facts."""
    files = folder / "country"
    made = generate(
        files, taxpayers=taxpayers, invoices=12_000, days=days, start=start, seed=11, format="csv", planted=planted
    )
    store = DuckdbStore.open(folder / "country.duckdb")
    store.ensure_schema()
    load(store, "auto", [files], options=LoadOptions(hmac_key=KEY))
    facts = Facts(store, open_projection(store, folder / "projection"))
    return LoadedCountry(Country(files, made.start, made.end), facts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Findings held against the truth of one pattern. `others`: findings about nobody of the truth."""

    missed: list[Case]
    near_found: list[Case]
    others: list[Finding]


def judged(country: LoadedCountry, pattern: str, findings: Iterable[Finding], *, whole: bool = False) -> Verdict:
    """Which cases were found: their anchor takes part (`whole`: the members are exactly the case's)."""
    cases = country.told.cases(pattern)
    found = [(country.members(finding), finding) for finding in findings]

    def hit(case: Case, members: frozenset[str]) -> bool:
        ids = frozenset(country.taxpayer_of[number] for number in case.members)
        return ids == members if whole else country.taxpayer_of[case.anchor] in members

    touched = [any(hit(case, members) for case in cases) for members, _ in found]
    return Verdict(
        missed=[case for case in cases if case.planted and not any(hit(case, members) for members, _ in found)],
        near_found=[case for case in cases if not case.planted and any(hit(case, members) for members, _ in found)],
        others=[finding for (_, finding), known in zip(found, touched, strict=True) if not known],
    )


def some(findings: Sequence[Finding], count: int, seed: int = 1) -> list[Finding]:
    """A fixed random choice, for references too slow to look at all."""
    chance = np.random.default_rng(seed)
    places = chance.choice(len(findings), min(count, len(findings)), replace=False)
    return [findings[place] for place in sorted(places.tolist())]
