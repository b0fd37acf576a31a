"""The pattern language: text → `Pattern`. Called by `queries.match`; the stores compile it to SQL or Cypher.

pattern   = chain {"," chain} ["where" condition {"and" condition}] ["return" item {"," item}] ["limit" number]
chain     = node {edge node}
node      = "(" name [":" Type] ")"                        the type is needed where a name stands first
edge      = "-[" [name] ":" RELATIONSHIP "]->"  |  "<-[" [name] ":" RELATIONSHIP "]-"
condition = item ("=" | "<>" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "prefix") literal
          | item "in" "(" literal {"," literal} ")"  |  item "is" ["not"] "null"
          | item ("<=" | "<" | ">=" | ">" | "before" | "after") item          time order of two moments
item      = name "." property          literal = number, "text", 2026-03-01, 2026-03-01T09:30:00, true, false
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.errors import QueryError
from graph.model.fields import Kind, Personal, Property
from graph.model.vocabulary import node_type, relationship_type
from graph.store.questions import Before, EdgePattern, Filter, NodePattern, Op, Pattern, Value
from queries.pattern_tokens import Cursor, Token, pattern_error
from queries.pattern_values import property_of, typed_value

OPERATORS = {
    "=": Op.EQ,
    "<>": Op.NE,
    "!=": Op.NE,
    "<": Op.LT,
    "<=": Op.LE,
    ">": Op.GT,
    ">=": Op.GE,
    "contains": Op.CONTAINS,
    "prefix": Op.PREFIX,
}
KEYWORDS = ("where", "and", "return", "limit", "in", "is", "not", "null", "before", "after", "contains", "prefix")
MOMENTS = (Kind.DATE, Kind.CIVIL_TIME, Kind.INSTANT)
DEFAULT_ROWS = 1000


@dataclass(slots=True)
class _Draft:
    """What has been read so far; variables keep the order in which they were first named."""

    types: dict[str, str] = field(default_factory=dict)
    edges: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # name → source, relationship, target
    where: dict[str, list[Filter]] = field(default_factory=dict)
    before: list[Before] = field(default_factory=list)
    returns: list[str] = field(default_factory=list)
    limit: int = DEFAULT_ROWS


def parse_pattern(text: str) -> Pattern:
    """A pattern from its text form.

    Raises:
        QueryError: `query.pattern` with the character where the text stops making sense, `query.type` or
            `query.property` for names that the vocabulary does not have.
    """
    cursor, draft = Cursor(text), _Draft()
    _chain(cursor, draft)
    while cursor.skip(","):
        _chain(cursor, draft)
    if cursor.skip("where"):
        _condition(cursor, draft)
        while cursor.skip("and"):
            _condition(cursor, draft)
    if cursor.skip("return"):
        _returned(cursor, draft)
        while cursor.skip(","):
            _returned(cursor, draft)
    if cursor.skip("limit"):
        draft.limit = _limit(cursor)
    if cursor.next.kind != "end":
        raise pattern_error(f"'{cursor.next.text}' does not belong here.", cursor.next.at)
    return _finished(draft)


def visible_properties(properties: tuple[Property, ...]) -> tuple[Property, ...]:
    """Properties that a question may name: a filter on a restricted one would answer what may never leave."""
    return tuple(p for p in properties if p.personal is not Personal.RESTRICTED)


def _finished(draft: _Draft) -> Pattern:
    def filters(name: str) -> tuple[Filter, ...]:
        return tuple(draft.where.get(name, ()))

    return Pattern(
        nodes=tuple(NodePattern(name, type_name, filters(name)) for name, type_name in draft.types.items()),
        edges=tuple(EdgePattern(name, *ends, where=filters(name)) for name, ends in draft.edges.items()),
        before=tuple(draft.before),
        returns=tuple(draft.returns),
        limit=draft.limit,
    )


def _chain(cursor: Cursor, draft: _Draft) -> None:
    left = _node(cursor, draft)
    while cursor.sees("-", "<-"):
        backwards = cursor.take().text == "<-"
        name, relationship = _edge(cursor, draft)
        cursor.expect("-" if backwards else "->")
        right = _node(cursor, draft)
        source, target = (right, left) if backwards else (left, right)
        draft.edges[name] = (source, relationship, target)
        left = right


def _node(cursor: Cursor, draft: _Draft) -> str:
    cursor.expect("(")
    name = _name(cursor)
    if cursor.skip(":"):
        _declare(draft, name, _known_type(cursor.word("a node type")))
    elif name.text not in draft.types:
        raise pattern_error(f"'{name.text}' has no type yet.", name.at, next_step=f"Write ({name.text}:Taxpayer).")
    cursor.expect(")")
    return name.text


def _known_type(token: Token) -> Token:
    try:
        node_type(token.text)
    except QueryError as unknown:
        raise pattern_error(f"There is no node type '{token.text}'.", token.at, next_step=unknown.next_step) from None
    return token


def _declare(draft: _Draft, name: Token, type_name: Token) -> None:
    if name.text in draft.edges:
        raise pattern_error(f"'{name.text}' already names a relationship.", name.at)
    if draft.types.setdefault(name.text, type_name.text) != type_name.text:
        raise pattern_error(f"'{name.text}' already has the type {draft.types[name.text]}.", type_name.at)


def _edge(cursor: Cursor, draft: _Draft) -> tuple[str, str]:
    cursor.expect("[")
    name = _name(cursor).text if cursor.next.kind == "word" else _unnamed(draft)
    colon = cursor.expect(":")
    if name in draft.types or name in draft.edges:
        raise pattern_error(f"'{name}' is already taken.", colon.at, next_step="Give each relationship its own name.")
    relationship = cursor.word("a relationship")
    try:
        relationship_type(relationship.text)
    except QueryError as unknown:
        message = f"There is no relationship '{relationship.text}'."
        raise pattern_error(message, relationship.at, next_step=unknown.next_step) from None
    cursor.expect("]")
    return name, relationship.text


def _unnamed(draft: _Draft) -> str:
    number = len(draft.edges) + 1
    while f"r{number}" in draft.edges or f"r{number}" in draft.types:
        number += 1
    return f"r{number}"


def _name(cursor: Cursor) -> Token:
    name = cursor.word("a name")
    if name.text.lower() in KEYWORDS:
        raise pattern_error(f"'{name.text}' is a word of the language.", name.at, next_step="Choose another name.")
    return name


def _item(cursor: Cursor, draft: _Draft) -> tuple[Token, Property]:
    """`name.property`: the token of the name and the property meant."""
    name = _name(cursor)
    cursor.expect(".")
    written = cursor.word("a property")
    try:
        return name, property_of(_properties(draft, name), written.text, _owner(draft, name.text))
    except QueryError as unknown:
        if unknown.code != "query.property":
            raise
        raise pattern_error(unknown.message, written.at, next_step=unknown.next_step) from None


def _properties(draft: _Draft, name: Token) -> tuple[Property, ...]:
    if name.text in draft.types:
        return visible_properties(node_type(draft.types[name.text]).properties)
    if name.text in draft.edges:
        return visible_properties(relationship_type(draft.edges[name.text][1]).properties)
    raise pattern_error(
        f"Nothing is called '{name.text}'.",
        name.at,
        next_step=f"Use one of {', '.join([*draft.types, *draft.edges])}.",
    )


def _owner(draft: _Draft, name: str) -> str:
    return draft.types[name] if name in draft.types else draft.edges[name][1]


def _condition(cursor: Cursor, draft: _Draft) -> None:
    name, property_ = _item(cursor, draft)
    operator = cursor.take()
    word = operator.text.lower()
    if word in ("before", "after") or (word in OPERATORS and cursor.next_is_item):
        _time_order(cursor, draft, f"{name.text}.{property_.name}", property_, operator)
        return
    draft.where.setdefault(name.text, []).append(_filter(cursor, property_, operator, word))


def _filter(cursor: Cursor, property_: Property, operator: Token, word: str) -> Filter:
    if word == "is":
        wanted = not cursor.skip("not")
        cursor.expect("null")
        return Filter(property_.name, Op.IS_NULL, wanted)
    if word == "in":
        return Filter(property_.name, Op.IN, _list(cursor, property_))
    if word not in OPERATORS:
        raise pattern_error(f"'{operator.text or 'the end'}' compares nothing.", operator.at)
    op = OPERATORS[word]
    if op in (Op.CONTAINS, Op.PREFIX) and property_.kind is not Kind.TEXT:
        raise pattern_error(f"'{property_.name}' is no text.", operator.at)
    return Filter(property_.name, op, _literal(cursor, property_))


def _list(cursor: Cursor, property_: Property) -> tuple[Value, ...]:
    closing = ")" if cursor.skip("(") else "]"
    if closing == "]":
        cursor.expect("[")
    values = [_literal(cursor, property_)]
    while cursor.skip(","):
        values.append(_literal(cursor, property_))
    cursor.expect(closing)
    return tuple(values)


def _literal(cursor: Cursor, property_: Property) -> Value:
    token = cursor.take()
    try:
        return typed_value(_written(token), property_)
    except ValueError as wrong:
        raise pattern_error(str(wrong), token.at, next_step="Compare with a value of that kind.") from None


def _written(token: Token) -> object:
    if token.kind == "number":
        return int(token.text)
    if token.kind == "text":
        return token.text[1:-1].replace(f"\\{token.text[0]}", token.text[0]).replace("\\\\", "\\")
    if token.kind == "word" and token.text.lower() in ("true", "false"):
        return token.text.lower() == "true"
    if token.kind in ("moment", "decimal"):
        return token.text
    raise ValueError(f"'{token.text or 'the end'}' is no value; texts stand in quotes.")


def _time_order(cursor: Cursor, draft: _Draft, left: str, property_: Property, operator: Token) -> None:
    """`i.issued_at <= j.issued_at`; only moments have an order that a pattern may ask for."""
    name, other = _item(cursor, draft)
    right = f"{name.text}.{other.name}"
    word = operator.text.lower()
    if word not in ("<", "<=", ">", ">=", "before", "after"):
        raise pattern_error("Two properties are compared by <, <=, >, >=, before or after only.", operator.at)
    for moment in (property_, other):
        if moment.kind not in MOMENTS:
            raise pattern_error(f"'{moment.name}' is no date or time.", operator.at)
    first, then = (left, right) if word in ("<", "<=", "before") else (right, left)
    draft.before.append(Before(first, then, strict=word in ("<", ">", "before", "after")))


def _returned(cursor: Cursor, draft: _Draft) -> None:
    name, property_ = _item(cursor, draft)
    draft.returns.append(f"{name.text}.{property_.name}")


def _limit(cursor: Cursor) -> int:
    token = cursor.take()
    if token.kind != "number" or int(token.text) < 1:
        raise pattern_error("A limit is a whole number from 1.", token.at, next_step="Write: limit 50")
    return int(token.text)
