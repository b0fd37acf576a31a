"""The whole graph as a folder, and back into an empty store of either engine.

`manifest.json` (schema version, digest, settings of the store, ledger) and one Parquet file a type with every fact
that is current, restricted properties too, each with the batch that brought it. `restore` writes batch by batch under
the old headers, so that files loaded before are known again. What a backup does not hold: superseded versions, so the
recorded clock begins anew at the restore; API tokens; the HMAC key, which belongs in another place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.operations.context import OperationContext
from api.operations.registry import Answer
from graph.errors import DataError, StoreBusyError, StoreError
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, SCHEMA_VERSION, STORED_RELATIONSHIP_TYPES
from graph.store.digest import digest
from graph.store.ledger import SYSTEM_BATCH, from_columns, to_columns
from graph.store.port import BatchRecord, GraphStore, WriteBatch

Kind = NodeType | RelationshipType
FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LEDGER_TYPE: Final = "Batch"  # kept by the store itself; it goes into the manifest
ACCESS: Final = "AccessEvent"
STAMP: Final = "batch_from"
# Settings that the graph means nothing without. Tokens are not among them: a restored store gives its own.
KEPT_SETTINGS: Final = ("hmac_fingerprint", "scope_secret")
_INSTANTS: Final = ("started_at", "committed_at")
_ONLY_ME: Final = 0o700


@dataclass(frozen=True, slots=True)
class Backup:
    """A folder that was read: ledger in order, one table a type that has rows."""

    ledger: tuple[BatchRecord, ...]
    settings: Mapping[str, str]
    digest: str
    tables: Mapping[str, pa.Table]


def backup(context: OperationContext, *, out: str) -> Answer:
    """Write the backup into a new or empty folder.

    Raises:
        DataError: `data.backup.folder` if the folder holds anything.
    """
    folder = _new_folder(Path(out))
    store, kinds = context.store, _kinds()
    ledger = store.batches()
    rows = {}
    for place, kind in enumerate(kinds):
        context.progress(f"backup {kind.name}", place, len(kinds))
        table = _with_batches(store, kind)
        if table.num_rows:
            pq.write_table(table, folder / f"{kind.name}.parquet")
            rows[kind.name] = table.num_rows
    found = digest(store)
    _check_unchanged(ledger, store)
    manifest = {
        "format": FORMAT,
        "schema": SCHEMA_VERSION,
        "digest": found["digest"],
        "rows": rows,
        "settings": {name: value for name in KEPT_SETTINGS if (value := store.meta(name)) is not None},
        "ledger": [_ledger_json(line) for line in ledger if line.number > SYSTEM_BATCH],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return {"out": out, "rows": sum(rows.values()), "types": len(rows), "digest": found["digest"]}


def restore(context: OperationContext, *, folder: str) -> Answer:
    """Write a backup into an empty store; the digest must come out as it went in.

    Raises:
        DataError: `data.backup.*` if the folder is no backup of this release, or breaks its own digest.
        StoreError: `store.not_empty`.
    """
    store = context.store
    if any(line.number > SYSTEM_BATCH for line in store.batches()):
        raise StoreError(
            "The store already holds batches.",
            code="store.not_empty",
            next_step="Restore into a new file or an empty database.",
        )
    saved = read_backup(Path(folder))
    for name, value in saved.settings.items():
        store.set_meta(name, value)
    for place, line in enumerate(saved.ledger):
        context.stop.check()
        context.progress(f"restore {line.header.id}", place, len(saved.ledger))
        store.write(_batch(line, saved.tables))
    if ACCESS in saved.tables:
        store.append_access(saved.tables[ACCESS].drop_columns([STAMP]))
    found = digest(store)
    if found["digest"] != saved.digest:
        raise DataError(
            "What was restored is not what was saved.",
            code="data.backup.digest",
            next_step="Do not use this store; restore from another backup.",
        )
    rows = sum(table.num_rows for table in saved.tables.values())
    return {"folder": folder, "batches": len(saved.ledger), "rows": rows, "digest": found["digest"]}


def read_backup(folder: Path) -> Backup:
    """A backup's folder; DataError `data.backup.*` says what is wrong with it."""
    manifest = _manifest(folder)
    lines = (from_columns({**line, **_instants(line)}) for line in manifest["ledger"])
    kinds = {kind.name: kind for kind in _kinds()}
    tables = {name: _table(folder, kinds[name], rows) for name, rows in manifest["rows"].items()}
    committed = tuple(line for line in lines if line.state == "committed")
    return Backup(committed, manifest["settings"], manifest["digest"], tables)


