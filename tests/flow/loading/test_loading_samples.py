"""Real samples that nobody here wrote, through the whole pipeline. They lie outside the project, and may be absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.store.digest import digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from loaders import LoadOptions, load
from tests.support.batches import KEY
from tests.support.rows import column
from tests.support.samples import SAMPLES

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder ../shared/samples is absent")
OPTIONS = LoadOptions(hmac_key=KEY)


def _fresh(path: Path) -> DuckdbStore:
    store = DuckdbStore.open(path)
    store.ensure_schema()
    return store


@pytest.mark.parametrize(
    ("name", "amounts"),
    [
        ("official-gd-special.xml", (200, 12, 212)),
        ("official-einv-xbrl-special.xml", (900_000, 117_000, 1_017_000)),
    ],
)
def test_official_chinese_samples_load_with_their_exact_totals(
    store: GraphStore, name: str, amounts: tuple[int, int, int]
) -> None:
    load(store, "auto", [SAMPLES / "einvoice-china" / name], options=OPTIONS)
    (row,) = store.export("Invoice").to_pylist()
    assert (row["net_cents"], row["tax_cents"], row["total_cents"]) == amounts


def test_all_en16931_samples_are_accepted_with_one_invoice_a_key(store: GraphStore) -> None:
    report = load(store, "auto", [SAMPLES / "einvoice-en16931"], options=OPTIONS)
    assert (report.rejected, report.read) == (0, report.accepted)
    keys = column(store, "Invoice", "id")
    assert len(keys) == len(set(keys)) == store.export("SOLD").num_rows
    assert report.issues["conflict"] > 0


@pytest.mark.parametrize("name", ["01.01a", "03.01a"])
def test_the_two_syntaxes_of_one_invoice_give_one_graph(tmp_path: Path, name: str) -> None:
    digests = []
    for syntax in ("ubl", "uncefact"):
        store = _fresh(tmp_path / f"{syntax}.duckdb")
        load(store, "en16931", [SAMPLES / "einvoice-xrechnung" / f"{name}-INVOICE_{syntax}.xml"], options=OPTIONS)
        digests.append(digest(store))
        store.close()
    assert digests[0] == digests[1]


def test_the_second_syntax_of_an_invoice_is_known(store: GraphStore) -> None:
    report = load(store, "auto", [SAMPLES / "einvoice-xrechnung"], options=OPTIONS)
    assert (report.read, report.known) == (46, 23)


def test_the_help_desk_log_keeps_every_event_also_when_loaded_twice(store: GraphStore) -> None:
    path = SAMPLES / "event-log" / "helpdesk.xes.gz"
    report = load(store, "event-log", [path], options=OPTIONS)
    counted = {name: report.by_type[name] for name in ("Task", "TaskEvent", "Officer")}
    assert counted == {"Task": 4580, "TaskEvent": 21348, "Officer": 22}
    assert load(store, "event-log", [path], options=OPTIONS).state == "known"
