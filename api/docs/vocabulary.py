"""The data dictionary: every type and property in English and Chinese. Called by `pages`."""

from __future__ import annotations

from api.docs.markdown import page, table
from graph.model.fields import Property
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, RELATIONSHIP_TYPES, SCHEMA_VERSION

_KINDS = {
    "text": "text",
    "integer": "whole number",
    "cents": "int64, minor units of the currency",
    "millionths": "int64, millionths (0.13 is 130000)",
    "decimal": "canonical decimal text",
    "boolean": "boolean",
    "date": "date",
    "civil_time": "civil time, no offset",
    "instant": "instant, UTC",
}
_CLOCKS = """Every fact carries its provenance (`prov_source`, `prov_file`, `prov_row`, `prov_first_at`, `prov_as_at`,
`claims`) and the batches from which and up to which it counts (`batch_from`, `batch_to`): the recorded clock. Dated
relationships hold from `valid_from` up to, not including, `valid_to`: the valid clock."""
_PERSONAL = """Personal data: *none* is about no one; *business* about a firm, visible inside the scope; *personal*
about a natural person, visible inside the scope and logged; *restricted* never leaves the store by an interface."""


def vocabulary_page() -> str:
    """`vocabulary.md`."""
    nodes = (_node(kind) for kind in NODE_TYPES)
    relationships = (_relationship(kind) for kind in RELATIONSHIP_TYPES)
    return page(
        "Vocabulary 数据字典",
        f"Schema version {SCHEMA_VERSION}: {len(NODE_TYPES)} node types, {len(RELATIONSHIP_TYPES)} relationship types.",
        _CLOCKS,
        _PERSONAL,
        "## Nodes 节点",
        *nodes,
        "## Relationships 关系",
        *relationships,
    )


def _node(kind: NodeType) -> str:
    notes = [f"Event, dated by `{kind.event_time}`."] if kind.event_time else []
    notes += [f"Searched by {', '.join(f'`{name}`' for name in kind.search)}."] if kind.search else []
    notes += ["Not part of the digest."] if not kind.in_digest else []
    return "\n\n".join([f"### {kind.name} {kind.zh}", " ".join([f"{kind.en}.", *notes]), _properties(kind.properties)])


def _relationship(kind: RelationshipType) -> str:
    ends = f"{', '.join(kind.sources)} → {', '.join(kind.targets)}"
    notes = [note for note, holds in (("Dated.", kind.dated), ("Derived, not stored.", kind.derived)) if holds]
    parts = [f"### {kind.name} {kind.zh}", " ".join([f"{kind.en}: {ends}.", *notes])]
    return "\n\n".join([*parts, _properties(kind.properties)] if kind.properties else parts)


def _properties(properties: tuple[Property, ...]) -> str:
    headings = ("property", "kind", "meaning", "含义", "personal data", "notes")
    return table(headings, [_row(each) for each in properties])


def _row(each: Property) -> tuple[str, ...]:
    notes = ["key" if each.identity else "", "required" if each.required else "", ", ".join(each.order)]
    shown = "; ".join(note for note in notes if note)
    return f"`{each.name}`", _KINDS[each.kind.value], each.en, each.zh, each.personal.value, shown
