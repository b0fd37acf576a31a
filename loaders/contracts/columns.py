"""The parts a record's contract is declared with: columns and their forms, references, facts. Data only.

`loaders.contracts.records` declares the records, `loaders.contracts.check` types and checks them, and
`loaders.staging.facts` turns typed rows into facts of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from graph.model.fields import Kind

NOTHING: Mapping[str, str] = MappingProxyType({})


class Form(StrEnum):
    """How the text of a column is written and what it becomes."""

    TEXT = "text"  # as written, outer white space removed
    CODE = "code"  # NFKC: half-width digits and letters
    NUMBER = "number"  # as CODE; compared in capitals and without white space: tax and document numbers
    MONEY = "money"  # int64 minor units
    DECIMAL = "decimal"  # canonical decimal text
    RATE = "rate"  # integer millionths
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    MONTH = "month"  # first day of the month
    TIME = "time"  # civil time
    INSTANT = "instant"


# SQL macro of each parsed form (loaders.staging.values) and what its text should look like.
PARSERS: Mapping[Form, str] = MappingProxyType(
    {
        Form.DECIMAL: "decimal_text",
        Form.RATE: "millionths",
        Form.INTEGER: "whole_number",
        Form.BOOLEAN: "yes_no",
        Form.DATE: "civil_date",
        Form.MONTH: "civil_month",
        Form.TIME: "civil_time",
        Form.INSTANT: "instant",
    }
)
WRITTEN: Mapping[Form, str] = MappingProxyType(
    {
        Form.MONEY: "an amount such as 1234.50 that fits 64 bits in minor units",
        Form.DECIMAL: "a decimal number such as 12.5",
        Form.RATE: "a rate such as 0.13 or 13%",
        Form.INTEGER: "a whole number",
        Form.BOOLEAN: "yes or no (是/否, Y/N, true/false, 1/0)",
        Form.DATE: "a date such as 2026-03-01",
        Form.MONTH: "a month such as 2026-03",
        Form.TIME: "a date or time such as 2026-03-01 12:30:05",
        Form.INSTANT: "a time such as 2026-03-01T12:30:05+08:00",
    }
)
DATED = frozenset({Form.DATE, Form.MONTH, Form.TIME, Form.INSTANT})

FORM_OF_KIND: Mapping[Kind, Form] = MappingProxyType(
    {
        Kind.TEXT: Form.TEXT,
        Kind.INTEGER: Form.INTEGER,
        Kind.CENTS: Form.MONEY,
        Kind.MILLIONTHS: Form.RATE,
        Kind.DECIMAL: Form.DECIMAL,
        Kind.BOOLEAN: Form.BOOLEAN,
        Kind.DATE: Form.DATE,
        Kind.CIVIL_TIME: Form.TIME,
        Kind.INSTANT: Form.INSTANT,
    }
)


class Register(StrEnum):
    """What a record tells of taxpayers and persons that other records of the batch refer to."""

    DESCRIBES = "describes"  # it makes them; it refers to none itself
    REFERS = "refers"  # it adds to what those say


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a record. `order`: allowed values; another one is kept out with a warning, not refused."""

    name: str
    form: Form = Form.TEXT
    required: bool = False
    aliases: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeFact:
    """A node that a row states. `id` and `values` are SQL over the typed row (`values`: property → expression).

    `when`: SQL condition. `primary`: counts when the row is judged known. `keep`: how claims about it are merged.
    """

    type: str
    id: str
    values: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    when: str = "true"
    primary: bool = True


@dataclass(frozen=True, slots=True)
class LinkFact:
    """A relationship that a row states; `source` and `target` are (SQL of the node type, SQL of the id)."""

    type: str
    source: tuple[str, str]
    target: tuple[str, str]
    values: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    when: str = "true"
    primary: bool = True


Fact = NodeFact | LinkFact


@dataclass(frozen=True, slots=True)
class Check:
    """A rule over several columns: `fault` is SQL that is true for a row at fault."""

    rule: str
    column: str
    fault: str
    what: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the columns of a record hold in one batch, by name.

    Attributes:
        filled: columns that hold any value.
        whole: columns that hold a value in every row.
        plain: columns that are written in the usual form throughout; the raw rows have their typed values as
            `<column>__plain` (and `<column>__plain_precision`), amounts as hundredths.
    """

    filled: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Document:
    """Where the rows of a record name the document of a person; SQL over typed columns.

    `key`: the person's id. `birth_date`: where a row tells it itself.
    """

    key: str
    kind: str = "document_kind"
    number: str = "document_number"
    birth_date: str = "NULL"


@dataclass(frozen=True, slots=True)
class Record:
    """A canonical record and everything that is known about it.

    Attributes:
        name: its name in files (plural); `names` are others.
        columns: declared columns; a `<ref>_name`, `_country` and `_postcode` is added for each of `named_parties`.
        parties: columns that refer to a taxpayer; the typed row gets `<column>_party`.
        by_number_only: those of `parties` that only a number can name: beside them no name makes a party.
        derived: further columns of the typed row, name → SQL over typed columns, evaluated in order.
        fillers: those of `derived` that only fill the gaps of a column: where it has none, it is taken as it is.
        refused: rules that refuse a row. warned: rules that warn (their subject is `subject`).
        subject: (node type, SQL of the id) that warnings about a row name.
        facts: what a row states.
        together: columns; rows that agree in them are judged together, so no load takes them apart.
        leads: of the records that share such columns, the one with a row for each.
        register: it comes before everything that refers to taxpayers and persons.
        documents: of the persons that a row names.
    """

    name: str
    columns: tuple[Column, ...]
    names: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    by_number_only: tuple[str, ...] = ()
    derived: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    fillers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    refused: tuple[Check, ...] = ()
    warned: tuple[Check, ...] = ()
    subject: tuple[str, str] = ("", "NULL")
    facts: tuple[Fact, ...] = ()
    together: tuple[str, ...] = ()
    leads: bool = False
    register: Register | None = None
    documents: tuple[Document, ...] = ()

    @property
    def named_parties(self) -> tuple[str, ...]:
        """References whose party may also be known by its name, country and postcode alone."""
        return tuple(reference for reference in self.parties if reference not in self.by_number_only)

    def all_columns(self) -> tuple[Column, ...]:
        """Declared columns, those of its party references, and what every record may carry."""
        extra = [Column(f"{ref}_{part}") for ref in self.named_parties for part in ("name", "country", "postcode")]
        every = (*self.columns, *extra, Column("source", Form.CODE), Column("as_at", Form.TIME))
        return tuple({column.name: column for column in reversed(every)}.values())[::-1]

    def places(self, present: Iterable[str]) -> dict[str, str]:
        """Declared column → the column of that name or alias among `present`, whatever its letter case."""
        known = {name.strip().lower(): name for name in reversed(list(present))}
        places: dict[str, str] = {}
        for column in self.all_columns():
            found = next((known[name] for name in (column.name, *column.aliases) if name in known), None)
            if found is not None and found not in places.values():
                places[column.name] = found
        return places
