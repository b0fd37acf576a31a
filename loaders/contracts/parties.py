"""Records about taxpayers, their registrations and the people behind them. Data only; listed in `records`."""

from __future__ import annotations

from graph.model.parties import STATUS
from loaders.contracts.columns import Check, Column, Document, Form, LinkFact, NodeFact, Record, Register

ROLES = ("legal_representative", "finance_officer", "tax_handler", "invoice_collector")
PERSON_COLUMNS = (
    Column("document_kind", Form.CODE),
    Column("document_number", Form.NUMBER),
    Column("person_id", Form.CODE),
)


def _resident(prefix: str) -> str:
    return f"document_kind({prefix}document_kind) = 'resident' AND length(long_resident({prefix}document_number)) = 18"


def _birth_year(prefix: str = "") -> str:
    year = f"try_cast(substr(long_resident({prefix}document_number), 7, 4) AS BIGINT)"
    return f"CASE WHEN {_resident(prefix)} THEN {year} END"


def _province(prefix: str = "") -> str:
    return f"CASE WHEN {_resident(prefix)} THEN substr({prefix}document_number, 1, 2) || '0000' END"


def person_values(name: str = "name", prefix: str = "") -> dict[str, str]:
    """What a document says about a person; the number itself is never kept."""
    return {
        "name": name,
        "masked_number": f"masked({prefix}document_number)",
        "birth_year": _birth_year(prefix),
        "region": _province(prefix),
    }


_REGISTRATION_COLUMNS = (
    Column("tax_number", Form.NUMBER, aliases=("number",)),
    Column("uscc", Form.NUMBER),
    Column("name"),
    Column("kind"),
    Column("status", order=STATUS),
    Column("vat_status"),
    Column("industry", Form.CODE),
    Column("region", Form.CODE),
    Column("bureau", Form.CODE),
    Column("registered_on", Form.DATE),
    Column("cancelled_on", Form.DATE),
    Column("legal_representative"),
    Column("address"),
    Column("phone", Form.CODE),
    Column("country", Form.CODE),
    Column("postcode", Form.CODE),
)
_REGISTRATION_VALUES = {
    "source": "source",
    "source_id": "safe_serial(serial)",
    "tax_number": "tax_number_safe",
    "uscc": "uscc_safe",
    **{
        name: f'"{name}"'
        for name in (
            *("name", "kind", "status", "vat_status", "industry", "region", "bureau", "legal_representative"),
            *("address", "phone", "registered_on", "cancelled_on", "country", "postcode"),
        )
    },
}


def _contact_key(kind: str, column: str) -> str:
    """SQL of the key of a contact: HMAC of its folded value."""
    return f"'{kind[:2].lower()}' || left(hmac('{kind.lower()}' || chr(31) || normal_name({column})), 32)"


_OWN_PARTY = ("'Party'", "own_party")


def _contact(
    kind: str, column: str, values: dict[str, str], user: tuple[str, str] = _OWN_PARTY
) -> tuple[NodeFact | LinkFact, ...]:
    """A contact node, and USES from the registration's own party or another `user`."""
    key = f"{column}_key"
    given = f"{column} IS NOT NULL"
    used = LinkFact("USES", user, (f"'{kind}'", key), when=given, primary=False)
    return NodeFact(kind, key, values, when=given, primary=False), used


def _contacts(user: tuple[str, str] = _OWN_PARTY) -> tuple[NodeFact | LinkFact, ...]:
    """Address and telephone."""
    region = "left(region, 2) || '0000'"
    return (
        *_contact("Address", "address", {"value": "normal_name(address)", "region": region}, user),
        *_contact("Phone", "phone", {"value": "normal_name(phone)"}, user),
    )


