"""Persons weighed by the same means as firms. Called with prepared records; training is a command of its own.

m of every field comes of pairs with one document, m of the document of pairs with one name and birth date, u of pairs
drawn at random: no labels, and no field judges itself. Whether kin live together is counted in the same records: no
comparison of two records tells twins from one person whose given name and document were both replaced.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from loaders.resolve.columns import PAIR, Column, made, pc, whole
from loaders.resolve.linkage.database import opened
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.rows import make_rows
from loaders.resolve.linkage.training import blank_model, count_levels, frequent_values, level_shares
from loaders.resolve.linkage.weighing import weighed
from loaders.resolve.persons.records import AGREEING, COMPARED, COMPARISONS, FREQUENT, NEAR_IN_AGE, OTHER, PLACE

LINK, REVIEW = 4.0, 0.0
OWN_HOME, KIN_AT_HOME = "pairs_of_one_document_at_home", "pairs_of_kin_at_home"
_ALIKE = 0.01  # of kin in one home: twins, or father and son of one name
_ODDS = 50
_MILLION = 1_000_000
_BLOCK = 100
_BLOCKS = (
    *("unnest(document_gaps)", "surname || '|' || given_name", "birth_date || '|' || surname"),
    *("birth_date || '|' || given_name", "birth_date || '|' || postcode", "surname || '|' || postcode"),
    "birth_date || '|' || street",
    *("street || '|' || street_number || '|' || postcode", "given_name || '|' || street", "surname || '|' || street"),
)


def train_persons(persons: pa.Table, *, seed: int, pairs: int = 1_000_000) -> Model:
    """A model from prepared records, some of which bear one document; the same arguments give the same model."""
    rows = _rows(persons)
    with opened(f=rows) as connection:
        frequencies, rare = frequent_values(connection, FREQUENT)
        blank = blank_model(COMPARISONS, frequencies, rare, link=LINK, review=REVIEW)
        _make_rows(connection, blank)
        alike, named, apart = (
            count_levels(_weighed(connection, blank, query), COMPARISONS)
            for query in (_ONE_DOCUMENT, _ONE_NAME, _drawn(connection, persons.num_rows, seed, pairs))
        )
        own, kin = _at_home(_weighed(connection, blank, _ONE_HOME))
    same = {**alike, "document": named["document"]}
    total = persons.num_rows * (persons.num_rows - 1) / 2
    one, two = int(alike["document"].sum()), int(apart["document"].sum())
    return Model(
        prior=(one + 0.5) / max(total, 1),
        levels=level_shares(COMPARISONS, same, apart),
        frequencies=frequencies,
        rare=rare,
        link=LINK,
        review=REVIEW,
        block=_BLOCK,
        trained={"persons": persons.num_rows, "pairs_of_one_person": one, "pairs_of_two_persons": two}
        | {OWN_HOME: own, KIN_AT_HOME: kin},
    )


def shares_homes(model: Model) -> bool:
    """Whether kin may live together in the register that taught the model: so unless it was seen that they do not.

    A pair of one surname and home whose documents and given names, or documents and birth dates, are wholly different
    is one person with two slips, or twins, or father and son of one name. How often slips do that is in the model; how
    often such kin do follows of the share of kin at home, with 95 % certainty (three more than were seen: Hanley and
    Lippman-Hand 1983, J. Am. Med. Assoc. 249). Kin are ruled out if slips are `_ODDS` times as frequent.
    """
    own, kin = (model.trained.get(name, 0) for name in (OWN_HOME, KIN_AT_HOME))
    if not own:
        return True
    rate = {name: {level: m for level, (m, _) in of.items()} for name, of in model.levels.items()}
    born = rate["birth_date"][OTHER] + rate["birth_date"][NEAR_IN_AGE]
    slips = rate["document"][OTHER] * min(rate["given_name"][OTHER], born)
    return (kin + 3) / (own + kin) * _ALIKE * _ODDS > slips


def _at_home(table: pa.Table) -> tuple[int, int]:
    """Of pairs of one surname in one home: how many bear one document, and how many differ in all that tells kin."""
    one = _agree(table, "document", ("same",))
    differ = pc.and_(_agree(table, "given_name", (OTHER,)), _agree(table, "birth_date", (OTHER, NEAR_IN_AGE)))
    kin = pc.and_(pc.invert(_agree(table, "document")), differ)
    return pc.sum(one).as_py() or 0, pc.sum(kin).as_py() or 0


def link_persons(persons: pa.Table, model: Model, *, across: bool = False, households: bool | None = None) -> pa.Table:
    """Weighed pairs of prepared records.

    Args:
        persons: prepared; ids are unique.
        model: of `train_persons`.
        across: compare only records of different `source`.
        households: whether two persons of one surname and address may be among them; by default, whether they may
            be in the register that taught the model (`shares_homes`).

    Returns:
        `left, right` (ids, left < right), `weight` (int64 millionths of a bit), `verdict`:
        `same` from the model's `link` up if enough agrees, else `review`; pairs below its `review` are not kept.
    """
    ids = whole(persons.sort_by("id"), "id")
    with opened(f=_rows(persons)) as connection:
        _make_rows(connection, model)
        table = _weighed(connection, model, _candidates(model.block, across=across), least=model.review)
    weight = pc.round(pc.multiply(table["weight"], _MILLION)).cast(pa.int64())
    shared = shares_homes(model) if households is None else households
    linked = pc.and_(_supported(table, households=shared), pc.greater_equal(weight, round(model.link * _MILLION)))
    verdict = pc.if_else(linked, "same", "review")
    ends = {"left": ids.take(whole(table, "l")), "right": ids.take(whole(table, "r"))}
    return made({**ends, "weight": weight, "verdict": verdict}).sort_by(PAIR).combine_chunks()


def _rows(persons: pa.Table) -> pa.Table:
    ordered = persons.sort_by("id").combine_chunks()
    return ordered.append_column("row", pa.array(np.arange(ordered.num_rows)))


def _make_rows(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    make_rows(connection, model, compared=COMPARED, uses=())


def _weighed(
    connection: duckdb.DuckDBPyConnection, model: Model, query: str, *, least: float | None = None
) -> pa.Table:
    connection.execute(f"CREATE OR REPLACE TABLE candidates AS {query}")
    return weighed(connection, model, COMPARISONS, least=least)


_ONE_DOCUMENT = f"""
SELECT a.row AS l, b.row AS r FROM f a JOIN f b ON a.document = b.document AND a.row < b.row
WHERE a.document IN (SELECT document FROM f GROUP BY document HAVING count(*) <= {_BLOCK})
"""
_ONE_NAME = """
SELECT a.row AS l, b.row AS r FROM f a JOIN f b ON a.surname = b.surname AND a.given_name = b.given_name
    AND a.birth_date = b.birth_date AND a.row < b.row
