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

from loaders.resolve.columns import PAIR, Column, Text, in_order, made, pc, places_of, whole
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
from loaders.resolve.linkage.rules import Certain, certain, certain_before
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


@dataclass(frozen=True, slots=True)
class Former:
    """What stood before a batch, scored with the same model.

    Attributes:
        pairs: as `Scored.pairs`.
        ended: prepared registrations that are gone, or are no longer so.
        fresh: ids of those that are new or no longer as they were.
    """

    pairs: pa.Table
    ended: pa.Table
    fresh: Text


@dataclass(frozen=True, slots=True)
class Again:
    """What is known after a batch.

    Attributes:
        scored: of all registrations.
        beside: ids of registrations that were weighed again, and of all that bear a value of theirs. Without any other
            registration the same pairs would have been found.
        stirred: ids of those about which something else may be known than before: weighed again, or once in a pair
            with such a one.
    """

    scored: Scored
    beside: Text
    stirred: Text


def score(fields: pa.Table, model: Model) -> Scored:
    """Weigh all prepared registrations against each other; ids are unique."""
    return _scored(in_order(fields), model, None).scored


def ruled(fields: pa.Table) -> Scored:
    """What rules alone say of all prepared registrations: no pair is weighed."""
    ordered = in_order(fields)
    told = certain(ordered)
    identifiers = identifiers_of(ordered, told)
    return Scored(identifiers, told.pairs, told.refused, pairs=pa.table({}), oversized=pa.table({}))


def score_more(known: pa.Table, before: Scored, fresh: pa.Table, model: Model) -> Scored:
    """What `score` says of the known and the fresh registrations together.

    Args:
        known: prepared registrations that were scored.
        before: what was said of them, with the same model.
        fresh: prepared registrations; one that is known already takes the known one's place.
        model: that of `before`.
    """
    ids = whole(fresh, "id")
    changed = pc.is_in(known["id"], ids)
    fields = pa.concat_tables([known.filter(pc.invert(changed)), fresh])
    return score_again(fields, Former(before.pairs, known.filter(changed), ids), model).scored


def score_again(fields: pa.Table, former: Former, model: Model) -> Again:
    """What `score` says of all registrations, weighed only where something changed.

    Args:
        fields: all prepared registrations that are there now.
        former: what stood before.
        model: that of `former`.
    """
    return _scored(in_order(fields), model, former)


def _scored(fields: pa.Table, model: Model, former: Former | None) -> Again:
    told = certain(fields)
    identifiers = identifiers_of(fields, told)
    rows = _then_and_now(fields, rows_of(fields, identifiers), told, former)
    ids = whole(fields, "id")
    beside = stirred = ids[:0]
    with opened(f=rows) as connection:
        make_keys(connection, model.block)
        count_uses(connection, "uses", where="now")
        affected = _find_affected(connection, model)
        make_candidates(connection, model.block)
        make_rows(connection, model, where="f.row IN (SELECT l FROM candidates UNION SELECT r FROM candidates)")
        pairs = _pairs(weighed(connection, model, least=min(model.link, model.review)), ids, model)
        left_out = _oversized(arrow(connection, oversized(model.block)), ids)
        if former is not None:
            beside = ids.take(whole(arrow(connection, _BESIDE), "row"))
    if former is not None:
        stays = _staying(former.pairs, ids, affected)
        gone = former.pairs.filter(pc.invert(stays))
        stirred = pa.concat_arrays([ids.take(pa.array(affected)), *(whole(gone, end) for end in ("left", "right"))])
        pairs = pa.concat_tables([former.pairs.filter(stays), pairs]).sort_by(PAIR).combine_chunks()
    return Again(Scored(identifiers, told.pairs, told.refused, pairs, left_out), beside, stirred)


_BESIDE = " UNION ".join(
    (
        "FROM affected",
        "SELECT row FROM keys SEMI JOIN (FROM keys SEMI JOIN affected USING (row)) USING (block, value) WHERE now",
        "SELECT row FROM f WHERE now AND legal IN (SELECT legal FROM f SEMI JOIN affected USING (row))",
        *(f"SELECT row FROM f WHERE now AND {name} IN (SELECT {name} FROM weighed)" for name in USES),
    )
)
_THEN = ("was_entity", "was_group")


