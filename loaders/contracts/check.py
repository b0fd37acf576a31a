"""Types and checks the rows of a record: `raw_<record>` → `rows_<record>`, faults → `rejects`, warnings → `issues`.

Called by `loaders.run` for each record that arrived. One pass types all rows and marks those with a fault; only these
are typed again and looked at rule by rule, so that every fault of a row is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph.model.currencies import HUNDREDTHS, exponent_of
from loaders.contracts.columns import DATED, PARSERS, WRITTEN, Arrived, Check, Column, Form, Record
from loaders.staging.engine import FILE_NAMES, SOURCE_NAMES, Staging

_SQL_TYPE = {
    Form.MONEY: "BIGINT",
    Form.RATE: "BIGINT",
    Form.INTEGER: "BIGINT",
    Form.BOOLEAN: "BOOLEAN",
    Form.DATE: "DATE",
    Form.MONTH: "DATE",
    Form.TIME: "TIMESTAMP",
    Form.INSTANT: "TIMESTAMPTZ",
}
_FIRST_DAY, _LAST_DAY = "1949-01-01", "2101-01-01"
_MATERIALIZED = "MATERIALIZED"  # else the planner would inline every parse into everything derived from it
_CHEAP = frozenset({Form.BOOLEAN})
_PLACES = f"_rid, _row, CAST(_file AS {FILE_NAMES}) AS _file, _table"

REJECTS = """CREATE TABLE rejects (rid BIGINT, record VARCHAR, file VARCHAR, "table" VARCHAR, "row" BIGINT,
    rule VARCHAR, "column" VARCHAR, what VARCHAR, content VARCHAR)"""
ISSUES = """CREATE TABLE issues (rule VARCHAR, subject_type VARCHAR, subject VARCHAR, columns VARCHAR, what VARCHAR,
    source VARCHAR, file VARCHAR, "row" BIGINT)"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over the typed view, and what to say of a row that meets it."""

    rule: str
    column: str
    condition: str
    what: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a row without its own value gets. `as_at`: SQL timestamp text or None."""

    currency: str
    as_at: str | None


@dataclass(frozen=True, slots=True)
class _Given:
    """The columns that hold any value, in declared order, and the names of those that are parsed already."""

    columns: tuple[Column, ...]
    plain: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    def parsed(self) -> list[Column]:
        """Columns whose value is not their text: the text is kept beside it until the checks are done."""
        return [c for c in self.columns if c.name not in self.plain and (c.form in WRITTEN or c.order)]


def check_record(staging: Staging, record: Record, *, arrived: Arrived, defaults: Defaults) -> None:
    """Make `rows_<record>` of the raw rows, and file rejects and issues. `arrived`: what its columns hold.

    The typed table has the declared columns typed, `<time>_precision`, `<instant>_offset`, `<party>_party`, the
    derived columns, and `_rid, _row, _file, source, as_at`.
    """
    given = _given(staging, record, arrived, defaults)
    typed = _typed_rows(record, given, defaults)
    whole = _derived(record, _joined(record, given, "FROM typed"), arrived)
    refused = (*_form_faults(record, given), *(_checked(check) for check in record.refused))
    warned = (*_form_doubts(given), *(_checked(check) for check in record.warned))
    once = "" if all(column.form in _CHEAP or column.order for column in given.parsed()) else _MATERIALIZED
    staging.run(
        f"CREATE TABLE rows_{record.name} AS WITH typed AS {once} ({typed} FROM raw_{record.name}) "
        f"SELECT *{_without_texts(given)}, {_any(refused)} AS _bad, {_any(warned)} AS _doubt FROM ({whole})"
    )
    at_fault = f"SELECT _rid FROM rows_{record.name} WHERE _bad OR _doubt"
    if not staging.value(f"SELECT count(*) FROM ({at_fault})"):
        return
    staging.run(f"CREATE TEMP TABLE typed AS {typed} FROM (FROM raw_{record.name} WHERE _rid IN ({at_fault}))")
    staging.run(f"CREATE TEMP TABLE looked_at AS {whole}")
    _file_rejects(staging, record, refused)
    _file_issues(staging, record, warned)
    staging.run("DROP TABLE looked_at")
    staging.run("DROP TABLE typed")


def _given(staging: Staging, record: Record, arrived: Arrived, defaults: Defaults) -> _Given:
    columns = tuple(column for column in record.all_columns() if column.name in arrived.filled)
    amounts = frozenset(column.name for column in columns if column.form is Form.MONEY)
    # Parsed amounts are hundredths: true only where every row's currency has them.
    plain = arrived.plain if _all_in_hundredths(staging, record, arrived, defaults) else arrived.plain - amounts
    return _Given(columns, plain)


def _all_in_hundredths(staging: Staging, record: Record, arrived: Arrived, defaults: Defaults) -> bool:
    named = {defaults.currency}
    if "currency" in arrived.filled:
        rows = staging.rows(f"SELECT DISTINCT upper(currency) FROM raw_{record.name} WHERE currency IS NOT NULL")
        named |= {row[0] for row in rows}
    return all(exponent_of(currency) == HUNDREDTHS for currency in named)


# --- the typed view


def _typed_rows(record: Record, given: _Given, defaults: Defaults) -> str:
    names = given.names
    typed = ", ".join(
        f'{_typed(column, given, defaults) if column.name in names else _null(column)} AS "{column.name}"'
        for column in record.all_columns()
        if column.name not in {"source", "as_at", "currency"}
    )
    extra = "".join(_extra(column, given) for column in record.all_columns())
    texts = "".join(f', "{column.name}" AS "{column.name}__text"' for column in given.parsed())
    currency = _currency(record, defaults)
    stated = '"as_at__plain"' if "as_at" in given.plain else "civil_time(as_at)"
    source = "coalesce(source, _source)" if "source" in names else f"CAST(_source AS {SOURCE_NAMES})"
    said = f"coalesce({stated}, {_timestamp(defaults.as_at)})"
    return f"SELECT {_PLACES}, {source} AS source, {said} AS as_at, {currency} AS currency, {typed}{extra}{texts}"


def _typed(column: Column, given: _Given, defaults: Defaults) -> str:
    name = f'"{column.name}"'
    if column.name in given.plain:
        return f'"{column.name}__plain"'
    if column.order:
        allowed = ", ".join(f"'{value}'" for value in column.order)
        return f"CASE WHEN lower({name}) IN ({allowed}) THEN lower({name}) END"
    if column.form is Form.MONEY:
        return f"money({name}, {_exponent(defaults)})"
    parser = PARSERS.get(column.form)
    return f"{parser}({name})" if parser else name


def _exponent(defaults: Defaults) -> str:
    return f"exponent(coalesce(upper(currency), '{defaults.currency}'))"


def _currency(record: Record, defaults: Defaults) -> str:
    named = any(column.name == "currency" for column in record.columns)
    return f"coalesce(upper(currency), '{defaults.currency}')" if named else f"'{defaults.currency}'"


def _timestamp(text: str | None) -> str:
    return f"TIMESTAMP '{text}'" if text else "NULL::TIMESTAMP"


def _null(column: Column) -> str:
    return f"NULL::{_SQL_TYPE.get(column.form, 'VARCHAR')}"


def _extra(column: Column, given: _Given) -> str:
    """The precision of a time, the offset of an instant."""
    if column.name == "as_at" or column.form not in {Form.TIME, Form.INSTANT}:
        return ""
    name, macro, sql_type = (
        ("precision", "time_precision", "VARCHAR")
        if column.form is Form.TIME
        else ("offset", "offset_minutes", "BIGINT")
    )
    value = f'{macro}("{column.name}")' if column.name in given.names else f"NULL::{sql_type}"
    if column.name in given.plain:
        value = f'"{column.name}__plain_precision"'
    return f', {value} AS "{column.name}_{name}"'


def _joined(record: Record, given: _Given, base: str) -> str:
    """The party of each reference: by its number through `numbers`, else by its name."""
    if not record.parties:
        return base
    names = given.names
    parties, joins = [], []
    for place, ref in enumerate(record.parties):
        by_name = (
            f'party_of(NULL, "{ref}_name", "{ref}_country", "{ref}_postcode")'
            if ref in record.named_parties and f"{ref}_name" in names
            else "NULL"
        )
        if ref in names:
            parties.append(f'coalesce(n{place}.party, {by_name}) AS "{ref}_party", n{place}.shown AS "{ref}_shown"')
            joins.append(f'LEFT JOIN numbers n{place} ON n{place}.raw = b."{ref}"')
        else:
            parties.append(f'CAST({by_name} AS VARCHAR) AS "{ref}_party", NULL::VARCHAR AS "{ref}_shown"')
    return f"SELECT b.*, {', '.join(parties)} FROM ({base}) b {' '.join(joins)}"


def _derived(record: Record, base: str, arrived: Arrived) -> str:
    """Derived columns, each in a SELECT of its own level so that it can use the ones before it."""
    for name, expression in record.derived.items():
        filler = record.fillers.get(name)
        stated = f'"{filler}"' if filler in arrived.whole else expression
        base = f'SELECT *, {stated} AS "{name}" FROM ({base})'
    return base


# --- rules


def _form_faults(record: Record, given: _Given) -> tuple[Rule, ...]:
    rules = [
        Rule("required", column.name, f'"{column.name}" IS NULL', f"{column.name} is empty")
        for column in record.columns
        if column.required and column not in given.columns
    ]
    for column in given.columns:
        rules.extend(_faults_of(column, plain=column.name in given.plain))
    return tuple(rules)


def _faults_of(column: Column, *, plain: bool) -> list[Rule]:
    name = f'"{column.name}"'
    text = f'"{column.name}__text"'
    rules = []
    if column.form in WRITTEN and not plain:
        digits = rf" AND regexp_matches({text}, '\d')" if column.form is Form.RATE else ""
        rules.append(
            Rule(
                column.form.value,
                column.name,
                f"{text} IS NOT NULL AND {name} IS NULL{digits}",
                f"{column.name} is not {WRITTEN[column.form]}",
            )
        )
    if column.required:
        stated = text if not plain and (column.form in WRITTEN or column.order) else name
        rules.append(Rule("required", column.name, f"{stated} IS NULL", f"{column.name} is empty"))
    if column.form in DATED and column.name != "as_at":
        outside = f"{name} < '{_FIRST_DAY}' OR {name} >= '{_LAST_DAY}'"
        rules.append(Rule("range", column.name, outside, f"{column.name} lies outside the years 1949 to 2100"))
    if column.form is Form.RATE:
        outside = f"{name} NOT BETWEEN 0 AND 1000000"
        rules.append(Rule("range", column.name, outside, f"{column.name} lies outside 0 to 1; write 13% or 0.13"))
    return rules


def _form_doubts(given: _Given) -> tuple[Rule, ...]:
    rules = []
    for column in given.parsed():
        text = f'"{column.name}__text"'
        if column.form is Form.MONEY:
            rounded = f"money_rounded({text}, exponent(currency))"
            rules.append(Rule("rounded", column.name, rounded, "has more decimals than its currency"))
        if column.order or column.form is Form.RATE:
            rules.append(
                Rule(
                    "unknown_value",
                    column.name,
                    f'{text} IS NOT NULL AND "{column.name}" IS NULL',
                    f"{column.name} has a value that is not in its list",
                )
            )
    return tuple(rules)


def _checked(check: Check) -> Rule:
    return Rule(check.rule, check.column, check.fault, check.what)


def _any(rules: tuple[Rule, ...]) -> str:
    return " OR ".join(f"coalesce({rule.condition}, false)" for rule in rules) or "false"


def _without_texts(given: _Given) -> str:
    texts = ", ".join(f'"{column.name}__text"' for column in given.parsed())
    return f" EXCLUDE ({texts})" if texts else ""


# --- what is kept of rows at fault


def _file_rejects(staging: Staging, record: Record, rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        staging.run(
            f"INSERT INTO rejects SELECT _rid, ?, _file, _table, _row, ?, ?, ?, NULL FROM looked_at "
            f"WHERE {rule.condition}",
            [record.name, rule.rule, rule.column, rule.what],
        )
    staging.run(f"DELETE FROM rows_{record.name} WHERE _bad")


def _file_issues(staging: Staging, record: Record, rules: tuple[Rule, ...]) -> None:
    kind, key = record.subject
    accepted = f"_rid IN (SELECT _rid FROM rows_{record.name} WHERE _doubt)"
    for rule in rules:
        staging.run(
            f"INSERT INTO issues SELECT ?, ?, {key}, ?, ?, source, _file, _row FROM looked_at "
            f"WHERE ({rule.condition}) AND {accepted}",
            [rule.rule, kind, rule.column, rule.what],
        )
