"""The page of the canonical tables: one a record, its columns and what they become. Derived from the contracts."""

from __future__ import annotations

from api.docs.markdown import page, table
from loaders.contracts.columns import Form, Record
from loaders.contracts.records import RECORDS

_FORMS = {form: form.value.replace("_", " ") for form in Form}
_HEAD = (
    "One CSV or Parquet file (or data frame) a record, called after it in the singular or plural, or after the "
    "vocabulary's type. Every record may also carry `source` and `as_at`. A *party* is a tax number, a taxpayer's id "
    "of another table, or a public taxpayer id; it may have `…_name`, `…_country` and `…_postcode` beside it."
)


def canonical_page() -> str:
    """Every record in order of name."""
    return page("Canonical tables", "\n\n".join([_HEAD, *(_section(r) for r in sorted(RECORDS, key=lambda r: r.name))]))


def _section(record: Record) -> str:
    rows = [
        (
            f"`{column.name}`" + (" **required**" if column.required else ""),
            "party" if column.name in record.parties else _FORMS[column.form],
            ", ".join(f"`{alias}`" for alias in column.aliases),
        )
        for column in record.columns
    ]
    becomes = ", ".join(dict.fromkeys(fact.type for fact in record.facts))
    return f"## {record.name}\n\nBecomes: {becomes}.\n\n{table(('column', 'holds', 'also called'), rows)}"
