"""The projection of a store: who sold to whom, when, for how much, net, as arrays over taxpayers.

Opened by api and tests, read by `queries`. Built from `store.trade()` and `store.reversals()`, kept in a folder beside
the store, caught up after new batches. The store is the truth: whatever does not fit is rebuilt. A recorded past is
built in memory and not kept.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.arrays.columns import EdgeColumns
from graph.arrays.csr import Csr, build_csr
from graph.arrays.netting import Invoices, net_invoices
from graph.arrays.places import Places
from graph.arrays.projection import Projection, write_projection
from graph.arrays.projection import open_projection as map_projection
from graph.errors import StoreBusyError, StoreError
from graph.store.gross import Gross, gross_of, load, merged, ordered, place_of, save
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Page, Scope
from graph.store.trade_book import TradeBook, load_book, save_book, trade_book

Names = npt.NDArray[np.bytes_]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
DAY = 86_400
SUFFIX = ".projection"
MOST_VIEWS = 8
NO_TRADE = frozenset({"Finding", "Case", "TaskEvent"})


@dataclass(frozen=True, slots=True)
class TradeProjection:
    """Net trade by currency. A vertex is a taxpayer; its number is the rank of its public id.

    `ids`, `bureaus`, `regions`: UTF-8 bytes of each vertex, empty where unknown. `dated`, `timed`: vertices with an
    invoice that has only a date, or a time. `batches`: the ledger that the arrays hold; `unlinked_reds`: red invoices
    without a blue one, which are part of no edge. `book`: all invoices by vertex, where they are kept.
    """

    batches: tuple[str, ...]
    ids: Names
    bureaus: Names
    regions: Names
    dated: Flags
    timed: Flags
    trade: Mapping[str, Csr]
    unlinked_reds: int
    book: TradeBook | None = None
    views: dict[Hashable, object] = field(default_factory=dict, compare=False, repr=False)

    def keep_view(self, key: Hashable, view: object) -> None:
        """Remember what was derived for one kind of question; the oldest of more than a few is forgotten."""
        self.views[key] = view
        while len(self.views) > MOST_VIEWS:
            self.views.pop(next(iter(self.views)), None)

    @property
    def vertex_count(self) -> int:
        """Taxpayers."""
        return len(self.ids)

    def vertex(self, taxpayer: str) -> int | None:
        """The vertex of a present public id."""
        wanted = taxpayer.encode()
        place = int(np.searchsorted(self.ids, np.array(wanted)))
        return place if place < len(self.ids) and self.ids[place] == wanted else None

    def id(self, vertex: int) -> str:
        """The public id of a vertex."""
        return bytes(self.ids[vertex]).decode()

    def province(self, vertex: int) -> str | None:
        """The two-digit province of a vertex."""
        return bytes(self.regions[vertex]).decode()[:2] or None

    def visible(self, scope: Scope) -> Flags:
        """Which vertices a scope may see, bool[v]."""
        if scope.bureaus is None:
            return np.ones(self.vertex_count, np.bool_)
        allowed = sorted(bureau.encode() for bureau in scope.bureaus if bureau)
        return np.isin(self.bureaus, np.array(allowed, np.bytes_)) if allowed else np.zeros(self.vertex_count, np.bool_)

    def resolution(self, scope: Scope = ROOT) -> str:
        """`second` if every visible invoice has a time, `day` if none has, else `mixed`."""
        visible = self.visible(scope)
        if not (self.timed & visible).any():
            return "day"
        return "mixed" if (self.dated & visible).any() else "second"

    def currencies(self, scope: Scope = ROOT) -> tuple[str, ...]:
        """Currencies that the scope sees, by number of visible edges, most first, then by name."""
        visible = self.visible(scope)
        seen = {name: int((visible[c.edges.seller] | visible[c.edges.buyer]).sum()) for name, c in self.trade.items()}
        return tuple(sorted((name for name, count in seen.items() if count), key=lambda name: (-seen[name], name)))


def by_day(edges: EdgeColumns) -> EdgeColumns:
    """The same edges with their ticks floored to midnight."""
    return EdgeColumns(edges.seller, edges.buyer, edges.tick - edges.tick % DAY, edges.amount_cents, edges.invoice)


def projection_folder(url: str) -> Path:
    """Where the projection of a store is kept: beside an embedded file, else in a folder of the cache.

    The cache is `TAXGRAPH_PROJECTION_DIR`, else `taxgraph` in the user's cache folder.
    """
    cache = os.environ.get("TAXGRAPH_PROJECTION_DIR")
    if cache is None and url.startswith("duckdb:///"):
        return Path(url.removeprefix("duckdb:///") + SUFFIX)
    base = Path(cache) if cache else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "taxgraph"
    return base / (hashlib.sha256(url.encode()).hexdigest()[:16] + SUFFIX)


def open_projection(
    store: GraphStore, folder: Path | None, *, as_of: AsOf = NOW, previous: TradeProjection | None = None
) -> TradeProjection:
    """The projection of the store as it stands, or as it was known (and had happened) at `as_of`.

    `previous` comes back unchanged while no batch was committed or withdrawn since. Without a folder nothing is kept.
    """
    if as_of != NOW:
        return _in_memory(store, _gross(store, as_of), as_of)
    batches = ledger_of(store)
    if previous is not None and previous.batches == batches:
        return previous
    if folder is None:
        return _in_memory(store, _gross(store, NOW), NOW)
    known = _kept(folder)
    if known is not None and _batches(known) == batches and "odd" in known.manifest:
        return _read(folder, known)
    return _written(store, folder, known, batches)


def rebuild_projection(store: GraphStore, folder: Path | None) -> TradeProjection:
    """The projection from nothing but the store; replaces what the folder holds."""
    if folder is None:
        return _in_memory(store, _gross(store, NOW), NOW)
    return _written(store, folder, None, ledger_of(store))


def ledger_of(store: GraphStore) -> tuple[str, ...]:
    """What a projection depends on: number and digest of each committed batch, in order."""
    return marks_of(store.batches())


def marks_of(ledger: Iterable[BatchRecord]) -> tuple[str, ...]:
    """`ledger_of` for a ledger that was read before. Batches of findings alone are left out: they touch no trade."""
    return tuple(
        f"{b.number} {b.header.digest}"
        for b in ledger
        if b.state == "committed" and b.number > 0 and not (b.header.by_type and NO_TRADE.issuperset(b.header.by_type))
    )


def _kept(folder: Path) -> Projection | None:
    try:
        return map_projection(folder)
    except StoreError:
        return None


def _batches(known: Projection) -> tuple[str, ...]:
    return tuple(known.manifest.get("batches", ()))


def _written(store: GraphStore, folder: Path, known: Projection | None, batches: tuple[str, ...]) -> TradeProjection:
    """Catch up or rebuild, keep it, and map what was kept. If another process is writing, what was built is used."""
    gross = _caught_up(store, folder, known, batches) if known is not None else None
    if gross is None:
        gross = _gross(store, NOW)
    made = _made(store, gross, NOW)
    missing = _complete(store, gross)
    book = _book(store, made, gross, missing)
    version = _version(batches)
    odd = int(book.odd.sum())
    kept = {"last_batch": _last(batches), "batches": list(batches), "complete": missing, "odd": odd}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save(gross, folder, version, also=lambda place: save_book(book, place))
        write_projection(folder, edges=made.edges, vertices=made.vertices, manifest={**made.facts, **kept})
        return _read(folder, map_projection(folder))
    except (StoreBusyError, OSError):
        return _projection(batches, made, book)


def _caught_up(store: GraphStore, folder: Path, known: Projection, batches: tuple[str, ...]) -> Gross | None:
    """The kept invoices with what newer batches touched; None if they cannot be trusted."""
    held = _batches(known)
    kept = load(folder, _version(held))
    if kept is None or not held or batches[: len(held)] != held or _last(held) >= _first_new(batches, held):
        return None
    gross = merged(kept, store.trade(since=_last(held)), store)
    # An invoice that ended without a trace among the touched ones would change this difference.
    return gross if _complete(store, gross) == known.manifest.get("complete") else None


def _complete(store: GraphStore, gross: Gross) -> int:
    """Visible invoices that lack a seller or a buyer."""
    return store.select("Invoice", page=Page(limit=1)).total - len(gross)


def _first_new(batches: tuple[str, ...], held: tuple[str, ...]) -> int:
    return int(batches[len(held)].split()[0]) if len(batches) > len(held) else _last(batches) + 1


def _last(batches: tuple[str, ...]) -> int:
    return int(batches[-1].split()[0]) if batches else 0


def _version(batches: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(batches).encode()).hexdigest()[:16]


def _gross(store: GraphStore, as_of: AsOf) -> Gross:
    found = gross_of(store.trade(as_of=as_of))
    return ordered(found, np.ones(len(found), np.bool_), store)


def _in_memory(store: GraphStore, gross: Gross, as_of: AsOf) -> TradeProjection:
    made = _made(store, gross, as_of)
    if as_of != NOW:  # nobody asks a household of it, and it is not kept for long
        return _projection((), made, None)
    return _projection(ledger_of(store), made, _book(store, made, gross, _complete(store, gross)))


def _projection(batches: tuple[str, ...], made: _Made, book: TradeBook | None) -> TradeProjection:
    count = len(made.vertices["ids"])
    trade = {name: build_csr(columns, vertex_count=count) for name, columns in made.edges.items()}
    unlinked = int(made.facts["unlinked_reds"])
    return TradeProjection(batches, **made.vertices, trade=trade, unlinked_reds=unlinked, book=book)


def _read(folder: Path, known: Projection) -> TradeProjection:
    version = _version(_batches(known))
    return TradeProjection(
        batches=_batches(known),
        ids=known.vertices["ids"],
        bureaus=known.vertices["bureaus"],
        regions=known.vertices["regions"],
        dated=known.vertices["dated"],
        timed=known.vertices["timed"],
        trade=known.trade,
        unlinked_reds=int(known.manifest["unlinked_reds"]),
        book=load_book(load(folder, version), place_of(folder, version)),
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """Vertex arrays, net edges by currency over vertices, facts for the manifest; the vertices of the gross rows.

    `vertex_of`: the vertices of dense parties.
    """

    vertices: dict[str, Any]
    edges: dict[str, EdgeColumns]
    facts: dict[str, Any]
    seller: Ints
    buyer: Ints
    resolved: Flags
    vertex_of: Callable[[Longs], Ints]


def _made(store: GraphStore, gross: Gross, as_of: AsOf) -> _Made:
    parties = store.parties(as_of=as_of)
    arrays, vertex_of_party, resolved = _vertices(parties)
    numbers = parties["party"].to_numpy().astype(np.int64, copy=False)

    def vertex_of(asked: Longs) -> Ints:
        return vertex_of_party[_places(numbers, asked)]

    seller, buyer = (vertex_of(column) for column in (gross.seller, gross.buyer))
    arrays |= _precision(gross, seller, buyer, len(arrays["ids"]))
    reversals = _one_blue_each(store.reversals(as_of=as_of), gross)
    edges, unlinked = {}, 0
    for place, currency in enumerate(gross.currencies):
        ours: Any = gross.currency == place
        if ours.all():
            ours = slice(None)  # no copy
        own = gross.take(ours)
        invoices = Invoices(own.invoice, seller[ours], buyer[ours], own.tick, own.net_cents, own.is_red, own.is_void)
        netted = net_invoices(invoices, reversal_red=reversals[0], reversal_blue=reversals[1])
        unlinked += len(netted.unlinked_reds)
        if len(netted.edges):
            edges[currency] = netted.edges
    return _Made(arrays, edges, {"unlinked_reds": unlinked}, seller, buyer, resolved, vertex_of)


def _book(store: GraphStore, made: _Made, gross: Gross, missing: int) -> TradeBook:
    """All invoices by vertex. `missing`: visible invoices that the columns lack."""
    odd = np.zeros(len(made.resolved), np.bool_)
    if missing or gross.several.any():
        odd[made.vertex_of(store.odd_parties()["party"].to_numpy())] = True
    return trade_book(gross, seller=made.seller, buyer=made.buyer, resolved=made.resolved, odd=odd)


def _places(numbers: Longs, wanted: Longs) -> Longs:
    """Where each wanted number stands in ascending `numbers`; most stores give them without a gap."""
    if len(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1:
        return np.asarray(wanted - numbers[0], dtype=np.int64)
    return np.asarray(np.searchsorted(numbers, wanted), dtype=np.int64)


def _vertices(parties: pa.Table) -> tuple[dict[str, Any], Ints, Flags]:
    """Vertex arrays sorted by public id, the vertex of each party row, and which vertices are taxpayers.

    A party of no taxpayer is its own vertex.
    """
    taxpayer = pc.coalesce(parties["taxpayer_id"], parties["party_id"]).combine_chunks().dictionary_encode()
    order = pc.sort_indices(taxpayer.dictionary).to_numpy()
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    given = taxpayer.indices.to_numpy()
    first_row = pa.array(_first_rows(given)[order])
    arrays = {
        "ids": _bytes(taxpayer.dictionary.take(pa.array(order))),
        "bureaus": _bytes(parties["bureau"].combine_chunks().take(first_row)),
        "regions": _bytes(parties["region"].combine_chunks().take(first_row)),
    }
    resolved = parties["taxpayer_id"].combine_chunks().take(first_row).is_valid().to_numpy(zero_copy_only=False)
    return arrays, rank[given], resolved


def _first_rows(places: Ints) -> Longs:
    """Where 0, 1, … stand first, of `places` in an encoding that counts them as they come."""
    before = np.maximum.accumulate(np.concatenate([[-1], places]))[:-1]
    return np.flatnonzero(places > before)


def _bytes(column: Any) -> Names:
    texts = pc.fill_null(column, "").cast(pa.binary()).to_numpy(zero_copy_only=False)
    return np.array(texts, dtype=np.bytes_) if len(texts) else np.zeros(0, "S1")


def _one_blue_each(reversals: pa.Table, gross: Gross) -> tuple[Longs, Longs]:
    """Pairs red → blue, one a red invoice: declared twice, the earliest blue one counts."""
    red, blue = (reversals[name].to_numpy().astype(np.int64, copy=False) for name in ("red", "blue"))
    at, known = Places(gross.invoice).of(blue)
    red, blue, at = red[known], blue[known], at[known]
    by_red = np.lexsort((at, red))
    red, blue = red[by_red], blue[by_red]
    first = np.ones(len(red), np.bool_)
    first[1:] = red[1:] != red[:-1]
    return red[first], blue[first]


def _precision(gross: Gross, seller: Ints, buyer: Ints, count: int) -> dict[str, Flags]:
    """Vertices that sold or bought by an invoice with only a date, or with a time."""
    blue = ~gross.is_red & ~gross.is_void
    flags = {"dated": np.zeros(count, np.bool_), "timed": np.zeros(count, np.bool_)}
    for name, rows in (("dated", blue & ~gross.timed), ("timed", blue & gross.timed)):
        for vertices in (seller, buyer):
            flags[name][vertices[rows]] = True
    return flags
