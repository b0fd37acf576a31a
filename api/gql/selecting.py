"""Which stored columns the rows of a page need, by what the document asks of them. Used by `connections`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, cast

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode
from strawberry.utils.str_converters import to_camel_case

from api.gql.building import Node, field_of, shown_fields
from api.gql.context import Info
from graph.model.fields import Kind, Personal
from graph.model.vocabulary import node_type

_FREE = frozenset({"id", "key", "__typename"})  # of every node, from its id alone


def page_columns(info: Info, cls: type[Node]) -> tuple[str, ...] | None:
    """Stored columns of the nodes of the connection that is being answered; None for all of them.

    All, if more than plain properties is asked of a node: a resolver may need any column.
    """
    return _columns(cls, _asked_of_nodes(info._raw_info))  # noqa: SLF001 - the document itself has no other door


def node_columns(info: Info, cls: type[Node]) -> tuple[str, ...] | None:
    """Stored columns of the one node that the field gives which is being answered; None for all of them."""
    raw = info._raw_info  # noqa: SLF001 - as above
    return _columns(cls, (each.name.value for own in raw.field_nodes for each in _fields(own.selection_set, raw)))


def _columns(cls: type[Node], asked: Iterable[str]) -> tuple[str, ...] | None:
    known, columns = _plain_columns(cast("Hashable", cls)), set[str]()
    for name in asked:
        if name in known:
            columns.update(known[name])
        elif name not in _FREE:
            return None
    return tuple(sorted(columns))


@cache
def _plain_columns(cls: Hashable) -> Mapping[str, tuple[str, ...]]:
    """Columns behind each field that shows a property, by the field's name in a document."""
    properties = node_type(cast("type[Node]", cls).__name__).properties
    open_ones = {p.name for p in properties if p.personal is not Personal.RESTRICTED}
    currency = tuple(p.name for p in properties if p.name == "currency")
    fields = shown_fields(cls)
    return {
        to_camel_case(field_of(p)): (p.name, *(currency if p.kind is Kind.CENTS else ())) if p.name in open_ones else ()
        for p in properties
        if field_of(p) in fields
    }


def _asked_of_nodes(raw: GraphQLResolveInfo[Any]) -> Iterator[str]:
    """Names of the fields under `nodes` and under `edges { node }`."""
    for own in raw.field_nodes:
        for field in _fields(own.selection_set, raw):
            if field.name.value == "nodes":
                yield from (each.name.value for each in _fields(field.selection_set, raw))
            elif field.name.value == "edges":
                for edge in _fields(field.selection_set, raw):
                    yield from (each.name.value for each in _fields(edge.selection_set, raw))


def _fields(selection: SelectionSetNode | None, raw: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    """Fields of a selection, through its fragments."""
    for each in selection.selections if selection else ():
        if isinstance(each, FieldNode):
            yield each
        elif isinstance(each, InlineFragmentNode):
            yield from _fields(each.selection_set, raw)
        elif isinstance(each, FragmentSpreadNode):
            fragment: Any = raw.fragments[each.name.value]
            yield from _fields(fragment.selection_set, raw)
