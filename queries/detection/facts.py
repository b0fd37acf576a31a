"""The facts that patterns read, as columns over taxpayers. Loaded when a pattern first asks, then kept for the run.

A *vertex* is a taxpayer: its number is the rank of its public id, as in the trade projection. Days count from 1970,
months from year 0 (year * 12 + month - 1); `NEVER` stands where a date is unknown. Detection sees everything: scopes
apply to findings, not to facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.vocabulary import ORDINALS, TYPE_SHIFT
from graph.store.gross import Gross
from graph.store.port import GraphStore
from graph.store.projecting import DAY, TradeProjection
from graph.store.questions import NOW, AsOf
from graph.store.trade_book import TradeBook, trade_book
from queries.detection.columns import NEVER, day_numbers, longs_of, place_of

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Texts: TypeAlias = "pa.Array[Any]"
T = TypeVar("T")
ABSENT = -1
WORTH = 20


@dataclass(frozen=True, slots=True)
class Register:
    """What is known of each vertex: texts are pyarrow arrays of length v, days int64[v]."""

    registered: Longs
    status: Texts
    industry: Texts
    region: Texts
    vat_status: Texts
    kind: Texts


@dataclass(frozen=True, slots=True)
class Documents:
    """Facts of one type about taxpayers: `vertex` int64[n], and the type's columns, a row a fact and taxpayer."""

    number: Longs
    vertex: Longs
    table: pa.Table

    def __len__(self) -> int:
        """Rows."""
        return len(self.vertex)

    def longs(self, name: str, missing: int = 0) -> Longs:
        """An integer column, int64[n]."""
        return longs_of(self.table[name], missing)

    def days(self, name: str) -> Longs:
        """A date column as days, int64[n]; `NEVER` where none is told."""
        return day_numbers(self.table[name])

    def texts(self, name: str) -> pa.ChunkedArray[Any]:
        """A text column."""
        return self.table[name]


@dataclass(frozen=True, slots=True)
class Links:
    """Relationships by dense numbers of their ends, int64[n], and the columns asked."""

    source: Longs
    target: Longs
    table: pa.Table

    def __len__(self) -> int:
        """Rows."""
        return len(self.source)

    def sources(self, type_name: str) -> Flags:
        """Which rows start at a node of this stored type."""
        return np.asarray(self.source >> TYPE_SHIFT == ORDINALS[type_name], np.bool_)

    def targets(self, type_name: str) -> Flags:
        """Which rows end at a node of this stored type."""
        return np.asarray(self.target >> TYPE_SHIFT == ORDINALS[type_name], np.bool_)

    def take(self, mask: Flags) -> Links:
        """The rows where the mask is true."""
        return Links(self.source[mask], self.target[mask], self.table.filter(pa.array(mask)))


