"""The trail written out: JSON lines that the offline verifier reads, or a table for people. Called by api.

One row a link, by task, then sequence, so the same trail gives the same bytes. Texts of notes are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from graph.spreadsheets import defused
from graph.store.port import GraphStore
from graph.trail.canonical import FIELDS, micros, shown
from queries.trail.links import Links, recorded_links

LINK = ("sequence", "recorded_at", "previous_hash", "hash")
_PIECE = 10_000
Row = dict[str, Any]


def write_trail(store: GraphStore, out: Path, *, zone: str) -> dict[str, int]:
    """Write the whole trail; counts of links, tasks, withdrawn links and events without a link.

    A name that ends in `.csv` gives the table, any other JSON lines. `zone`: where the authority's days begin.
    """
    links = recorded_links(store, (*FIELDS, *LINK), zone=zone)
    out.parent.mkdir(parents=True, exist_ok=True)
    (_write_table if out.suffix.lower() == ".csv" else _write_lines)(links, out)
    return {
        "links": links.table.num_rows,
        "tasks": len(links.table["task"].unique()),
        "withdrawn": links.table.num_rows - links.table["withdrawn_at"].null_count,
        "unchained": links.unchained,
    }


def _rows(links: Links) -> Iterator[Row]:
    """A row a link: its place, its instant, its hashes, and the event's fields as the chain's bytes tell them."""
    later = {(row["task"], row["sequence"]): row for row in links.latest.to_pylist()}
    for batch in links.table.to_batches(max_chunksize=_PIECE):
        for row in batch.to_pylist():
            event = _event(row)
            latest = later.get((row["task"], row["sequence"]))
            restated = {} if latest is None else _differing(event, _event(latest))
            yield {
                "task": row["task"],
                "sequence": row["sequence"],
                "day": row["day"],
                "batch": row["batch"],
                "recorded_at": micros(row["recorded_at"]),
                "previous_hash": row["previous_hash"] or "",
                "hash": row["hash"],
                "withdrawn_at": row["withdrawn_at"],
                "event": event,
                **({"restated": restated} if restated else {}),
            }


def _event(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: shown(row[name]) for name in FIELDS if row[name] is not None}


def _differing(first: Mapping[str, str], last: Mapping[str, str]) -> dict[str, str | None]:
    """What a later version says otherwise."""
    return {name: last.get(name) for name in FIELDS if first.get(name) != last.get(name)}


def _write_lines(links: Links, out: Path) -> None:
    with out.open("w", encoding="utf-8") as file:
        for row in _rows(links):
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def _write_table(links: Links, out: Path) -> None:
    """Instants in UTC; text quoted, so that nothing and empty text differ; safe for spreadsheets."""
    withdrawn = links.table["withdrawn_at"].cast(pa.timestamp("us", tz="UTC"))
    place = ["task", "sequence", "day", "recorded_at", "withdrawn_at"]
    fields = [name for name in FIELDS if name not in place]
    table = links.table.drop_columns(["withdrawn_at"]).append_column("withdrawn_at", withdrawn)
    csv.write_csv(defused(table.select([*place, *fields, "batch", "previous_hash", "hash"])), out)
