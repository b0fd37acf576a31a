"""Records about what people and firms are to firms and to each other. Data only; listed in `records`."""

from __future__ import annotations

from loaders.contracts.columns import Check, Column, Document, Form, LinkFact, NodeFact, Record
from loaders.contracts.parties import PERSON_COLUMNS, ROLES, person_values

_DATES = (Column("valid_from", Form.DATE), Column("valid_to", Form.DATE))
_VALID = {"valid_from": "valid_from", "valid_to": "valid_to"}
_HOLDER = {
    "person_ref": 'coalesce(person_id, person, CASE WHEN starts_with("from", \'person:\') THEN substr("from", 8) '
    'WHEN regexp_full_match("from", \'pe[0-9a-f]{32}\') THEN "from" END)',
    "person_key": "CASE WHEN document_number IS NOT NULL THEN person_by_document(document_kind, document_number) "
    "WHEN person_ref IS NOT NULL THEN person_by_source(source, person_ref) END",
}
_FROM_PERSON_OR_PARTY = (
    "CASE WHEN person_key IS NOT NULL THEN 'Person' ELSE 'Party' END",
    "coalesce(person_key, from_party)",
)


def holding(name: str, type_name: str, extra: dict[str, Column]) -> Record:
    """A relationship from a person or a firm to a taxpayer; columns `from`, `to`, or the person columns."""
    return Record(
        name,
        (
            Column("from", Form.NUMBER),
            Column("to", Form.NUMBER, aliases=("taxpayer",)),
            Column("person", Form.CODE),
            *PERSON_COLUMNS,
            Column("name"),
            *extra.values(),
            *_DATES,
        ),
        parties=("from", "to"),
        derived=_HOLDER,
        refused=(
            Check("required", "from", "coalesce(person_key, from_party) IS NULL", "names nobody at its start"),
            Check("required", "to", "to_party IS NULL", "names no taxpayer"),
        ),
        subject=("Party", "to_party"),
        facts=(
            NodeFact(
                "Person",
                "person_key",
                person_values(),
                when="person_key IS NOT NULL AND (document_number IS NOT NULL OR name IS NOT NULL)",
                primary=False,
            ),
            LinkFact(
                type_name,
                _FROM_PERSON_OR_PARTY,
                ("'Party'", "to_party"),
                {**{prop: f'"{prop}"' for prop in extra}, **_VALID},
            ),
        ),
        documents=(Document("person_key"),),
    )


def role_of(role: str) -> Record:
    """A role that only a person can hold: the start is always a person, `from` its id."""
    made = holding(f"{role}_of", f"{role.upper()}_OF", {})
    person_ref = (
        'coalesce(person_id, person, CASE WHEN starts_with("from", \'person:\') THEN substr("from", 8) ELSE "from" END)'
    )
    columns = tuple(c if c.name != "from" else Column("from", Form.CODE) for c in made.columns)
    return Record(
        made.name,
        columns,
        names=(role,),
        parties=("to",),
        derived={"person_ref": person_ref, "person_key": _HOLDER["person_key"], "from_party": "NULL"},
        refused=made.refused,
        subject=made.subject,
        facts=made.facts,
        documents=made.documents,
    )


def _person_at(end: str) -> str:
    """SQL of the person at an end: by document, else by the source's own id."""
    by_document = f"person_by_document({end}_document_kind, {end}_document_number)"
    by_source = f"person_by_source(source, regexp_replace(\"{end}\", '^person:', ''))"
    known = f'WHEN "{end}" IS NOT NULL THEN {by_source}'
    return f"CASE WHEN {end}_document_number IS NOT NULL THEN {by_document} {known} END"


RELATED_TO = Record(
    "related_to",
    (
        Column("from", Form.CODE),
        Column("to", Form.CODE),
        *(
            Column(f"{end}_document_{part}", form)
            for end in ("from", "to")
            for part, form in (("kind", Form.CODE), ("number", Form.NUMBER))
        ),
        Column("to_name"),
        Column("kind"),
        *_DATES,
    ),
    derived={"from_key": _person_at("from"), "to_key": _person_at("to")},
    refused=(
        Check("required", "from", "from_key IS NULL", "names nobody at its start"),
        Check("required", "to", "to_key IS NULL", "names nobody at its end"),
    ),
    subject=("Person", "from_key"),
    facts=(
        NodeFact(
            "Person",
            "to_key",
            person_values("to_name", "to_"),
            when="to_document_number IS NOT NULL",
            primary=False,
        ),
        LinkFact("RELATED_TO", ("'Person'", "from_key"), ("'Person'", "to_key"), {"kind": "kind", **_VALID}),
    ),
    documents=(Document("to_key", "to_document_kind", "to_document_number"),),
)

BRANCH_OF = Record(
    "branch_of",
    (Column("from", Form.NUMBER, aliases=("branch",)), Column("to", Form.NUMBER, aliases=("head",)), *_DATES),
    parties=("from", "to"),
    refused=(
        Check("required", "from", "from_party IS NULL", "names no branch"),
        Check("required", "to", "to_party IS NULL", "names no head office"),
    ),
    subject=("Party", "from_party"),
    facts=(LinkFact("BRANCH_OF", ("'Party'", "from_party"), ("'Party'", "to_party"), _VALID),),
)

HOLDING_RECORDS = (
    *(role_of(role) for role in ROLES),
    holding(
        "agent_of",
        "AGENT_OF",
        {
            "licence": Column("licence", Form.CODE),
            "credit_grade": Column("credit_grade", Form.CODE),
            "blacklisted": Column("blacklisted", Form.BOOLEAN),
        },
    ),
    holding(
        "holds_share",
        "HOLDS_SHARE",
        {
            "ratio": Column("ratio", Form.RATE),
            "ratio_min": Column("ratio_min", Form.RATE),
            "ratio_max": Column("ratio_max", Form.RATE),
            "direct": Column("direct", Form.BOOLEAN),
        },
    ),
    holding("controls", "CONTROLS", {"means": Column("means")}),
    RELATED_TO,
    BRANCH_OF,
)