_CONTACT_KEYS = {"address_key": _contact_key("Address", "address"), "phone_key": _contact_key("Phone", "phone")}
_REGISTRATION_FACTS = (
    NodeFact("Registration", "source || ':' || safe_serial(serial)", _REGISTRATION_VALUES),
    NodeFact("Party", "own_party", {"kind": "'serial'"}, primary=False),
    *(
        NodeFact(
            "Party",
            f"'no:' || {column}_safe",
            {"kind": "'number'", "number": f"shown_number(normal_number({column}))"},
            when=f"{column} IS NOT NULL",
            primary=False,
        )
        for column in ("tax_number", "uscc")
    ),
    # In canonical files a taxpayer's id may stand wherever a tax number may: it is a number of its own.
    NodeFact(
        "Party",
        "number_party(serial)",
        {"kind": "'number'", "number": "shown_number(normal_number(serial))"},
        when="source = 'canonical'",
        primary=False,
    ),
    *_contacts(),
)
# Keyed hashes are dear: each is made once a row, however many facts name it.
_REGISTRATION_DERIVED = {
    "own_party": "serial_party(source, serial)",
    "tax_number_safe": "safe_number(normal_number(tax_number))",
    "uscc_safe": "safe_number(normal_number(uscc))",
    **_CONTACT_KEYS,
}

TAXPAYERS = Record(
    "taxpayers",
    (Column("id", Form.CODE), *_REGISTRATION_COLUMNS),
    names=("taxpayer",),
    derived={"serial": "coalesce(id, tax_number, uscc)", **_REGISTRATION_DERIVED},
    refused=(Check("required", "id", "serial IS NULL", "has neither an id nor a tax number"),),
    subject=("Party", "own_party"),
    facts=_REGISTRATION_FACTS,
    register=Register.DESCRIBES,
)


def _role_columns(role: str) -> tuple[Column, ...]:
    return (
        Column(role),
        Column(f"{role}_document_kind", Form.CODE),
        Column(f"{role}_document_number", Form.NUMBER),
        Column(f"{role}_phone", Form.CODE),
        Column(f"{role}_from", Form.DATE),
    )


def _role_derived(role: str) -> dict[str, str]:
    return {
        f"{role}_key": f"person_by_document({role}_document_kind, {role}_document_number)",
        f"{role}_phone_key": _contact_key("Phone", f"{role}_phone"),
    }


def _role_facts(role: str) -> tuple[NodeFact | LinkFact, ...]:
    """The person in a role, the role, and the person's telephone; without a document there is a name only."""
    known = f"{role}_document_number IS NOT NULL"
    values = person_values(role, f"{role}_")
    phone = f"{role}_phone_key"
    called = f"{known} AND {role}_phone IS NOT NULL"
    return (
        NodeFact("Person", f"{role}_key", values, when=known, primary=False),
        LinkFact(
            f"{role.upper()}_OF",
            ("'Person'", f"{role}_key"),
            ("'Party'", "own_party"),
            {"valid_from": f"{role}_from"},
            when=known,
            primary=False,
        ),
        NodeFact("Phone", phone, {"value": f"normal_name({role}_phone)"}, when=called, primary=False),
        LinkFact("USES", ("'Person'", f"{role}_key"), ("'Phone'", phone), when=called, primary=False),
    )


REGISTRATIONS = Record(
    "registrations",
    (
        Column("source_id", Form.CODE, required=True, aliases=("id",)),
        *(column for column in _REGISTRATION_COLUMNS if column.name != "legal_representative"),
        *(column for role in ROLES for column in _role_columns(role)),
    ),
    names=("registration",),
    derived={
        "serial": "source_id",
        **_REGISTRATION_DERIVED,
        **{name: sql for role in ROLES for name, sql in _role_derived(role).items()},
    },
    subject=("Party", "own_party"),
    facts=(*_REGISTRATION_FACTS, *(fact for role in ROLES for fact in _role_facts(role))),
    register=Register.DESCRIBES,
    documents=tuple(Document(f"{role}_key", f"{role}_document_kind", f"{role}_document_number") for role in ROLES),
)

