"""A Neo4j store whose one write is the first load of an empty server, by files. Made by `store.opening`.

It answers like the empty server that it stands for, so that the loaders need not know of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from graph.errors import SettingsError
from graph.settings import StoreSettings
from graph.store.duckdb_store import DuckdbStore
from graph.store.neo4j_parts import importing
from graph.store.neo4j_parts.first_batch import FirstBatch
from graph.store.neo4j_parts.import_tool import ImportTool, import_files, tool_of
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_store import Neo4jStore
from graph.store.open_batches import OpenBatch
from graph.store.port import BatchHeader, BatchRecord, WriteBatch

_START_SECONDS = 600.0


class InitialStore(Neo4jStore):
    """`GraphStore` on an empty server; `write` fills it by the import tool, or writes files for somebody to do so.

    `command`: after a write into `files_out`, what is to be run there.
    """

    def __init__(self, store: Neo4jStore, settings: StoreSettings, *, files_out: Path | None) -> None:
        """Refuse first: StoreError `store.not_empty`, SettingsError `settings.initial`."""
        super().__init__(store.server, Habits())
        importing.must_be_empty(store.server)
        self.command = ""
        self._settings = settings
        self._tool: ImportTool | None = None if files_out else tool_of(settings)
        self._files_out = _made(files_out) if files_out else None

    def write(self, batch: WriteBatch) -> BatchRecord:
        """Write the batch's files and import them."""
        importing.must_be_empty(self.server)
        if self._files_out is not None:
            self.command = self._write_files(batch, self._files_out)
            return importing.unfinished_record(batch.header)
        with tempfile.TemporaryDirectory(prefix="taxgraph-import-") as folder:  # mode 0700
            self._write_files(batch, Path(folder))
            self._import(Path(folder))
        return importing.finish(self.server)

    @contextmanager
    def open_batch(self, header: BatchHeader) -> Iterator[OpenBatch]:
        """A first batch to be added to part by part."""
        with tempfile.TemporaryDirectory(prefix="taxgraph-parts-") as folder:  # mode 0700
            file, limit = Path(folder) / "parts.duckdb", self._settings.memory_limit
            with closing(DuckdbStore.open(file, memory_limit=limit, threads=self._settings.threads)) as beside:
                beside.ensure_schema()
                with beside.open_batch(header) as parts:
                    yield FirstBatch(beside, parts, self.write)

    def _write_files(self, batch: WriteBatch, folder: Path) -> str:
        carried = self.export("AccessEvent")
        return importing.write_import(self.server, batch, folder, carried, self._settings)

    def _import(self, folder: Path) -> None:
        assert self._tool is not None, "without files_out there is a tool"  # noqa: S101 - for the type checker
        self.server.close()  # a server waits for its connections before it stops
        try:
            import_files(self._tool, folder)
        finally:
            self.server.reconnect()
        importing.wait_for(self.server, seconds=_START_SECONDS)


def _made(folder: Path) -> Path:
    """The folder, new or empty, readable by its owner alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        taken = any(folder.iterdir())
    except OSError:
        raise _refused(folder, "The folder for the import's files cannot be made.") from None
    if taken:
        raise _refused(folder, "The folder for the import's files is not empty.")
    return folder


def _refused(folder: Path, sentence: str) -> SettingsError:
    return SettingsError(
        sentence, code="settings.initial", next_step="Name a new folder that this user may write.", folder=folder.name
    )
