"""Records about the authority and its work, and those that follow from the vocabulary alone. Data only."""

from __future__ import annotations

from graph.model.fields import Kind
from graph.model.governance import BillOfMaterials
from graph.model.organisation import Bureau, Duty, Grid, Officer, Post, Task
from graph.model.types import NodeType, RelationshipType, snake
from graph.model.vocabulary import relationship_type
from loaders.contracts.columns import FORM_OF_KIND, Check, Column, Document, Form, LinkFact, NodeFact, Record
from loaders.contracts.documents import REFERENCE_COLUMNS, invoice_reference, property_columns, property_values
from loaders.contracts.parties import person_values

_DATES = (Column("valid_from", Form.DATE), Column("valid_to", Form.DATE))
_VALID = {"valid_from": "valid_from", "valid_to": "valid_to"}
# Tasks carry their source's name in their id; everything else of the organisation keeps its own id in every source.
_PREFIXED = frozenset({"Task"})


def _named(node: NodeType, *columns: Column, facts: tuple[LinkFact | NodeFact, ...] = ()) -> Record:
    """A node of the organisation: own id and properties, and links that its row names."""
    own = NodeFact(node.name, "id", property_values(node))
    return Record(
        node.table + "s",
        (Column("id", Form.CODE, required=True), *property_columns(node), *columns),
        names=(node.table,),
        subject=(node.name, "id"),
        facts=(own, *facts),
    )


BUREAUS = _named(
    Bureau.__node__,
    Column("parent", Form.CODE),
    facts=(LinkFact("PART_OF", ("'Bureau'", "id"), ("'Bureau'", "parent"), when="parent IS NOT NULL"),),
)
GRIDS = _named(
    Grid.__node__,
    Column("bureau", Form.CODE),
    Column("parent", Form.CODE),
    *_DATES,
    facts=(
        LinkFact("UNDER", ("'Grid'", "id"), ("'Bureau'", "bureau"), _VALID, when="bureau IS NOT NULL"),
        LinkFact("PART_OF", ("'Grid'", "id"), ("'Grid'", "parent"), _VALID, when="parent IS NOT NULL"),
    ),
)


def _stands(post: str) -> tuple[LinkFact, ...]:
    """Where the post of a column stands: in a grid, at a bureau, or both."""
    return tuple(
        LinkFact("POST_AT", ("'Post'", post), (f"'{target}'", column), _VALID, when=f"{column} IS NOT NULL")
        for target, column in (("Grid", "grid"), ("Bureau", "bureau"))
    )


_PLACES = (Column("grid", Form.CODE), Column("bureau", Form.CODE), *_DATES)
POSTS = _named(Post.__node__, *_PLACES, facts=_stands("id"))
POST_PLACES = Record(
    "post_at",
    (Column("post", Form.CODE, required=True, aliases=("from",)), *_PLACES),
    refused=(Check("required", "grid", "grid IS NULL AND bureau IS NULL", "names neither a grid nor a bureau"),),
    subject=("Post", "post"),
    facts=_stands("post"),
)
_OFFICER = _named(Officer.__node__, Column("document_kind", Form.CODE), Column("document_number", Form.NUMBER))
OFFICERS = Record(
    _OFFICER.name,
    _OFFICER.columns,
    names=_OFFICER.names,
    derived={
        "person_key": "CASE WHEN document_number IS NOT NULL "
        "THEN person_by_document(document_kind, document_number) END"
    },
    subject=_OFFICER.subject,
    documents=(Document("person_key"),),
    facts=(
        *_OFFICER.facts,
        NodeFact(
            "Person",
            "person_key",
            person_values(),
            when="person_key IS NOT NULL",
            primary=False,
        ),
        LinkFact("SAME_PERSON", ("'Officer'", "id"), ("'Person'", "person_key"), when="person_key IS NOT NULL"),
    ),
)

