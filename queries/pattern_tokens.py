"""Tokens of the pattern language, each with its place, and the cursor that `queries.pattern_text` reads them with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graph.errors import QueryError

LONGEST_TEXT = 10_000
EXAMPLE = "(a:Taxpayer)-[:SOLD]->(i:Invoice) where i.net_cents >= 1000000 return a.name limit 50"

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)
    |(?P<decimal>-?[0-9]+\.[0-9]+)
    |(?P<number>-?[0-9]+)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign><-(?=\s*\[)|->|<=|>=|<>|!=|[-<>=(),:.\[\]])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind (`text moment decimal number word sign end`), its text and its offset in characters."""

    kind: str
    text: str
    at: int


def pattern_error(message: str, at: int, *, next_step: str | None = None) -> QueryError:
    """What is wrong with a pattern, and at which character (counted from 1)."""
    return QueryError(
        f"{message} At character {at + 1} of the pattern.",
        code="query.pattern",
        next_step=next_step or f"Write it like: {EXAMPLE}",
        position=at + 1,
    )


def tokens(text: str) -> list[Token]:
    """The tokens of a pattern, closed by one of kind `end`.

    Raises:
        QueryError: `query.pattern` with the place of the first character that begins no token.
    """
    if len(text) > LONGEST_TEXT:
        raise pattern_error("The pattern is too long.", LONGEST_TEXT, next_step="Ask a shorter question.")
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise pattern_error(f"'{text[at]}' begins nothing.", at)
        if token.lastgroup not in (None, "space"):
            found.append(Token(str(token.lastgroup), token[0], at))
        at = token.end()
    return [*found, Token("end", "", len(text))]


class Cursor:
    """Reads tokens from left to right; the only thing in the parser that changes."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._place = 0

    @property
    def next(self) -> Token:
        """The token not read yet."""
        return self._tokens[self._place]

    @property
    def next_is_item(self) -> bool:
        """Does `name.` come next?"""
        following = self._tokens[self._place + 1 : self._place + 2]
        return self.next.kind == "word" and bool(following) and following[0].text == "."

    def take(self) -> Token:
        """Read one token."""
        token = self.next
        self._place += token.kind != "end"
        return token

    def sees(self, *signs: str) -> bool:
        """Is the next token one of these signs or (in any case) words?"""
        return self.next.kind in ("sign", "word") and self.next.text.lower() in signs

    def skip(self, *signs: str) -> bool:
        """Read the next token if it is one of these."""
        seen = self.sees(*signs)
        if seen:
            self.take()
        return seen

    def expect(self, sign: str) -> Token:
        """Read this sign or word, or refuse."""
        if not self.sees(sign):
            raise pattern_error(f"Expected '{sign}' but found '{self.next.text or 'the end'}'.", self.next.at)
        return self.take()

    def word(self, what: str) -> Token:
        """Read a name, or refuse."""
        if self.next.kind != "word":
            raise pattern_error(f"Expected {what} but found '{self.next.text or 'the end'}'.", self.next.at)
        return self.take()