def _then_and_now(fields: pa.Table, rows: pa.Table, told: Certain, former: Former | None) -> pa.Table:
    """The rows, and behind them those that are no longer so; each with what it is `now` and `was` before.

    A row that a batch brings is `now` and was not; the former row of its id `was`, and is at another place.
    """
    count = rows.num_rows
    once, never = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    then = [whole(rows, name) for name in ("entity", "group")]
    if former is None:
        return _dated(rows, now=once, was=never, then=then)
    stands = pc.invert(pc.is_in(whole(rows, "id"), former.fresh)).to_numpy(zero_copy_only=False)
    touched = certain_before(fields, told, stands, former.ended)
    said = identifiers_of(touched.fields, touched.told)
    again = np.zeros(count, np.bool_)
    again[touched.place[touched.place >= 0]] = True
    stayed, gone = (said.filter(pa.array(side)) for side in (touched.place >= 0, touched.place < 0))
    then = [
        pc.replace_with_mask(column, pa.array(again), whole(stayed, name))
        for column, name in zip(then, ("entity", "group"), strict=True)
    ]
    ended = rows_of(touched.fields.filter(pa.array(touched.place < 0)), gone, first=count)
    stood = [whole(ended, name) for name in ("entity", "group")]
    past = np.ones(len(ended), np.bool_)
    were = _dated(ended, now=~past, was=past, then=stood)
    return pa.concat_tables([_dated(rows, now=once, was=stands, then=then), were])


def _dated(rows: pa.Table, *, now: np.ndarray, was: np.ndarray, then: list[Text]) -> pa.Table:
    """The rows with `now`, `was`, and their entity and group before."""
    columns = dict(zip(rows.column_names, rows.columns, strict=True))
    former = dict(zip(_THEN, then, strict=True))
    return made({**columns, "now": now, "was": was, **former, "was_needy": pc.is_null(then[0])})


def identifiers_of(fields: pa.Table, told: Certain) -> pa.Table:
    """`Scored.identifiers`, in order of the fields."""
    ids = whole(fields, "id")
    columns = {"legal": told.legal, "entity": told.entity, "branch": whole(fields, "branch")}
    return made({"id": ids, **columns, "group": ids.take(pa.array(told.first))})


def rows_of(fields: pa.Table, identifiers: pa.Table, *, first: int = 0) -> pa.Table:
    """Everything that is blocked and weighed by; fields and identifiers in one order, rows numbered from `first`."""
    entity = whole(identifiers, "entity")
    columns = {name: fields[name] for name in dict.fromkeys((*COMPARED, "id", "region", "former_sounds"))}
    return made(
        {
            **columns,
            "row": np.arange(first, first + fields.num_rows),
            "entity": entity,
            "legal": identifiers["legal"],
            "needy": pc.is_null(entity),
            "group": identifiers["group"],
        }
    )


def _find_affected(connection: duckdb.DuckDBPyConnection, model: Model) -> np.ndarray:
    """Make `affected (row)`, and give these rows: all that are new, and those that a change reaches."""
    if not connection.sql("SELECT bool_or(was) FROM f").fetchall()[0][0]:
        connection.execute("CREATE TABLE affected AS SELECT row FROM f WHERE now")
    else:
        count_uses(connection, "former_uses", entity="was_entity", where="was")
        changed = (
            "SELECT coalesce(n.field, o.field) AS field, coalesce(n.value, o.value) AS value FROM uses n "
            "FULL JOIN former_uses o USING (field, value) WHERE n.use IS DISTINCT FROM o.use"
        )
        borne = " UNION ".join(
            f"SELECT row FROM f JOIN changed c ON c.field = '{name}' AND c.value = f.{name} WHERE now" for name in USES
        )
        connection.execute(
            f"CREATE TABLE affected AS WITH changed AS ({changed}) {borne} UNION {crossed(model.block)} UNION "
            'SELECT row FROM f WHERE now AND (NOT was OR entity IS DISTINCT FROM was_entity OR "group" <> was_group)'
        )
    return np.asarray(whole(arrow(connection, "FROM affected"), "row").to_numpy())


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


def _staying(before: pa.Table, ids: Text, affected: np.ndarray) -> Column:
    """Which former pairs are of registrations that are still there and not affected."""
    stays = np.ones(len(ids) + 1, np.bool_)
    stays[affected] = stays[-1] = False  # who is no longer there is at the last place
    ends = places_of(ids, *(whole(before, end) for end in ("left", "right")))
    left, right = (stays[pc.fill_null(end, len(ids)).to_numpy()] for end in ends)
    return pa.array(left & right)


def _oversized(table: pa.Table, ids: Text) -> pa.Table:
    return made(
        {
            "block": pa.array(BLOCKS).take(whole(table, "block")),
            "rows": table["rows"],
            "pairs": table["pairs"].cast(pa.int64()),
            "example": ids.take(whole(table, "row")),
        }
    )