"""
_ONE_HOME = f"""
WITH homes AS (
    SELECT row, surname, street, street_number, locality, postcode FROM f
    WHERE surname || street || street_number IS NOT NULL
    QUALIFY count(*) OVER (PARTITION BY surname, street, street_number) <= {_BLOCK}
)
SELECT a.row AS l, b.row AS r FROM homes a JOIN homes b USING (surname, street, street_number)
WHERE a.row < b.row AND (a.locality = b.locality OR a.postcode = b.postcode)
"""


def _drawn(connection: duckdb.DuckDBPyConnection, count: int, seed: int, pairs: int) -> str:
    """Query of random pairs; few of them are one person."""
    chance = np.random.default_rng(seed)
    table = made({name: chance.integers(0, max(count, 1), pairs) for name in ("l", "r")})
    connection.register("given_drawn", table)
    connection.execute("CREATE OR REPLACE TABLE drawn AS FROM given_drawn")
    connection.unregister("given_drawn")
    return (
        "SELECT DISTINCT least(l, r) AS l, greatest(l, r) AS r FROM drawn JOIN f a ON a.row = l JOIN f b ON b.row = r "
        "WHERE l <> r AND a.document IS DISTINCT FROM b.document"
    )


def _candidates(most: int, *, across: bool) -> str:
    """Query of pairs that share a value which at most so many records share."""
    keys = " UNION ALL ".join(
        f"SELECT {place} AS block, row, source, {value} AS value FROM f" for place, value in enumerate(_BLOCKS)
    )
    apart = "AND a.source IS DISTINCT FROM b.source" if across else ""
    return (
        "WITH keys AS (SELECT DISTINCT block, row, source, hash(value) AS value "
        f"FROM ({keys}) WHERE value IS NOT NULL), "
        f"small AS (SELECT block, value FROM keys GROUP BY ALL HAVING count(*) BETWEEN 2 AND {most}), "
        "kept AS (SELECT keys.* FROM keys JOIN small USING (block, value)) "
        "SELECT DISTINCT a.row AS l, b.row AS r FROM kept a JOIN kept b USING (block, value) "
        f"WHERE a.row < b.row {apart}"
    )


def _supported(table: pa.Table, *, households: bool) -> Column:
    """Which pairs agree in enough; a name, of one word or two, is never enough.

    One document and anything else. Else, where `households` are in the records: three of given name, surname, birth
    date and place, if neither given names nor birth dates differ, as those of father and son or of twins do (if one is
    not told, documents that differ tell as much); or both names in one home, if no generation lies between: no two of a
    generation in one home bear both names. Where households are not: two of name, birth date and place.
    """
    given, surname, birth = (_agree(table, name) for name in ("given_name", "surname", "birth_date"))
    place = pc.or_(pc.or_(_agree(table, PLACE[0]), _agree(table, PLACE[1])), _agree(table, PLACE[2]))
    anything = pc.or_(pc.or_(given, surname), pc.or_(birth, place))
    documented = pc.and_(_agree(table, "document"), anything)
    if not households:
        return pc.or_(documented, pc.greater(_count(pc.or_(given, surname), birth, place), 1))
    near = _agree(table, "birth_date", (NEAR_IN_AGE,))
    differs = pc.or_(pc.equal(table["gamma_given_name"], 0), pc.or_(pc.equal(table["gamma_birth_date"], 0), near))
    silent = pc.or_(pc.equal(table["gamma_given_name"], -1), pc.equal(table["gamma_birth_date"], -1))
    differs = pc.or_(differs, pc.and_(silent, _agree(table, "document", (OTHER,))))
    most = pc.and_(pc.greater(_count(given, surname, birth, place), 2), pc.invert(differs))
    home = pc.and_(pc.and_(_agree(table, "street"), _agree(table, "street_number")), _agree(table, "locality"))
    namesake = pc.and_(pc.and_(given, surname), pc.and_(near, home))
    return pc.or_(documented, pc.or_(most, namesake))


def _count(*groups: Column) -> Column:
    """How many of the groups agree."""
    total = groups[0].cast(pa.int64())
    for group in groups[1:]:
        total = pc.add(total, group.cast(pa.int64()))
    return total


def _agree(table: pa.Table, field: str, agreeing: tuple[str, ...] = AGREEING) -> Column:
    """Which pairs agree in the field, that is: are at one of these levels."""
    (levels,) = (one.levels for one in COMPARISONS if one.field == field)
    places = [place for place, level in enumerate(reversed(levels)) if level.name in agreeing]
    return pc.is_in(table[f"gamma_{field}"].cast(pa.int64()), pa.array(places, pa.int64()))
