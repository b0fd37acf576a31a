"""Writes a first batch as files for Neo4j's import tool. Called by `importing`; no server is spoken to here.

The graph is the one that `writing` makes: key nodes numbered in order of their ids, keys that only relationships name
as reserved ones, stamps, terms. Columns go from Arrow through DuckDB into CSV; what does not fit its memory waits in
the same folder. Relationships name their ends by dense number, so that the tool has integers to look up, not text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from graph.errors import StoreError
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES
from graph.store.duckdb_parts.engine import translated
from graph.store.neo4j_parts.contents import ENDS, conformed, refused
from graph.store.neo4j_parts.import_columns import fields_of, header_of, install_words
from graph.store.neo4j_parts.stages import first_number
from graph.store.neo4j_parts.values import column_kinds

_BLOCK = 8 << 20  # bytes of a file looked through at once
_KINDS = {pa.string(): "string", pa.int64(): "long", pa.bool_(): "boolean"}


@dataclass(frozen=True, slots=True)
class FileGroup:
    """A header and the rows under it, by file name. `labels`: of nodes, joined by colons, or the relationship type."""

    labels: str
    header: str
    rows: str
    multiline: bool


@dataclass(slots=True)
class ImportFiles:
    """Files of one import, as they are written. Used as a context: what waits beside them goes at its end."""

    folder: Path
    nodes: list[FileGroup] = field(default_factory=list)
    relationships: list[FileGroup] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # by label and by relationship type
    _given: dict[str, int] = field(default_factory=dict)  # dense numbers of a type
    _described: dict[str, int] = field(default_factory=dict)
    _connection: duckdb.DuckDBPyConnection = field(init=False)

    @classmethod
    def into(cls, folder: Path, *, memory_limit: str | None, threads: int | None) -> Self:
        """Files of an empty folder that exists.

        Args:
            folder: only its owner should be able to read it; it will hold personal data.
            memory_limit: as DuckDB takes it, such as 4GB; None: its own.
            threads: None: all cores.
        """
        files = cls(folder)
        wanted = {"memory_limit": memory_limit, "threads": threads, "temp_directory": str(folder / "spilled")}
        config: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        files._connection = duckdb.connect(str(folder / _KEYS), config=config)
        files._connection.execute("SET TimeZone = 'UTC'")
        install_words(files._connection)
        return files

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        for left in self.folder.glob(f"{_KEYS}*"):
            left.unlink()

    @property
    def next_numbers(self) -> Mapping[str, int]:
        """The next dense number of each type that has any."""
        return {name: first_number(name) + count for name, count in sorted(self._given.items()) if count}

    # --- what is written

    def add_nodes(self, kind: NodeType, table: pa.Table, number: int) -> None:
        """Rows that batch `number` describes; StoreError `store.batch` or `store.duplicates` for wrong ones."""
        if not table.num_rows:
            return
        with self._lent(conformed(kind, table, kind.schema().names)):
            if self._number("SELECT count(*) FROM incoming WHERE id IS NULL"):
                raise refused("A node row has no id.", kind.name)
            self._give_numbers(kind.name, "SELECT id FROM incoming")
            twice = self._number(f"SELECT count(*) - count(DISTINCT id) FROM {_keys(kind.name)}")
            if twice:
                raise _named_twice(kind.name, twice)
            kinds = column_kinds(kind)
            fields = ["k.dense", *fields_of(kinds, number, searched=kind if kind.search else None)]
            query = f"SELECT {', '.join(fields)} FROM incoming i JOIN {_keys(kind.name)} k USING (id)"
            self._described[kind.name] = self._given[kind.name]
            self._add(self.nodes, kind.name, ["dense:ID", *header_of(kinds, searchable=bool(kind.search))], query)

    def add_relationships(self, kind: RelationshipType, table: pa.Table, number: int) -> None:
        """Rows of batch `number`. Their ends get keys where they have none."""
        with self._lent(conformed(kind, table, kind.schema().names)):
            self._check_relationships(kind)
            pairs = self._rows("SELECT from_type::VARCHAR, to_type::VARCHAR FROM incoming GROUP BY ALL ORDER BY ALL")
            for source, target in pairs:
                self._add_between(kind, source, target, number)

    def add_reserved(self) -> None:
        """Keys that relationships name and no row describes. After all relationships."""
        for name, count in sorted(self._given.items()):
            before = self._described.get(name, 0)
            if count > before:
                query = (
                    f"SELECT dense, id FROM {_keys(name)} WHERE dense >= {first_number(name) + before} ORDER BY dense"
                )
                self._add(self.nodes, name, ["dense:ID", "id:string"], query)

    def add_plain(self, labels: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """A few nodes that are no facts: the ledger, counters, settings. Lists are written as arrays of text.

        What all rows leave open is not written: a property without a value is none.
        """
        start = sum(group.rows.startswith("plain_") for group in self.nodes) << 20
        every = pa.Table.from_pylist([dict(row) for row in rows])
        table = every.select([field.name for field in every.schema if not pa.types.is_null(field.type)])
        with self._lent(table):
            fields, words = [f"{start} + row_number() OVER ()"], [":ID"]
            for each in table.schema:
                fields.append(_plain_field(each.name, each.type))
                words.append(f"{each.name}:{_plain_word(each.type)}")
            self._add(self.nodes, labels, words, f"SELECT {', '.join(fields)} FROM incoming i", kind="plain")

    # --- how

    def _check_relationships(self, kind: RelationshipType) -> None:
        for end, types in (("from", kind.stored_sources()), ("to", kind.stored_targets())):
            known = ", ".join(f"'{name}'" for name in types)
            strange = f"{end}_id IS NULL OR {end}_type IS NULL OR {end}_type NOT IN ({known})"
            if self._number(f"SELECT count(*) FROM incoming WHERE {strange}"):
                raise refused("Relationship rows have an end of another type, or none.", kind.name, end=end)
        identity = ", ".join(f'"{name}"' for name in (*ENDS, *(p.name for p in kind.identity)))
        twice = self._number(
            f"SELECT coalesce(sum(rows - 1), 0) FROM (SELECT count(*) AS rows FROM incoming GROUP BY {identity})"
        )
        if twice:
            raise _named_twice(kind.name, twice)

    def _add_between(self, kind: RelationshipType, source: str, target: str, number: int) -> None:
        of_pair = f"from_type = '{source}' AND to_type = '{target}'"
        for end, name in (("from", source), ("to", target)):
            self._give_numbers(name, f"SELECT DISTINCT {end}_id AS id FROM incoming WHERE {of_pair}")
        kinds = column_kinds(kind)
        query = (
            f"SELECT a.dense, b.dense, {', '.join(fields_of(kinds, number))} FROM incoming i "
            f"JOIN {_keys(source)} a ON a.id = i.from_id JOIN {_keys(target)} b ON b.id = i.to_id WHERE {of_pair}"
        )
        self._add(self.relationships, kind.name, [":START_ID", ":END_ID", *header_of(kinds)], query)

    def _give_numbers(self, name: str, ids: str) -> None:
        """Number the ids that have no number yet, in their order."""
        self._rows(f"CREATE TABLE IF NOT EXISTS {_keys(name)} (id VARCHAR, dense BIGINT)")
        start = first_number(name) + self._given.get(name, 0)
        known = f"WHERE NOT EXISTS (SELECT 1 FROM {_keys(name)} k WHERE k.id = n.id)" if self._given.get(name) else ""
        self._rows(
            f"INSERT INTO {_keys(name)} SELECT id, {start} - 1 + row_number() OVER (ORDER BY id) FROM ({ids}) n {known}"
        )
        self._given[name] = self._number(f"SELECT count(*) FROM {_keys(name)}")

    def _add(self, groups: list[FileGroup], labels: str, words: list[str], query: str, *, kind: str = "facts") -> None:
        stem = f"{kind}_{len(self.nodes) + len(self.relationships):03}_{labels.replace(':', '_')}"
        path = self.folder / f"{stem}.csv"
        written = self._number(f"COPY ({query}) TO '{_sql(path)}' (FORMAT csv, HEADER false)")
        header = self.folder / f"{stem}.header.csv"
        header.write_text(",".join(words) + "\n", encoding="utf-8")
        groups.append(FileGroup(labels, header.name, path.name, _has_longer_lines(path, written)))
        for label in labels.split(":"):
            self.counts[label] = self.counts.get(label, 0) + written

    def _number(self, query: str) -> int:
        return int(self._rows(query)[0][0])

    def _rows(self, query: str) -> list[Any]:
        with translated():
            return self._connection.execute(query).fetchall()

    @contextmanager
    def _lent(self, table: pa.Table) -> Iterator[None]:
        self._connection.register("incoming", table)
        try:
            yield
        finally:
            self._connection.unregister("incoming")


_KEYS = "keys.duckdb"


def _keys(name: str) -> str:
    return f'"k_{name}"'


def _sql(path: Path) -> str:
    return str(path).replace("'", "''")


def _named_twice(type_name: str, count: int) -> StoreError:
    return StoreError(
        "A batch names keys more than once.",
        code="store.duplicates",
        next_step="Merge the rows of one key before writing.",
        type=type_name,
        keys=count,
    )


def _plain_field(name: str, kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array_to_string(i.\"{name}\", ';')"
    return (
        f"replace((i.\"{name}\"::TIMESTAMP)::VARCHAR, ' ', 'T') || 'Z'"
        if pa.types.is_timestamp(kind)
        else f'i."{name}"'
    )


def _plain_word(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return "string[]"
    return "datetime" if pa.types.is_timestamp(kind) else _KINDS[kind]


def _has_longer_lines(path: Path, rows: int) -> bool:
    """True if a field holds the end of a line: only then the tool must read slowly."""
    ends = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            ends += block.count(b"\n")
            if b"\r" in block:
                return True
    return ends != rows


def ordered_types(names: Mapping[str, object]) -> list[NodeType]:
    """Node types of a batch in the order of the vocabulary."""
    return [kind for kind in NODE_TYPES if kind.name in names]


def expected_text(counts: Mapping[str, int]) -> str:
    """Counts as the ledger keeps them until the import is finished."""
    return json.dumps(dict(sorted(counts.items())))
