"""Every invoice that has a seller and a buyer, as columns in (tick, public id) order: what net edges are made from.

Kept beside the projection so that a new batch changes only the rows it touches. Built and read by
`graph.store.projecting`. Parties and invoices are the store's dense numbers; they never decide an order.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.arrays.text_index import text_buffers
from graph.kernels.ties import sort_ties

Longs = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
UNFINISHED = ".gross-writing"


class InvoiceIds(Protocol):
    """The part of the port that names invoices."""

    def invoice_ids(self, numbers: Any) -> pa.Table:
        """Columns `invoice`, `id` in the order given."""
        ...


@dataclass(frozen=True, slots=True)
class Gross:
    """n invoices; `currency` holds places in `currencies`. Amounts in cents; ticks civil seconds.

    `several`: the store names more than one seller or buyer, of whom these columns hold one.
    """

    invoice: Longs
    seller: Longs
    buyer: Longs
    tick: Longs
    net_cents: Longs
    tax_cents: Longs
    is_red: Mask
    is_void: Mask
    timed: Mask
    several: Mask
    currency: npt.NDArray[np.int16]
    currencies: tuple[str, ...]

    def __len__(self) -> int:
        """Invoices."""
        return len(self.invoice)

    def take(self, places: npt.NDArray[Any]) -> Gross:
        """The rows at these places, or where a mask is true."""
        columns: dict[str, Any] = {name: getattr(self, name)[places] for name in COLUMNS}
        return Gross(**columns, currencies=self.currencies)


COLUMNS = tuple(field.name for field in fields(Gross) if field.name != "currencies")


def gross_of(trade: pa.Table, currencies: Sequence[str] = ()) -> Gross:
    """Columns of a `store.trade()` table, unordered. Known `currencies` keep their places.

    Rows without a seller, a buyer or an amount are left out: with `since` they say that an invoice is gone.
    """
    whole = trade
    for name in ("seller", "buyer", "net_cents", "tick"):
        if whole[name].null_count:
            whole = whole.filter(pc.is_valid(whole[name]))
    currency, names = _encoded(whole["currency"], currencies)
    return Gross(
        invoice=_longs(whole["invoice"]),
        seller=_longs(whole["seller"]),
        buyer=_longs(whole["buyer"]),
        tick=_longs(whole["tick"]),
        net_cents=_longs(whole["net_cents"]),
        tax_cents=_longs(_or_zero(whole["tax_cents"])),
        is_red=_mask(whole["red"]),
        is_void=_mask(whole["void"]),
        timed=_mask(pc.equal(whole["precision"], pa.scalar("second"))),
        several=_mask(whole["several"]),
        currency=currency,
        currencies=names,
    )


def _encoded(column: Any, known: Sequence[str]) -> tuple[npt.NDArray[np.int16], tuple[str, ...]]:
    """The place of each text among the known ones and, behind them, the others in order; and all of these."""
    encoded: Any = column.dictionary_encode().combine_chunks()  # hashes each text once
    found = [str(text) for text in encoded.dictionary.to_pylist()]
    names = (*known, *sorted(set(found) - set(known)))
    places = np.array([names.index(text) for text in found], np.int16)
    return places[encoded.indices.to_numpy()], names


def _longs(column: pa.ChunkedArray[Any]) -> Longs:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _or_zero(column: Any) -> Any:
    return pc.fill_null(column, 0) if column.null_count else column


def _mask(column: Any) -> Mask:
    return np.asarray((pc.fill_null(column, False) if column.null_count else column).to_numpy(), dtype=np.bool_)


def ordered(gross: Gross, fresh: Mask, names: InvoiceIds) -> Gross:
    """The rows by (tick, public id). Rows that are not `fresh` already stand so among each other.

    Ids are read only where a fresh row shares its tick with another row.
    """
    order = np.argsort(gross.tick, kind="stable")
    starts, ends = _ties(gross.tick[order], fresh[order])
    if len(starts):
        places = np.repeat(starts, ends - starts) + _counted(ends - starts)
        rows = order[places]
        ids: Any = names.invoice_ids(gross.invoice[rows])["id"].combine_chunks()
        within = np.arange(len(rows), dtype=np.int64)
        sort_ties(within, np.cumsum(ends - starts), *text_buffers(ids))
        order[places] = rows[within]
    return gross.take(order)


def _ties(tick: Longs, fresh: Mask) -> tuple[Longs, Longs]:
    """Where runs of one tick begin and end that are longer than one row and have a fresh one. `tick` ascends."""
    starts = np.flatnonzero(np.concatenate([[True], tick[1:] != tick[:-1]])) if len(tick) else np.zeros(0, np.int64)
    ends = np.append(starts[1:], len(tick))
    new = np.concatenate([[0], np.cumsum(fresh)])
    open_ = (ends - starts > 1) & (new[ends] > new[starts])
    return starts[open_], ends[open_]


def _counted(sizes: Longs) -> Longs:
    """0, 1, … for each of the sizes, one behind the other."""
    return np.arange(int(sizes.sum()), dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def merged(known: Gross, touched: pa.Table, names: InvoiceIds) -> Gross:
    """The known rows with every touched invoice as the table has it now, in order."""
    fresh = gross_of(touched, known.currencies)
    kept = known.take(~np.isin(known.invoice, touched["invoice"].to_numpy()))
    columns: dict[str, Any] = {n: np.concatenate([getattr(kept, n), getattr(fresh, n)]) for n in COLUMNS}
    both = Gross(**columns, currencies=fresh.currencies)
    return ordered(both, np.arange(len(both)) >= len(kept), names)


def with_gone(trade: pa.Table, touched: Any) -> pa.Table:
    """A `store.trade(since=…)` answer: its rows, then touched invoices (int64 numbers) that have none, by number."""
    gone = np.setdiff1d(touched.to_numpy(), trade["invoice"].to_numpy())
    rows: dict[str, Any] = {"invoice": pa.array(gone, pa.int64())}
    nothing = {field.name: pa.nulls(len(gone), field.type) for field in trade.schema if field.name != "invoice"}
    return pa.concat_tables([trade, pa.table({**rows, **nothing}).select(trade.column_names).cast(trade.schema)])


def numbered(ids: pa.Table, fetch: Callable[[list[str]], pa.Table]) -> pa.Table:
    """A `store.invoice_ids` answer with what `fetch` says of these invoices, without those that it does not find."""
    found = fetch([str(key) for key in ids["id"].to_pylist()])
    rows = {row["asked"]: row for row in found.to_pylist()}
    shown = pa.schema([ids.schema.field("invoice"), *(field for field in found.schema if field.name != "asked")])
    there = [{**rows[one["id"]], "invoice": one["invoice"]} for one in ids.to_pylist() if one["id"] in rows]
    return pa.Table.from_pylist(there, schema=shown)


def place_of(folder: Path, version: str) -> Path:
    """Where the columns of a version lie."""
    return folder / f"gross-{version}"


def save(gross: Gross, folder: Path, version: str, *, also: Callable[[Path], None]) -> None:
    """Write the columns as `<folder>/gross-<version>`, complete before it has that name; older ones go.

    `also` writes what belongs to them into the same place.
    """
    place = folder / UNFINISHED
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in COLUMNS:
        np.save(place / f"{name}.npy", getattr(gross, name), allow_pickle=False)
    (place / "currencies.json").write_text(json.dumps(gross.currencies), encoding="utf-8")
    also(place)
    final = place_of(folder, version)
    shutil.rmtree(final, ignore_errors=True)
    place.rename(final)
    for older in sorted(folder.glob("gross-*")):
        if older != final:
            shutil.rmtree(older, ignore_errors=True)


def load(folder: Path, version: str) -> Gross | None:
    """The columns saved under that version; None if they are not there or cannot be read."""
    place = place_of(folder, version)
    try:
        columns: dict[str, Any] = {
            name: np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in COLUMNS
        }
        names = json.loads((place / "currencies.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Gross(**columns, currencies=tuple(names))
