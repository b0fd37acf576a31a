"""Checks a batch and cuts it into the stages in which it is written. No driver here; called by `writing`.

The order of stages and of their rows is a function of the batch alone, so that a second run of the same batch
continues where the first one ended. Nodes come before relationships, and every stage is sorted by key: writers that
lock in one order cannot lock each other out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import StoreError
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import stored_relationship
from graph.store.neo4j_parts.schema import LEDGER_TYPE
from graph.store.neo4j_parts.uniform import EACH_ROW, Uniform, uniform_columns
from graph.store.neo4j_parts.values import column_kinds
from graph.store.port import WriteBatch

_ORDER = "2;"  # changes with the order of stages or rows: batches left by an earlier one are undone, not resumed
_ROWS_OF_A_HUB = 500
ENDS = ("from_type", "from_id", "to_type", "to_id")


class Does(StrEnum):
    """What a stage does with its rows."""

    END_NODES = "end_nodes"
    END_RELATIONSHIPS = "end_relationships"
    WRITE_NODES = "write_nodes"
    RESERVE = "reserve"
    WRITE_RELATIONSHIPS = "write_relationships"


@dataclass(frozen=True, slots=True)
class Stage:
    """Rows of one type (relationships: of one pair of stored end types), sorted by key.

    `uniform`: what need not be sent with each of them. `across`: the column by whose values rows may be parted and
    written side by side; empty if they would wait for each other.
    """

    does: Does
    type: str
    rows: pa.Table
    source: str = ""
    target: str = ""
    uniform: Uniform = EACH_ROW
    across: str = ""

    @property
    def node(self) -> NodeType:
        """The node type of a stage of nodes."""
        return node_type(self.type)

    @property
    def relationship(self) -> RelationshipType:
        """The relationship type of a stage of relationships."""
        return stored_relationship(self.type)


@dataclass(frozen=True, slots=True)
class Contents:
    """A checked batch as stages."""

    stages: tuple[Stage, ...]

    @property
    def total(self) -> int:
        """Rows over all stages."""
        return sum(stage.rows.num_rows for stage in self.stages)

    @property
    def outline(self) -> str:
        """Digest of what is written in which order: a batch resumes only what has the same outline."""
        text = _ORDER + ";".join(f"{s.does}:{s.type}:{s.source}:{s.target}:{s.rows.num_rows}" for s in self.stages)
        return hashlib.sha256(text.encode()).hexdigest()

    def touched(self, *stages: Does) -> list[str]:
        """Names of the types of these stages, sorted."""
        return sorted({stage.type for stage in self.stages if stage.does in stages})


NO_CONTENTS = Contents(())
"""Of a batch whose parts are not known yet."""


def contents_of(batch: WriteBatch) -> Contents:
    """The stages of a batch; StoreError `store.batch` or `store.duplicates` if it breaks the schemas."""
    nodes = {kind.name: _checked_nodes(kind, batch.nodes[kind.name]) for kind in _nodes_in(batch.nodes)}
    relationships = {
        kind.name: _checked_relationships(kind, batch.relationships[kind.name])
        for kind in _relationships_in(batch.relationships)
    }
    stages = [
        *_ended(batch),
        *(_looked_through(Stage(Does.WRITE_NODES, name, table)) for name, table in nodes.items()),
        *_reserved(nodes, relationships),
        *map(_looked_through, _joins(Does.WRITE_RELATIONSHIPS, relationships)),
    ]
    return Contents(tuple(stage for stage in stages if stage.rows.num_rows))


def _looked_through(stage: Stage) -> Stage:
    kind = stage.node if stage.does is Does.WRITE_NODES else stage.relationship
    return replace(stage, uniform=uniform_columns(stage.rows, column_kinds(kind)))


def _nodes_in(names: Sequence[str] | object) -> Iterator[NodeType]:
    wanted = [node_type(name).name for name in _names(names)]
    if LEDGER_TYPE in wanted:
        raise refused("The ledger writes its own entries.", LEDGER_TYPE)
    return (kind for kind in NODE_TYPES if kind.name in wanted)


def _relationships_in(names: Sequence[str] | object) -> Iterator[RelationshipType]:
    wanted = [stored_relationship(name).name for name in _names(names)]
    return (kind for kind in STORED_RELATIONSHIP_TYPES if kind.name in wanted)


def _names(names: object) -> list[str]:
    return sorted(names) if isinstance(names, (list, set, dict)) or hasattr(names, "__iter__") else []


def _ended(batch: WriteBatch) -> Iterator[Stage]:
    joins = {kind.name for kind in STORED_RELATIONSHIP_TYPES}
    for name in sorted(batch.ended):
        table = batch.ended[name]
        if name not in joins:
            kind = node_type(name)
            yield Stage(Does.END_NODES, name, conformed(kind, table, ["id"]).sort_by("id"))
            continue
        relationship = stored_relationship(name)
        wanted = [*ENDS, *(p.name for p in relationship.identity)]
        yield from _joins(Does.END_RELATIONSHIPS, {name: conformed(relationship, table, wanted)})


def _checked_nodes(kind: NodeType, table: pa.Table) -> pa.Table:
    made = conformed(kind, table, kind.schema().names)
    if made["id"].null_count:
        raise refused("A node row has no id.", kind.name)
    _all_differ(kind.name, made, ["id"])
    return made.sort_by("id")


def _checked_relationships(kind: RelationshipType, table: pa.Table) -> pa.Table:
    made = conformed(kind, table, kind.schema().names)
    for end, types in (("from", kind.stored_sources()), ("to", kind.stored_targets())):
        fits = pc.is_in(made[f"{end}_type"], value_set=pa.array(types, pa.string()))
        if made[f"{end}_id"].null_count or not pc.all(fits, min_count=0).as_py():
            raise refused("Relationship rows have an end of another type, or none.", kind.name, end=end)
    _all_differ(kind.name, made, [*ENDS, *(p.name for p in kind.identity)])
    return made


def conformed(kind: NodeType | RelationshipType, table: pa.Table, wanted: Sequence[str]) -> pa.Table:
    """These columns in the types of the vocabulary; StoreError `store.batch` if they cannot be had."""
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise refused("A table of the batch lacks columns.", kind.name, columns=", ".join(missing))
    schema = kind.schema()
    try:
        return table.select(list(wanted)).cast(pa.schema([schema.field(name) for name in wanted]))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
        raise refused("A table of the batch has columns of other types.", kind.name) from None


def _all_differ(type_name: str, table: pa.Table, key: list[str]) -> None:
    different = table.select(key).group_by(key).aggregate([]).num_rows
    if different != table.num_rows:
        raise StoreError(
            "A batch names keys more than once.",
            code="store.duplicates",
            next_step="Merge the rows of one key before writing.",
            type=type_name,
            keys=table.num_rows - different,
        )


def refused(sentence: str, type_name: str, **facts: object) -> StoreError:
    """A batch that breaks the schemas of the vocabulary."""
    return StoreError(
        sentence, code="store.batch", next_step="Give the tables of the vocabulary's schema.", type=type_name, **facts
    )


def _reserved(nodes: dict[str, pa.Table], relationships: dict[str, pa.Table]) -> Iterator[Stage]:
    """Keys that relationships name and no row of this batch describes, by type."""
    for kind in NODE_TYPES:
        named = [
            table.filter(pc.equal(table[f"{end}_type"], pa.scalar(kind.name)))[f"{end}_id"]
            for table in relationships.values()
            for end in ("from", "to")
        ]
        chunks = [chunk for column in named for chunk in column.chunks]
        ids = pc.unique(pa.chunked_array(chunks, pa.string()))
        if kind.name in nodes:
            ids = ids.filter(pc.invert(pc.is_in(ids, value_set=nodes[kind.name]["id"].combine_chunks())))
        yield Stage(Does.RESERVE, kind.name, pa.Table.from_arrays([ids], names=["id"]).sort_by("id"))


def _between(table: pa.Table, source: str, target: str) -> Any:
    """Mask of the rows that lead from one type to another."""
    return pc.and_(pc.equal(table["from_type"], pa.scalar(source)), pc.equal(table["to_type"], pa.scalar(target)))


def _joins(does: Does, tables: dict[str, pa.Table]) -> Iterator[Stage]:
    for name, table in tables.items():
        kind = stored_relationship(name)
        for source in dict.fromkeys(kind.stored_sources()):
            for target in dict.fromkeys(kind.stored_targets()):
                of_pair = _between(table, source, target)
                rows = table.filter(of_pair).drop_columns(["from_type", "to_type"])
                across = _across(rows) if does is Does.WRITE_RELATIONSHIPS else ""
                ends = ("to_id", "from_id") if across == "to_id" else ("from_id", "to_id")
                order: list[Any] = [(column, "ascending") for column in (*ends, *(p.name for p in kind.identity))]
                yield Stage(does, name, rows.sort_by(order), source, target, across=across)


def _across(rows: pa.Table) -> str:
    """The end by which rows may be parted so that the other end is never shared, or only by hubs.

    Two transactions cannot both add to a node of few relationships; to a hub they can.
    """
    sources, targets = (pc.count_distinct(rows[end]).as_py() for end in ("from_id", "to_id"))
    fewer = min(sources, targets)
    if max(sources, targets) == rows.num_rows:
        return "from_id" if fewer == sources else "to_id"
    if fewer * _ROWS_OF_A_HUB > rows.num_rows:
        return ""
    return "to_id" if fewer == sources else "from_id"