_TASK = Task.__node__
_TASK_KEY = {
    "task_key": "own_id(source, id)",
    "invoice_key": invoice_reference(),
    "parent_key": "own_id(source, parent)",
    "answered_key": "own_id(source, answers)",
}


def _task_link(name: str, target: str, key: str, values: dict[str, str] | None = None) -> LinkFact:
    return LinkFact(name, ("'Task'", "task_key"), (f"'{target}'", key), values or {}, when=f"{key} IS NOT NULL")


TASKS = Record(
    "tasks",
    (
        Column("id", Form.CODE, required=True),
        *property_columns(_TASK),
        Column("taxpayer", Form.NUMBER),
        *REFERENCE_COLUMNS,
        Column("finding", Form.CODE),
        Column("officer", Form.CODE),
        Column("officer_role"),
        Column("assigned_from", Form.DATE),
        Column("assigned_to", Form.DATE),
        Column("grid", Form.CODE),
        Column("parent", Form.CODE),
        Column("answers", Form.CODE),
    ),
    names=("task",),
    parties=("taxpayer",),
    derived=_TASK_KEY,
    subject=("Task", "task_key"),
    facts=(
        NodeFact("Task", "task_key", property_values(_TASK)),
        _task_link("CONCERNS", "Party", "taxpayer_party"),
        _task_link("CONCERNS", "Invoice", "invoice_key"),
        _task_link("CONCERNS", "Finding", "finding"),
        _task_link(
            "ASSIGNED_TO",
            "Officer",
            "officer",
            {"role": "officer_role", "valid_from": "assigned_from", "valid_to": "assigned_to"},
        ),
        _task_link("HELD_BY", "Grid", "grid", {"valid_from": "coalesce(assigned_from, opened_at::DATE)"}),
        LinkFact("SPAWNED", ("'Task'", "parent_key"), ("'Task'", "task_key"), when="parent IS NOT NULL"),
        LinkFact("ANSWERS", ("'Task'", "task_key"), ("'Task'", "answered_key"), when="answers IS NOT NULL"),
    ),
)

_EVENT_CONTENT = (
    "concat_ws(chr(31), source, task, coalesce(action, ''), coalesce(\"at\"::VARCHAR, ''), "
    + ", ".join(f"coalesce({name}, '')" for name in ("officer", "post", "attributes", "digest"))
    + ")"
)
TASK_EVENTS = Record(
    "task_events",
    (
        Column("task", Form.CODE, required=True),
        Column("action", required=True),
        Column("at", Form.INSTANT),
        Column("position", Form.INTEGER),
        Column("officer", Form.CODE),
        Column("officer_name"),
        Column("post", Form.CODE),
        Column("acting_for", Form.CODE),
        Column("reason"),
        Column("evidence"),
        Column("visible"),
        Column("attributes"),
        Column("note"),
        Column("note_digest", Form.CODE),
    ),
    names=("task_event",),
    refused=(Check("digest", "note_digest", "lower(note_digest) <> sha256(note)", "is not the digest of the note"),),
    derived={
        "task_key": "own_id(source, task)",
        # A note's text stays outside the chain of hashes, its digest is inside: graph.trail.canonical.note_digest.
        "digest": "coalesce(sha256(note), note_digest)",
        "content": _EVENT_CONTENT,
        "place": "coalesce(position, row_number() OVER (PARTITION BY task_key ORDER BY _rid))",
        # Equal events of one task are different events: the occurrence tells them apart.
        "occurrence": "row_number() OVER (PARTITION BY content ORDER BY position, _rid)",
        "event_key": "'ev' || hash_of(content || chr(31) || occurrence)",
    },
    subject=("TaskEvent", "event_key"),
    facts=(
        NodeFact(
            "TaskEvent",
            "event_key",
            {
                "task": "task_key",
                "position": "place",
                "action": "action",
                "at": '"at"',
                "offset_minutes": "at_offset",
                "officer": "officer",
                "post": "post",
                "acting_for": "acting_for",
                "reason": "reason",
                "evidence": "evidence",
                "visible": "visible",
                "attributes": "attributes",
                "note": "note",
                "note_digest": "digest",
            },
        ),
        LinkFact("HAS_EVENT", ("'Task'", "task_key"), ("'TaskEvent'", "event_key")),
        NodeFact("Officer", "officer", {"name": "officer_name"}, when="officer IS NOT NULL", primary=False),
        LinkFact("DONE_BY", ("'TaskEvent'", "event_key"), ("'Officer'", "officer"), when="officer IS NOT NULL"),
    ),
    together=("task",),
)

