"""Why two registrations are one firm, or why not: field by field, with weights. Data only; wording is the caller's.

Called for one pair at a time. The pair is weighed by the code that weighs all pairs, among all prepared registrations,
because how many firms bear a telephone is part of the answer. No value is given back: whoever may see them has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from graph.errors import NotFoundError
from loaders.resolve.columns import pc, texts, whole
from loaders.resolve.linkage.comparisons import COMPARISONS, USES
from loaders.resolve.linkage.database import opened
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.rows import count_uses, make_rows
from loaders.resolve.linkage.rules import REFUSALS
from loaders.resolve.linkage.scoring import Scored, names_agree, rows_of
from loaders.resolve.linkage.weighing import weighed

_MILLION = 1_000_000
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FieldReason:
    """A field, at which level its two values compare, and what that adds, in millionths of a bit."""

    field: str
    level: str
    weight: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why `left` and `right` are or are not one firm.

    Attributes:
        rule: by which rule the two are joined themselves, if they are.
        joined: whether rules join them, be it through others.
        conflict: one of `rules.REFUSALS`, if they may not be one firm.
        fields: in the order of the comparisons; their weights and `prior` make `total`, but for rounding.
        prior: before anything is compared, in millionths of a bit.
        total: in millionths of a bit.
        link: the model's threshold in millionths of a bit.
        named: whether the names agree, without which no weight joins.
    """

    left: str
    right: str
    rule: str | None
    joined: bool
    conflict: str | None
    fields: tuple[FieldReason, ...]
    prior: int
    total: int
    link: int
    named: bool


def explain(left: str, right: str, *, fields: pa.Table, scored: Scored, model: Model) -> Explanation:
    """Explain a pair of registrations.

    Args:
        left: id of one.
        right: id of the other.
        fields: all prepared registrations.
        scored: what was said of them with the model.
        model: by which they were scored.

    Raises:
        NotFoundError: if one of them is not there.
    """
    identifiers = _of_both(scored.identifiers, left, right)
    table = _weighed(fields, scored, model, left, right)
    (row,) = table.to_pylist()
    weights = tuple(_reason(one.field, [level.name for level in reversed(one.levels)], row) for one in COMPARISONS)
    total = round(row["weight"] * _MILLION)
    return Explanation(
        left=left,
        right=right,
        rule=_rule(scored.rules, left, right),
        joined=identifiers[left]["group"] == identifiers[right]["group"],
        conflict=_conflict(identifiers[left], identifiers[right]),
        fields=weights,
        prior=total - sum(one.weight for one in weights),
        total=total,
        link=round(model.link * _MILLION),
        named=bool(names_agree(table)[0].as_py()),
    )


def _of_both(identifiers: pa.Table, left: str, right: str) -> Mapping[str, Mapping[str, str | None]]:
    rows = identifiers.filter(pc.is_in(identifiers["id"], texts([left, right]))).to_pylist()
    found = {str(row["id"]): row for row in rows}
    if not {left, right} <= set(found):
        raise NotFoundError("a registration is not there", next_step="ask for two registrations that are")
    return found


def _weighed(fields: pa.Table, scored: Scored, model: Model, left: str, right: str) -> pa.Table:
    """The pair weighed among all registrations that bear one of its values."""
    ordered = fields.sort_by("id")
    rows = rows_of(ordered, scored.identifiers)
    both = rows.filter(pc.is_in(rows["id"], texts([left, right])))
    beside = pc.is_in(rows["id"], texts([left, right]))
    for name in USES:
        beside = pc.or_(beside, pc.and_(pc.is_valid(rows[name]), pc.is_in(rows[name], whole(both, name).drop_null())))
    places = {row["id"]: row["row"] for row in both.select(["id", "row"]).to_pylist()}
    with opened(f=rows.filter(beside)) as connection:
        count_uses(connection, "uses")
        make_rows(connection, model)
        low, high = sorted((places[left], places[right]))
        connection.execute(f"CREATE TABLE candidates AS SELECT {low}::BIGINT AS l, {high}::BIGINT AS r")
        return weighed(connection, model, parts=True)


def _reason(field: str, levels: list[str], row: Mapping[str, float]) -> FieldReason:
    gamma = int(row[f"gamma_{field}"])
    weight = row[f"mw_{field}"] + row.get(f"mw_tf_adj_{field}", 0.0)
    return FieldReason(field, UNKNOWN if gamma < 0 else levels[gamma], round(weight * _MILLION))


def _rule(rules: pa.Table, left: str, right: str) -> str | None:
    low, high = min(left, right), max(left, right)
    found = rules.filter(pc.and_(pc.equal(rules["left"], low), pc.equal(rules["right"], high)))["rule"].to_pylist()
    return str(found[0]) if found else None


def _conflict(one: Mapping[str, str | None], other: Mapping[str, str | None]) -> str | None:
    codes, offices = REFUSALS
    if one["legal"] is not None and other["legal"] is not None and one["legal"] != other["legal"]:
        return codes
    return offices if (one["branch"] is None) != (other["branch"] is None) else None