class Facts:
    """One state of the graph for one run of detection.

    Args:
        store: where facts are read from.
        projection: net trade of the same state.
        as_of: the state.
        worth: facts are narrowed to a part of all invoices that is at least so many times smaller; 0: to any part.
    """

    def __init__(
        self, store: GraphStore, projection: TradeProjection, *, as_of: AsOf = NOW, worth: int = WORTH
    ) -> None:
        self.store = store
        self.projection = projection
        self.as_of = as_of
        self.worth = worth
        self._links: dict[tuple[str, tuple[str, ...]], Links] = {}
        self._documents: dict[tuple[str, tuple[str, ...]], Documents] = {}
        self._made: dict[str, Any] = {}
        self._judged: Flags | None = None

    # --- taxpayers

    @property
    def count(self) -> int:
        """Vertices."""
        return self.projection.vertex_count

    @cached_property
    def party_rows(self) -> pa.Table:
        """Every party: `party` (dense), `party_id`, `taxpayer_id`, by dense number."""
        return self.store.parties(as_of=self.as_of).select(["party", "party_id", "taxpayer_id"])

    @cached_property
    def parties(self) -> tuple[Longs, Longs]:
        """Dense party numbers, ascending, and the vertex of each."""
        table = self.party_rows
        ids = pc.coalesce(table["taxpayer_id"], table["party_id"])
        vertices = place_of(ids, self.ids)
        return np.asarray(table["party"].to_numpy(), np.int64), vertices

    @cached_property
    def ids(self) -> Texts:
        """Public id of each vertex."""
        return pa.array(self.projection.ids.tolist(), pa.binary()).cast(pa.string())

    def vertices(self, parties: Longs) -> Longs:
        """Vertex of each dense party, int64; `ABSENT` where a number is no party."""
        numbers, vertices = self.parties
        places = np.minimum(np.searchsorted(numbers, parties), max(len(numbers) - 1, 0))
        if len(numbers) == 0:
            return np.full(len(parties), ABSENT, np.int64)
        return np.where(numbers[places] == parties, vertices[places], ABSENT)

    @contextmanager
    def judging(self, vertices: Longs) -> Iterator[None]:
        """Search these vertices alone until the block ends."""
        self._judged = np.zeros(self.count, np.bool_)
        self._judged[vertices] = True
        try:
            yield
        finally:
            self._judged = None

    def judged(self, vertices: npt.NDArray[np.integer]) -> Flags:
        """Which of these vertices are searched, bool[n]: a pattern may leave the others out, and need not."""
        return np.ones(len(vertices), np.bool_) if self._judged is None else self._judged[vertices]

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, made when it is first asked for: columns that several patterns derive alike."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    @property
    def everywhere(self) -> Facts:
        """The facts of all taxpayers."""
        return self

    @cached_property
    def register(self) -> Register:
        """Taxpayers by vertex; parties of no taxpayer are unknown."""
        names = ("status", "industry", "region", "vat_status", "kind")
        table = self.store.node_columns("Taxpayer", ("id", "registered_on", *names), as_of=self.as_of)
        place = place_of(table["id"], self.ids)
        row = np.full(self.count, ABSENT, np.int64)
        row[place[place >= 0]] = np.flatnonzero(place >= 0)
        at: Any = pa.array(row, mask=row < 0)
        days = day_numbers(table["registered_on"].combine_chunks().take(at))
        return Register(days, *(table[name].combine_chunks().take(at) for name in names))

    # --- invoices

    @cached_property
    def book(self) -> TradeBook:
        """Every invoice, gross, in (tick, public id) order, with the vertices of its parties."""
        if self.projection.book is not None:
            return self.projection.book
        return self._new_book()

    def _new_book(self) -> TradeBook:
        from graph.store.gross import gross_of, ordered  # noqa: PLC0415 - only a past needs it

        found = gross_of(self.store.trade(as_of=self.as_of))
        gross = ordered(found, np.ones(len(found), np.bool_), self.store)
        seller, buyer = (self.vertices(column).astype(np.int32) for column in (gross.seller, gross.buyer))
        flags = np.zeros(self.count, np.bool_)
        return trade_book(gross, seller=seller, buyer=buyer, resolved=~flags, odd=flags)

    @property
    def gross(self) -> Gross:
        """The invoices' columns."""
        return self.book.gross

    def currencies(self) -> tuple[str, ...]:
        """Currencies of the invoices, most used first, then by name."""
        counts = np.bincount(self.gross.currency, minlength=len(self.gross.currencies)).tolist()
        named = sorted(zip(self.gross.currencies, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
        return tuple(name for name, count in named if count)

    def in_currency(self, currency: str) -> Flags:
        """Which rows of `gross` are in a currency, bool[n]."""
        known = self.gross.currencies
        wanted = known.index(currency) if currency in known else ABSENT
        return np.asarray(self.gross.currency == wanted, np.bool_)

    @cached_property
    def invoice_day(self) -> Longs:
        """Day of issue of each row of `gross`."""
        return self.gross.tick // DAY

    @cached_property
    def _by_number(self) -> tuple[Longs, Longs]:
        order = np.argsort(self.gross.invoice, kind="stable")
        return self.gross.invoice[order], order

    def rows_of(self, invoices: Longs) -> Longs:
        """Row in `gross` of each dense invoice, int64; `ABSENT` where it is not there."""
        numbers, order = self._by_number
        if len(numbers) == 0:
            return np.full(len(invoices), ABSENT, np.int64)
        places = np.minimum(np.searchsorted(numbers, invoices), len(numbers) - 1)
        return np.where(numbers[places] == invoices, order[places], ABSENT)

    def invoice_texts(self, name: str) -> pa.DictionaryArray[Any, Any]:
        """A text property of each row of `gross`, as a dictionary."""
        table = self._invoice_column(name)
        column = table[name].combine_chunks().dictionary_encode()
        rows = self.rows_of(np.asarray(table["number"].to_numpy(), np.int64))
        place = np.full(len(self.gross), ABSENT, np.int64)
        place[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
        at: Any = pa.array(place, mask=place < 0)
        return column.take(at)

    def _invoice_column(self, name: str) -> pa.Table:
        return self.store.node_columns("Invoice", (name,), as_of=self.as_of)

    @cached_property
    def invoice_kind(self) -> pa.DictionaryArray[Any, Any]:
        """Kind of each row of `gross`."""
        return self.invoice_texts("kind")

    @cached_property
    def reversals(self) -> tuple[Longs, Longs]:
        """Rows of `gross` of each red invoice and of its blue one, both known."""
        red, blue = (self.rows_of(numbers) for numbers in self.reversed_numbers)
        both = (red >= 0) & (blue >= 0)
        return red[both], blue[both]

    @cached_property
    def reversed_numbers(self) -> tuple[Longs, Longs]:
        """Dense numbers of each red invoice and of its blue one."""
        table = self.store.reversals(as_of=self.as_of)
        red, blue = (np.asarray(table[name].to_numpy(), np.int64) for name in ("red", "blue"))
        return red, blue

    @property
    def first_day(self) -> int:
        """Day of the oldest invoice; `NEVER` without any."""
        return int(self.gross.tick[0]) // DAY if len(self.gross) else NEVER

    @property
    def last_day(self) -> int:
        """Day of the newest invoice; `NEVER` without any."""
        return int(self.gross.tick[-1]) // DAY if len(self.gross) else NEVER

    # --- other documents and relationships

    def links(self, relationship: str, *names: str) -> Links:
        """Every relationship of a type with these columns."""
        key = (relationship, names)
        if key not in self._links:
            table = self._link_columns(relationship, names)
            source, target = (np.asarray(table[name].to_numpy(), np.int64) for name in ("source", "target"))
            self._links[key] = Links(source, target, table.drop_columns(["source", "target"]))
        return self._links[key]

    def _link_columns(self, relationship: str, names: Sequence[str]) -> pa.Table:
        return self.store.link_columns(relationship, names, as_of=self.as_of)

    def about(self, type_name: str, *names: str, via: str = "ABOUT") -> Documents:
        """Documents of a type, a row for each taxpayer that they are about."""
        key = (f"{type_name} {via}", names)
        if key not in self._documents:
            self._documents[key] = self._about(type_name, names, via)
        return self._documents[key]

    def _about(self, type_name: str, names: Sequence[str], via: str) -> Documents:
        links = self.links(via)
        links = links.take(links.sources(type_name))
        table = self._document_columns(type_name, names, links)
        number = np.asarray(table["number"].to_numpy(), np.int64)
        place = np.minimum(np.searchsorted(number, links.source), max(len(number) - 1, 0))
        vertex = self.vertices(links.target)
        kept = (vertex >= 0) & (number[place] == links.source) if len(number) else np.zeros(len(links), np.bool_)
        rows = table.drop_columns(["number"]).take(pa.array(place[kept]))
        return Documents(number[place[kept]] if len(number) else number, vertex[kept], rows)

    def _document_columns(self, type_name: str, names: Sequence[str], links: Links) -> pa.Table:
        """Documents that the links may start at."""
        del links
        return self.store.node_columns(type_name, names, as_of=self.as_of)