_BILL = BillOfMaterials.__node__
BILLS = Record(
    "bills_of_materials",
    (
        Column("industry", Form.CODE, required=True),
        Column("product", Form.CODE, required=True),
        Column("inputs", Form.CODE),
    ),
    names=("bill_of_materials",),
    derived={"bill_key": "industry || ':' || product"},
    subject=("BillOfMaterials", "bill_key"),
    facts=(
        NodeFact("BillOfMaterials", "bill_key", {"industry": "industry", "product": "product", "inputs": "inputs"}),
    ),
)


def _end_key(type_name: str, column: str) -> str:
    """SQL of a stored end's id from the text of its column."""
    if type_name == "Party":
        return f"{column}_party"
    return f'own_id(source, "{column}")' if type_name in _PREFIXED else f'"{column}"'


def link(name: str, source: str, target: str) -> Record:
    """A relationship between two named things: columns `from`, `to` (or the ends' names) and its properties."""
    kind: RelationshipType = relationship_type(name)
    parties = tuple(end for end, type_name in (("from", source), ("to", target)) if type_name == "Party")
    said = {"Party": "taxpayer"}
    aliases: tuple[tuple[str, ...], tuple[str, ...]] = (
        (said.get(source, snake(source)),),
        (said.get(target, snake(target)),),
    )
    if source == target:
        aliases = ((), ())
    columns = [
        Column(p.name.removesuffix("_cents") if p.kind is Kind.CENTS else p.name, FORM_OF_KIND[p.kind])
        for p in kind.properties
    ]
    required = tuple(Check("required", end, f"{end}_party IS NULL", "names no taxpayer") for end in parties)
    return Record(
        name.lower(),
        (
            Column("from", Form.CODE, required="from" not in parties, aliases=aliases[0]),
            Column("to", Form.CODE, required="to" not in parties, aliases=aliases[1]),
            *columns,
        ),
        parties=parties,
        refused=required,
        subject=(source, _end_key(source, "from")),
        facts=(
            LinkFact(
                name,
                (f"'{source}'", _end_key(source, "from")),
                (f"'{target}'", _end_key(target, "to")),
                {p.name: f'"{c.name}"' for p, c in zip(kind.properties, columns, strict=True)},
            ),
        ),
    )


ORGANISATION_RECORDS = (
    BUREAUS,
    GRIDS,
    OFFICERS,
    POSTS,
    POST_PLACES,
    Record(
        "duties",
        (Column("id", Form.CODE, required=True), *property_columns(Duty.__node__)),
        names=("duty",),
        subject=("Duty", "id"),
        facts=(NodeFact("Duty", "id", property_values(Duty.__node__)),),
    ),
    TASKS,
    TASK_EVENTS,
    BILLS,
    link("IN_GRID", "Party", "Grid"),
    link("WORKS_IN", "Officer", "Grid"),
    link("UNDER", "Grid", "Bureau"),
    link("HOLDS_POST", "Officer", "Post"),
    link("CARRIES", "Post", "Duty"),
    link("DELEGATES_TO", "Officer", "Officer"),
    link("ASSIGNED_TO", "Task", "Officer"),
    link("HELD_BY", "Task", "Grid"),
    link("CONCERNS", "Task", "Party"),
    link("SPAWNED", "Task", "Task"),
    link("ANSWERS", "Task", "Task"),
    link("SAME_PERSON", "Officer", "Person"),
)
