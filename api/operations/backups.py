"""The whole graph as a folder, and back into an empty store of either engine.

`manifest.json` (schema version, digest, settings of the store, ledger, checksums) and one Parquet file a type with
every version of every fact, superseded and withdrawn ones too, restricted properties too, each with the batches that
brought and ended it: both clocks are in it. One state of the store, however long it is read. What a backup does not
hold: API tokens, and the HMAC key, which belongs in another place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from api.operations.context import OperationContext
from api.operations.manifests import FILE_OF, FileFacts, Manifest, checksum, damaged, read_manifest, write_manifest
from api.operations.registry import Answer
from graph.errors import DataError
from graph.store.digest import Adding, Sums, digest, digest_of
from graph.store.dumping import Dump, Kind, Versions, check_empty, dumped_kinds, lasting, stamped
from graph.store.ledger import SYSTEM_BATCH, Snapshot, snapshot_of

pc: Any = pyarrow.compute  # its type stubs lag behind the library
# Settings that the graph means nothing without. Tokens are not among them: a restored store gives its own.
KEPT_SETTINGS: Final = ("hmac_fingerprint", "scope_secret")
_ONLY_ME: Final = 0o700
_ROW_GROUP: Final = 100_000
_KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in dumped_kinds()}


def backup(context: OperationContext, *, out: str) -> Answer:
    """Write the backup into a new or empty folder, type by type in bounded memory.

    Raises:
        DataError: `data.backup.folder` if the folder holds anything.
    """
    folder, store = _new_folder(Path(out)), context.store
    settings = {name: value for name in KEPT_SETTINGS if (value := store.meta(name)) is not None}
    sums: dict[str, Sums] = {}
    files: dict[str, FileFacts] = {}
    with store.dumping() as dump:
        kinds = dumped_kinds()
        for place, kind in enumerate(kinds):
            context.progress(f"backup {kind.name}", place, len(kinds))
            sums[kind.name], rows = _write_type(dump, kind, folder)
            if rows:
                path = folder / FILE_OF.format(kind.name)
                files[kind.name] = FileFacts(rows, path.stat().st_size, checksum(path))
        kept = lasting(dump.ledger)
        lines = tuple(line for line in dump.ledger if line.number in kept and line.number > SYSTEM_BATCH)
    found = digest_of({name: each for name, each in sums.items() if _KINDS[name].in_digest})
    write_manifest(folder, Manifest(found["digest"], settings, lines, files))
    rows = sum(each.rows for each in files.values())
    return {"out": out, "rows": rows, "types": len(files), "batches": len(lines), "digest": found["digest"]}


def _write_type(dump: Dump, kind: Kind, folder: Path) -> tuple[Sums, int]:
    """One file with every version of a type; what of it is visible is added up on the way."""
    now, adding, rows = snapshot_of(dump.ledger, None), Adding(kind), 0
    schema, path = stamped(kind), folder / FILE_OF.format(kind.name)
    writer: pq.ParquetWriter | None = None
    try:
        for batch in dump.versions(kind.name):
            if writer is None:
                writer = pq.ParquetWriter(path, schema)
            writer.write_table(pa.Table.from_batches([batch], schema=schema), row_group_size=_ROW_GROUP)
            rows += batch.num_rows
            if kind.in_digest:
                adding.add(batch.filter(_visible(batch, now)))
    finally:
        if writer is not None:
            writer.close()
    return adding.done(), rows


def _visible(batch: pa.RecordBatch, now: Snapshot) -> Any:
    """Which versions count now: the rule of `Snapshot.sees`, for a whole column."""

    def counts(name: str) -> Any:
        within = pc.less_equal(batch[name], now.ceiling)
        void = pc.is_in(batch[name], value_set=pa.array(sorted(now.excluded), pa.int64()))
        return pc.fill_null(pc.and_(within, pc.invert(void)), False)

    return pc.and_(counts("batch_from"), pc.invert(counts("batch_to")))


def restore(context: OperationContext, *, folder: str) -> Answer:
    """Fill an empty store from a backup; the digest must come out as it went in.

    Raises:
        DataError: `data.backup.*` if the folder is no backup of this release, or a file of it was altered or cut.
        StoreError: `store.not_empty`.
    """
    store, place = context.store, Path(folder)
    check_empty(store.batches())
    saved = read_manifest(place)
    for step, (name, facts) in enumerate(saved.files.items()):
        context.progress(f"check {name}", step, len(saved.files))
        _check_file(place, name, facts)
    for name, value in saved.settings.items():
        store.set_meta(name, value)
    context.progress("restore", 0, 1)
    store.fill(saved.ledger, _versions(place, saved, context))
    found = digest(store)
    if found["digest"] != saved.digest:
        raise DataError(
            "What was restored is not what was saved.",
            code="data.backup.digest",
            next_step="Do not use this store; restore from another backup.",
        )
    rows = sum(each.rows for each in saved.files.values())
    return {"folder": folder, "batches": len(saved.ledger), "rows": rows, "digest": found["digest"]}


def _check_file(folder: Path, name: str, facts: FileFacts) -> None:
    """Refuse a file that is not, byte for byte, what the backup wrote."""
    path = folder / FILE_OF.format(name)
    try:
        same = path.stat().st_size == facts.bytes and checksum(path) == facts.sha256 if facts.sha256 else True
        whole = same and name in _KINDS and pq.read_metadata(path).num_rows == facts.rows
    except (OSError, pa.ArrowException):
        whole = False
    if not whole:
        raise damaged(name)


def _versions(folder: Path, saved: Manifest, context: OperationContext) -> Versions:
    steps = {name: place for place, name in enumerate(saved.files)}

    def read(name: str) -> Iterator[pa.RecordBatch]:
        context.progress(f"restore {name}", steps[name], len(steps))
        schema = stamped(_KINDS[name])
        with pq.ParquetFile(folder / FILE_OF.format(name)) as file:
            for batch in file.iter_batches(_ROW_GROUP):
                table = pa.Table.from_batches([batch])
                if "batch_to" not in table.column_names:  # the first format held what was current
                    table = table.append_column("batch_to", pa.nulls(table.num_rows, pa.int64()))
                yield from table.select(schema.names).cast(schema).to_batches()

    def reader(name: str) -> Any:
        return lambda: read(name)

    return {name: reader(name) for name in saved.files}


def _new_folder(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            "The folder of the backup is not empty.", code="data.backup.folder", next_step="Name a new folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, _ONLY_ME)  # noqa: PTH101 - restricted properties lie in it
    return folder