_CHANGED_NUMBERS = tuple(
    NodeFact(
        "Party",
        f"number_party({column})",
        {"kind": "'number'", "number": f"shown_number(normal_number({column}))"},
        when=f"item IN ('tax_number', 'uscc') AND {column} IS NOT NULL",
        primary=False,
    )
    for column in ("old_value", "new_value")
)
REGISTRATION_CHANGES = Record(
    "registration_changes",
    (
        Column("id", Form.CODE),
        Column("registration", Form.CODE, aliases=("source_id",)),
        Column("taxpayer", Form.NUMBER),
        Column("item", Form.CODE, required=True),
        Column("old_value"),
        Column("new_value"),
        Column("changed_on", Form.DATE, required=True),
    ),
    names=("registration_change",),
    parties=("taxpayer",),
    derived={
        "serial": "safe_serial(registration)",
        "about": "coalesce(CASE WHEN registration IS NOT NULL THEN serial_party(source, registration) END, "
        "taxpayer_party)",
        "numbered": "item IN ('tax_number', 'uscc')",
        "old_text": "CASE WHEN numbered THEN safe_number(normal_number(old_value)) ELSE old_value END",
        "new_text": "CASE WHEN numbered THEN safe_number(normal_number(new_value)) ELSE new_value END",
        "change_key": "CASE WHEN id IS NOT NULL THEN source || ':' || id ELSE 'change:' || hash_of(concat_ws(chr(31), "
        "about, item, changed_on, coalesce(new_text, ''))) END",
    },
    refused=(Check("required", "registration", "about IS NULL", "names neither a registration nor a taxpayer"),),
    subject=("RegistrationChange", "change_key"),
    facts=(
        NodeFact(
            "RegistrationChange",
            "change_key",
            {
                "registration": "CASE WHEN serial IS NOT NULL THEN source || ':' || serial END",
                "item": "item",
                "old_value": "old_text",
                "new_value": "new_text",
                "changed_on": "changed_on",
            },
        ),
        LinkFact("CHANGED", ("'RegistrationChange'", "change_key"), ("'Party'", "about")),
        NodeFact("Party", "about", {"kind": "'serial'"}, when="serial IS NOT NULL", primary=False),
        *_CHANGED_NUMBERS,
    ),
    register=Register.REFERS,
)

PERSONS = Record(
    "persons",
    (
        Column("id", Form.CODE),
        *PERSON_COLUMNS,
        Column("name"),
        Column("birth_year", Form.INTEGER),
        Column("birth_date", Form.DATE),
        Column("region", Form.CODE),
        Column("address"),
        Column("phone", Form.CODE),
    ),
    names=("person",),
    derived={
        "own_id": "coalesce(person_id, id)",
        "person_key": "CASE WHEN document_number IS NOT NULL THEN person_by_document(document_kind, document_number) "
        "WHEN own_id IS NOT NULL THEN person_by_source(source, own_id) END",
        **_CONTACT_KEYS,
    },
    refused=(Check("required", "document_number", "person_key IS NULL", "has neither a document nor an id"),),
    subject=("Person", "person_key"),
    facts=(
        NodeFact(
            "Person",
            "person_key",
            {
                "name": "name",
                "masked_number": "masked(document_number)",
                "birth_year": f"coalesce(birth_year, year(birth_date), {_birth_year()})",
                "region": f"coalesce(left(region, 2) || '0000', {_province()})",
            },
        ),
        NodeFact(
            "PersonDocument",
            "person_key",
            {"birth_date": "birth_date"},
            # A key in place of an id refers to a person, of whom it tells nothing.
            when="document_number IS NULL AND birth_date IS NOT NULL "
            "AND NOT regexp_full_match(trim(own_id), 'pe[0-9a-f]{32}')",
            primary=False,
        ),
        *_contacts(("'Person'", "person_key")),
    ),
    register=Register.REFERS,
    documents=(Document("person_key", birth_date="birth_date"),),
)

REGISTER_RECORDS = (TAXPAYERS, REGISTRATIONS, REGISTRATION_CHANGES, PERSONS)
