"""What a household reads from the projection's book equals what it reads from the invoices."""

import tempfile
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from graph.errors import NotFoundError
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore, WriteBatch
from graph.store.projecting import TradeProjection, open_projection
from graph.store.questions import ROOT, AsOf, Scope
from queries.limits import Limits
from queries.views.booked import booked_trading
from queries.views.trade_items import Trading
from queries.views.trading import trading
from tests.support.projections import invoice_batches
from tests.support.scopes import two_cities
from tests.support.small_graph import Draft

SLOW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
# Day, bound and length of list; each way through the ranks and cuts once.
WAYS = ((None, Limits(), 10), (date(2026, 1, 11), Limits(per_node=1), 1), (None, Limits(per_node=2), 2))


def _asked(store: GraphStore, projection: TradeProjection | None, taxpayer: str, scope: Scope) -> list[Trading | None]:
    return [_one(store, projection, taxpayer, scope, way) for way in WAYS]


def _one(
    store: GraphStore,
    projection: TradeProjection | None,
    taxpayer: str,
    scope: Scope,
    way: tuple[date | None, Limits, int],
) -> Trading | None:
    day, limits, top = way
    as_of = AsOf(valid=day)
    try:
        return trading(store, taxpayer, as_of=as_of, scope=scope, limits=limits, top=top, projection=projection)
    except NotFoundError:
        return None


def _same_for_everyone(store: GraphStore, projection: TradeProjection) -> None:
    rows = store.select("Taxpayer").table.to_pylist()
    bureaus = sorted({row["bureau"] for row in rows if row["bureau"]})
    scopes = [ROOT, *(Scope(bureau, frozenset({bureau}), secret=b"a secret of this test") for bureau in bureaus)]
    for row in rows:
        for scope in scopes:
            assert _asked(store, projection, row["id"], scope) == _asked(store, None, row["id"], scope)


def _opened(folder: str) -> DuckdbStore:
    store = DuckdbStore.open(Path(folder) / "graph.duckdb")
    store.ensure_schema()
    return store


@SLOW
@given(invoice_batches())
def test_a_book_that_grew_with_its_batches_equals_the_invoices(batches: list[WriteBatch]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = _opened(folder)
        for batch in batches:
            store.write(batch)
            projection = open_projection(store, Path(folder) / "kept")
        _same_for_everyone(store, projection)
        store.close()


@SLOW
@given(two_cities())
def test_a_book_hides_and_ranks_partners_as_the_invoices_do(batch: WriteBatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = _opened(folder)
        store.write(batch)
        _same_for_everyone(store, open_projection(store, None))
        store.close()


def _booked(store: GraphStore, taxpayer: str, scope: Scope = ROOT) -> Trading | None:
    projection = open_projection(store, None)
    return booked_trading(store, projection, taxpayer, as_of=AsOf(), scope=scope, limits=Limits(), top=10)


def test_the_book_answers_where_every_invoice_has_one_seller_and_one_buyer(tmp_path: Path) -> None:
    store = _opened(str(tmp_path))
    store.write(Draft().firm("A").firm("B").invoice("1", seller="A", buyer="B").batch())
    found = _booked(store, "A")
    assert found is not None
    assert [(month.month, month.output_cents, month.output_invoices) for month in found.months] == [
        ("2026-01", 10_000, 1)
    ]
    assert [(item.id, item.partner and item.partner.name) for item in found.biggest] == [("1", "Firm B")]


def test_the_book_does_not_answer_once_an_invoice_has_one_party_only(tmp_path: Path) -> None:
    store = _opened(str(tmp_path))
    store.write(Draft().firm("A").firm("B").invoice("1", seller="A", buyer="B").invoice("2", seller="A").batch())
    assert _booked(store, "A") is None


def test_the_book_does_not_answer_once_an_invoice_has_two_sellers(tmp_path: Path) -> None:
    store = _opened(str(tmp_path))
    graph = Draft().firm("A").firm("B").invoice("1", seller="A", buyer="B").link("SOLD", "no:B", "1")
    store.write(graph.batch())
    assert _booked(store, "A") is None


def test_the_book_does_not_answer_whoever_reads_by_an_open_task(tmp_path: Path) -> None:
    store = _opened(str(tmp_path))
    store.write(Draft().firm("A", bureau="4401").firm("B", bureau="4402").invoice("1", seller="A", buyer="B").batch())
    scope = Scope("4402", frozenset({"4402"}), b"secret of a test", opened=(("Taxpayer", frozenset({"A"})),))
    assert _booked(store, "A", scope) is None
    assert _booked(store, "A", Scope("4402", frozenset({"4402"}), b"secret of a test")) is None


def test_an_odd_invoice_closes_the_book_for_its_parties_alone() -> None:
    graph = Draft()
    for firm in "ABCDE":
        graph.firm(firm)
    graph.invoice("1", seller="A", buyer="B").invoice("2", seller="C", buyer="A").link("SOLD", "no:D", "2")
    with tempfile.TemporaryDirectory() as folder:
        store = _opened(folder)
        store.write(graph.invoice("3", buyer="E").invoice("4", seller="B", buyer="B").batch("b1"))
        for where in (None, Path(folder) / "kept"):
            projection = open_projection(store, where)
            asked = {
                firm: booked_trading(store, projection, firm, as_of=AsOf(), scope=ROOT, limits=Limits(), top=10)
                for firm in "ABCDE"
            }
            assert [firm for firm, answer in asked.items() if answer is not None] == ["B"]
            _same_for_everyone(store, projection)
        store.close()
