"""Loads that are withdrawn: what is left is what a store shows into which they never came; then they load again."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from graph.errors import StoreError
from graph.store.digest import Digest, digest
from graph.store.port import GraphStore
from loaders.frames import load_frames
from loaders.options import LoadOptions, LoadReport
from tests.support.batches import KEY, Delivery, deliveries
from tests.support.rows import Loading
from tests.support.stores import beside
from tests.support.thorough import tried


def load(store: GraphStore, delivery: Delivery) -> LoadReport:
    return load_frames(store, delivery.frames, options=LoadOptions(as_at=delivery.as_at, hmac_key=KEY))


def witness(batches: Iterable[Delivery]) -> Digest:
    """The digest of an embedded store into which these alone came."""
    with beside() as store:
        for batch in batches:
            load(store, batch)
        return digest(store)


def invoices(*pairs: tuple[str, str]) -> list[dict[str, object]]:
    return [
        {
            "number": f"{place:08d}",
            "seller": seller,
            "buyer": buyer,
            "issued_at": "2026-01-05",
            "net": "100",
            "tax": "0",
        }
        for place, (seller, buyer) in enumerate(pairs, start=int(pairs[0][0][1:]) * 100)
    ]


@pytest.mark.parametrize("seed", tried([1, 2, 3], 1))
def test_a_withdrawal_leaves_what_a_store_without_these_loads_shows(store: GraphStore, seed: int) -> None:
    batches = deliveries(seed, count=4)
    loaded = {load(store, batch).batch: batch for batch in batches}
    whole = digest(store)
    chosen = random.Random(seed).choice(list(loaded))  # noqa: S311 - a fixed choice, no secret
    gone = {line.header.id for line in store.withdraw(chosen, with_later=True)}
    left = [batch for name, batch in loaded.items() if name not in gone]
    assert digest(store) == witness(left)
    again = [load(store, batch) for name, batch in loaded.items() if name in gone]
    assert all(report.state == "committed" and report.batch.endswith("-2") for report in again)
    assert digest(store) == whole


def test_loads_about_different_firms_do_not_build_on_each_other(loading: Loading, store: GraphStore) -> None:
    first = loading(invoices=invoices(("N1", "N2")))
    loading(invoices=invoices(("N3", "N4")))
    loading(taxpayers=[{"id": "T5", "tax_number": "N5", "name": "甲"}])
    assert [line.header.built_on for line in store.batches()] == [(), (), ()]
    store.withdraw(first.batch)
    assert store.select("Invoice").total == 1


def test_a_register_builds_on_the_batches_that_named_its_taxpayers_alone(loading: Loading, store: GraphStore) -> None:
    loading(invoices=invoices(("N1", "N2")))
    loading(invoices=invoices(("N3", "N4")))
    register = loading(taxpayers=[{"id": "T3", "tax_number": "N3", "name": "甲"}])
    assert store.batches()[-1].header.built_on == (2,)
    with pytest.raises(StoreError) as refused:
        store.withdraw(store.batches()[1].header.id)
    assert refused.value.facts["batches"] == register.batch


def test_rows_that_were_known_are_ground_too(loading: Loading, store: GraphStore) -> None:
    rows = invoices(("N1", "N2"))
    loading(invoices=rows)
    again = loading(invoices=[*rows, *invoices(("N8", "N9"))])
    assert again.known == 1
    assert store.batches()[-1].header.built_on == (1,)


def test_where_unknown_parties_are_refused_every_register_is_ground(loading: Loading, store: GraphStore) -> None:
    loading(taxpayers=[{"id": "T1", "tax_number": "N1", "name": "甲"}, {"id": "T2", "tax_number": "N2"}])
    strict = LoadOptions(unknown_parties="reject", hmac_key=KEY)
    report = loading(invoices=invoices(("N1", "N2")), options=strict)
    assert report.rejected == 0
    assert store.batches()[-1].header.built_on == (1,)
