"""A loaded country with planted cases, and how findings are held against its truth. Used by the tests of patterns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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
from tests.support.judging import PART, WHOLE, Verdict, firms_of, judge, taxpayers_by_number
from tests.support.planted_country import Country, Invoice


@dataclass(frozen=True)
class LoadedCountry:
    """Files as a slow reader sees them, and the same facts as patterns see them."""

    told: Country
    facts: Facts

    @cached_property
    def numbers(self) -> dict[str, frozenset[str]]:
        """Tax numbers that each taxpayer ever bore."""
        found: dict[str, set[str]] = defaultdict(set)
        for number, taxpayer in self.taxpayer_of.items():
            found[taxpayer].add(number)
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
        return taxpayers_by_number(self.facts.store)

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
        return firms_of(finding)

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


def judged(country: LoadedCountry, pattern: str, findings: Sequence[Finding], *, whole: bool = False) -> Verdict:
    """Which cases were found: their anchor takes part (`whole`: the members are exactly the case's)."""
    about = WHOLE if whole else PART
    return judge(country.told.cases(pattern), findings, country.taxpayer_of, found=about, near=about)


def some(findings: Sequence[Finding], count: int, seed: int = 1) -> list[Finding]:
    """A fixed random choice, for references too slow to look at all."""
    chance = np.random.default_rng(seed)
    places = chance.choice(len(findings), min(count, len(findings)), replace=False)
    return [findings[place] for place in sorted(places.tolist())]
