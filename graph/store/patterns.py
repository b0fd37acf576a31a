"""Checks a `Pattern` against the vocabulary and resolves its names. Engine-free; both stores compile the result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph.errors import QueryError
from graph.model.fields import Kind
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import node_type
from graph.store.conditions import checked_limit, checked_where, node_kinds, relationship_kinds, stored_relationship
from graph.store.questions import Before, EdgePattern, Filter, NodePattern, Pattern

_DATED = frozenset({Kind.DATE, Kind.CIVIL_TIME})


@dataclass(frozen=True, slots=True)
class CheckedNode:
    """A node variable with its type and canonical filters."""

    name: str
    type: NodeType
    where: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class CheckedEdge:
    """An edge variable. `source_type`/`target_type` are declared types; the stored ones say Party for Taxpayer."""

    name: str
    type: RelationshipType
    source: str
    target: str
    source_type: str
    target_type: str
    source_stored: str
    target_stored: str
    where: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """`variable.property`, with its kind."""

    variable: str
    name: str
    kind: Kind

    @property
    def text(self) -> str:
        """As the caller wrote it: the name of the answer's column."""
        return f"{self.variable}.{self.name}"


@dataclass(frozen=True, slots=True)
class CheckedBefore:
    """`first` <= `then` (strict: <); a null on either side is no match."""

    first: Reference
    then: Reference
    strict: bool


@dataclass(frozen=True, slots=True)
class CheckedPattern:
    """A pattern that means something.

    Two edge variables never bind the same relationship row; two node variables of one type never bind the same
    node unless `repeat_nodes`.
    """

    nodes: tuple[CheckedNode, ...]
    edges: tuple[CheckedEdge, ...]
    before: tuple[CheckedBefore, ...]
    returns: tuple[Reference, ...]
    repeat_nodes: bool
    limit: int


def checked(pattern: Pattern) -> CheckedPattern:
    """The pattern with everything resolved; QueryError `query.pattern…` says what is wrong and where."""
    _distinct_names(pattern)
    checked_limit("limit", pattern.limit)
    nodes = {node.name: _node(node) for node in pattern.nodes}
    edges = {edge.name: _edge(edge, nodes) for edge in pattern.edges}
    _connected(nodes, edges.values())
    kinds = {name: node_kinds(node.type) for name, node in nodes.items()}
    kinds |= {name: relationship_kinds(edge.type) for name, edge in edges.items()}
    return CheckedPattern(
        tuple(nodes.values()),
        tuple(edges.values()),
        tuple(_before(each, kinds) for each in pattern.before),
        tuple(_reference(text, kinds) for text in dict.fromkeys(pattern.returns)),
        pattern.repeat_nodes,
        pattern.limit,
    )


def _distinct_names(pattern: Pattern) -> None:
    if not pattern.nodes:
        raise QueryError("A pattern needs a node.", code="query.pattern", next_step="Name at least one node.")
    names = [node.name for node in pattern.nodes] + [edge.name for edge in pattern.edges]
    for name in names:
        if not name.isidentifier():
            raise QueryError(
                "A variable's name is a word.",
                code="query.pattern.name",
                next_step="Use letters and digits.",
                name=name,
            )
        if names.count(name) > 1:
            raise QueryError(
                "Two variables have one name.", code="query.pattern.name", next_step="Rename one of them.", name=name
            )


def _node(node: NodePattern) -> CheckedNode:
    kind = node_type(node.type)
    return CheckedNode(node.name, kind, checked_where(node.where, node_kinds(kind)))


def _edge(edge: EdgePattern, nodes: dict[str, CheckedNode]) -> CheckedEdge:
    kind = stored_relationship(edge.relationship)
    for end in (edge.source, edge.target):
        if end not in nodes:
            raise QueryError(
                "An edge names a variable that no node has.",
                code="query.pattern.variable",
                next_step="Declare the node, or correct the name.",
                edge=edge.name,
                variable=end,
            )
    source, target = nodes[edge.source].type.name, nodes[edge.target].type.name
    if source not in kind.sources or target not in kind.targets:
        raise QueryError(
            "The relationship does not join these types in this direction.",
            code="query.pattern.ends",
            next_step=f"{kind.name} leads from {' or '.join(kind.sources)} to {' or '.join(kind.targets)}.",
            edge=edge.name,
            source=source,
            target=target,
        )
    stored = (
        dict(zip(kind.sources, kind.stored_sources(), strict=True))[source],
        dict(zip(kind.targets, kind.stored_targets(), strict=True))[target],
    )
    where = checked_where(edge.where, relationship_kinds(kind))
    return CheckedEdge(edge.name, kind, edge.source, edge.target, source, target, *stored, where)


def _connected(nodes: dict[str, CheckedNode], edges: Iterable[CheckedEdge]) -> None:
    links = [{edge.source, edge.target} for edge in edges]
    reached = {next(iter(nodes))}
    while grown := [link for link in links if link & reached and not link <= reached]:
        reached = reached.union(*grown)
    if loose := sorted(nodes.keys() - reached):
        raise QueryError(
            "The pattern falls apart: some variables are joined to nothing.",
            code="query.pattern.unconnected",
            next_step="Join them by an edge, or ask two questions.",
            variables=", ".join(loose),
        )


def _reference(text: str, kinds: dict[str, dict[str, Kind]]) -> Reference:
    variable, _, name = text.partition(".")
    if variable not in kinds or name not in kinds[variable]:
        raise QueryError(
            "There is no such variable or property.",
            code="query.pattern.reference",
            next_step="Write variable.property with names of the pattern and of the type.",
            reference=text,
        )
    return Reference(variable, name, kinds[variable][name])


def _before(each: Before, kinds: dict[str, dict[str, Kind]]) -> CheckedBefore:
    first, then = _reference(each.first, kinds), _reference(each.then, kinds)
    pair = {first.kind, then.kind}
    if not (pair <= _DATED or pair == {Kind.INSTANT}):
        raise QueryError(
            "These two cannot stand in a time order.",
            code="query.pattern.before",
            next_step="Compare dates and civil times with each other, or instants with instants.",
            first=each.first,
            then=each.then,
        )
    return CheckedBefore(first, then, each.strict)
