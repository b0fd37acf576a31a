"""Prepared registrations and a model in, weighed pairs out; all at once, or a batch against what is there.

The result is a function of all registrations and the model, and nothing is trained: `score_more` weighs again what a
batch changes (its own rows, and rows whose value became shared by more firms, whose block became too large, or whose
code became known) and nothing else, and ends where `score` of everything ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from loaders.resolve.columns import PAIR, Column, Text, made, pc, whole
from loaders.resolve.linkage.blocking import BLOCKS, crossed, make_candidates, make_keys, oversized
from loaders.resolve.linkage.comparisons import (
    COMPARED,
    NAME,
    NAMED,
    NEARLY_NAMED,
    PERSON,
    REPRESENTED,
    USES,
    Comparison,
)
from loaders.resolve.linkage.database import arrow, opened
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.rows import count_uses, make_rows
from loaders.resolve.linkage.rules import Certain, certain, smallest
from loaders.resolve.linkage.weighing import weighed

SAME, REVIEW = "same", "review"
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Scored:
    """What is known of n registrations; all tables in order of ids.

    Attributes:
        identifiers: `id`, `legal`, `entity` (see `rules.Certain`), `branch`, `group` (smallest id that rules join).
        rules: `left, right, rule`.
        refused: `left, right, rule, reason`.
        pairs: `left, right`, `weight` (int64 millionths of a bit), `verdict`: `same` from the model's `link` up if the
            names agree, else `review` from the model's `review` up; other pairs are not kept.
        oversized: `block`, `rows`, `pairs` that were not compared, `example` (id): values that too many share.
    """

    identifiers: pa.Table
    rules: pa.Table
    refused: pa.Table
    pairs: pa.Table
    oversized: pa.Table


def score(fields: pa.Table, model: Model) -> Scored:
    """Weigh all prepared registrations against each other; ids are unique."""
    return _scored(_in_order(fields), model, None)


def ruled(fields: pa.Table) -> Scored:
    """What rules alone say of all prepared registrations: no pair is weighed."""
    ordered = fields.sort_by("id").combine_chunks()
    told = certain(ordered)
    return Scored(_identifiers(ordered, told), told.pairs, told.refused, pairs=pa.table({}), oversized=pa.table({}))


def score_more(known: pa.Table, before: Scored, fresh: pa.Table, model: Model) -> Scored:
    """What `score` says of the known and the fresh registrations together.

    Args:
        known: prepared registrations that were scored.
        before: what was said of them, with the same model.
        fresh: prepared registrations; one that is known already takes the known one's place.
        model: that of `before`.
    """
    kept = known.filter(pc.invert(pc.is_in(known["id"], whole(fresh, "id"))))
    fields = pa.concat_tables([kept, fresh]).sort_by("id").combine_chunks()
    former = _in_order(known)
    return _scored(fields, model, _Former(before, rows_of(former, before.identifiers), whole(fresh, "id")))


def _in_order(fields: pa.Table) -> pa.Table:
    """The rows by id; those that are in order already are not moved."""
    ids = whole(fields, "id")
    if pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py() is not False:
        return fields.combine_chunks()
    return fields.sort_by("id").combine_chunks()


@dataclass(frozen=True, slots=True)
class _Former:
    """What was there before a batch, and the ids of the batch."""

    said: Scored
    rows: pa.Table
    fresh: Text


def _scored(fields: pa.Table, model: Model, former: _Former | None) -> Scored:
    told = certain(fields)
    identifiers = _identifiers(fields, told)
    rows = rows_of(fields, identifiers)
    ids = whole(fields, "id")
    with opened(f=rows) as connection:
        make_keys(connection, "f", model.block)
        count_uses(connection, "f", "uses")
        affected = _find_affected(connection, model, former)
        make_candidates(connection, "f", model.block)
        make_rows(connection, model, where="f.row IN (SELECT l FROM candidates UNION SELECT r FROM candidates)")
        pairs = _pairs(weighed(connection, model, least=min(model.link, model.review)), ids, model)
        left_out = _oversized(arrow(connection, oversized("f", model.block)), ids)
    if former is not None:
        pairs = _merged(former.said.pairs, pairs, ids, ids.take(affected))
    return Scored(identifiers, told.pairs, told.refused, pairs, left_out)


def _identifiers(fields: pa.Table, told: Certain) -> pa.Table:
    ids = whole(fields, "id")
    left, right = (pc.index_in(whole(told.pairs, name), ids).to_numpy() for name in ("left", "right"))
    group = smallest(left, right, len(ids))
    columns = {"legal": told.legal, "entity": told.entity, "branch": whole(fields, "branch")}
    return made({"id": ids, **columns, "group": ids.take(pa.array(group))})


def rows_of(fields: pa.Table, identifiers: pa.Table) -> pa.Table:
    """Everything that is blocked and weighed by; fields and identifiers in one order."""
    entity = whole(identifiers, "entity")
    columns = {name: fields[name] for name in dict.fromkeys((*COMPARED, "id", "region", "former_sounds"))}
    return made(
        {
            **columns,
            "row": np.arange(fields.num_rows),
            "entity": entity,
            "needy": pc.is_null(entity),
            "group": identifiers["group"],
        }
    )


def _find_affected(connection: duckdb.DuckDBPyConnection, model: Model, former: _Former | None) -> Column:
    """Make `affected (row)`, and give these rows."""
    if former is None:
        connection.execute("CREATE TABLE affected AS SELECT row FROM f")
        return whole(arrow(connection, "FROM affected"), "row")
    for name, table in (("former", former.rows), ("fresh", made({"id": former.fresh}))):
        connection.register(f"given_{name}", table)
        connection.execute(f"CREATE TABLE {name} AS FROM given_{name}")
        connection.unregister(f"given_{name}")
    make_keys(connection, "former", model.block)
    count_uses(connection, "former", "former_uses")
    changed = (
        "SELECT coalesce(n.field, o.field) AS field, coalesce(n.value, o.value) AS value FROM uses n "
        "FULL JOIN former_uses o USING (field, value) WHERE n.use IS DISTINCT FROM o.use"
    )
    borne = " UNION ".join(
        f"SELECT row FROM f JOIN changed c ON c.field = '{name}' AND c.value = f.{name}" for name in USES
    )
    connection.execute(
        f"CREATE TABLE affected AS WITH changed AS ({changed}) {borne} UNION {crossed('f', 'former', model.block)} "
        "UNION SELECT row FROM f WHERE id IN (FROM fresh) UNION SELECT f.row FROM f JOIN former o USING (id) "
        'WHERE f.entity IS DISTINCT FROM o.entity OR f."group" <> o."group"'
    )
    return whole(arrow(connection, "FROM affected"), "row")


def _pairs(table: pa.Table, ids: Text, model: Model) -> pa.Table:
    weight = pc.round(pc.multiply(table["weight"], _MILLION)).cast(pa.int64())
    linked = pc.and_(names_agree(table), pc.greater_equal(weight, round(model.link * _MILLION)))
    found = made(
        {
            "left": ids.take(whole(table, "l")),
            "right": ids.take(whole(table, "r")),
            "weight": weight,
            "verdict": pc.if_else(linked, SAME, REVIEW),
        }
    )
    kept = pc.or_(linked, pc.greater_equal(weight, round(model.review * _MILLION)))
    return found.filter(kept).sort_by(PAIR).combine_chunks()


def names_agree(table: pa.Table) -> Column:
    """Which weighed pairs have names that agree, or nearly do and have one representative."""
    nearly = pc.and_(_at(table, NAME, NEARLY_NAMED), _at(table, PERSON, REPRESENTED))
    return pc.or_(_at(table, NAME, NAMED), nearly)


def _at(table: pa.Table, comparison: Comparison, levels: tuple[str, ...]) -> Column:
    """Which pairs are at one of these levels; Splink counts them from the last."""
    names = [level.name for level in reversed(comparison.levels)]
    places = pa.array([names.index(level) for level in levels], pa.int64())
    return pc.is_in(table[f"gamma_{comparison.field}"].cast(pa.int64()), places)


def _merged(before: pa.Table, found: pa.Table, ids: Text, affected: Text) -> pa.Table:
    """Former pairs of registrations that are still there and not affected, and those found now."""
    stays = [
        pc.and_(pc.is_in(before[end], ids), pc.invert(pc.is_in(before[end], affected))) for end in ("left", "right")
    ]
    return pa.concat_tables([before.filter(pc.and_(*stays)), found]).sort_by(PAIR).combine_chunks()


def _oversized(table: pa.Table, ids: Text) -> pa.Table:
    return made(
        {
            "block": pa.array(BLOCKS).take(whole(table, "block")),
            "rows": table["rows"],
            "pairs": table["pairs"].cast(pa.int64()),
            "example": ids.take(whole(table, "row")),
        }
    )