def _kinds() -> list[Kind]:
    nodes = [kind for kind in NODE_TYPES if kind.name != LEDGER_TYPE]
    return [*nodes, *STORED_RELATIONSHIP_TYPES]


def _with_batches(store: GraphStore, kind: Kind) -> pa.Table:
    """Every current row of a type with `batch_from`, in order of batch and key."""
    ends = ("id",) if isinstance(kind, NodeType) else ("from_type", "from_id")
    every = store.export(kind.name)
    if not every.num_rows:
        return every.append_column(STAMP, pa.array([], pa.int64()))
    keys = every.select(list(ends)).group_by(list(ends)).aggregate([])
    order = [name for name in every.column_names if name in {"id", "from_type", "from_id", "to_type", "to_id"}]
    if isinstance(kind, RelationshipType):
        order += [each.name for each in kind.identity]
    rows = store.existing(kind.name, keys)
    return rows.sort_by([(STAMP, "ascending"), *((name, "ascending") for name in order)])


def _batch(line: BatchRecord, tables: Mapping[str, pa.Table]) -> WriteBatch:
    """What is current of the facts that this batch brought, under its own header."""
    parts = dict(_parts(line.number, tables))
    nodes = {kind.name: parts[kind.name] for kind in NODE_TYPES if kind.name in parts}
    relationships = {kind.name: parts[kind.name] for kind in STORED_RELATIONSHIP_TYPES if kind.name in parts}
    return WriteBatch(line.header, nodes, relationships)


def _parts(number: int, tables: Mapping[str, pa.Table]) -> Iterator[tuple[str, pa.Table]]:
    for name, table in tables.items():
        part = table.filter(pc.equal(table[STAMP], pa.scalar(number, pa.int64()))).drop_columns([STAMP])
        if part.num_rows and name != ACCESS:
            yield name, part


def _new_folder(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            "The folder of the backup is not empty.", code="data.backup.folder", next_step="Name a new folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, _ONLY_ME)  # noqa: PTH101 - restricted properties lie in it
    return folder


def _check_unchanged(ledger: list[BatchRecord], store: GraphStore) -> None:
    if store.batches() != ledger:
        raise StoreBusyError(
            "A batch was written while the backup ran; the folder is no backup.",
            code="store.busy",
            next_step="Run the backup again into a new folder.",
        )


def _ledger_json(line: BatchRecord) -> dict[str, Any]:
    row = to_columns(line)
    return row | {name: row[name] and row[name].isoformat() for name in _INSTANTS}


def _instants(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] and datetime.fromisoformat(line[name]) for name in _INSTANTS}


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        fits = manifest["format"] == FORMAT and manifest["schema"] == SCHEMA_VERSION
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(
            "This folder is no backup.",
            code="data.backup.manifest",
            next_step=f"Name the folder in which `taxgraph backup` wrote {MANIFEST}.",
        ) from None
    if not fits:
        raise DataError(
            "The backup was written by another release.",
            code="data.backup.schema",
            next_step="Restore it with the release that wrote it.",
            wanted=SCHEMA_VERSION,
        )
    return dict(manifest)


def _table(folder: Path, kind: Kind, rows: int) -> pa.Table:
    try:
        table = pq.read_table(folder / f"{kind.name}.parquet").cast(kind.schema().append(pa.field(STAMP, pa.int64())))
    except (OSError, pa.ArrowException):
        table = None
    if table is None or table.num_rows != rows:
        raise DataError(
            f"The backup's file of {kind.name} is missing or damaged.",
            code="data.backup.file",
            next_step="Restore from another backup.",
            type=kind.name,
        )
    return table
