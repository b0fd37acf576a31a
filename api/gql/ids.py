"""Global ids and cursors: opaque to callers, made of public ids and public order only. Used by all of `api.gql`."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import strawberry

from graph.errors import LimitError, QueryError
from graph.model.vocabulary import NODE_TYPES

MOST_ROWS_A_PAGE = 100
ROWS_A_PAGE = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = frozenset(node.name for node in NODE_TYPES)


def global_id(type_name: str, key: str) -> strawberry.ID:
    """base64url of `Type:key`, without padding."""
    return strawberry.ID(_packed(f"{type_name}:{key}"))


def parsed_id(given: str) -> tuple[str, str] | None:
    """Type and key of a global id; None if it is not one."""
    text = _unpacked(given)
    type_name, colon, key = (text or "").partition(":")
    return (type_name, key) if colon and key and type_name in _NAMES else None


def key_of(given: str, type_name: str) -> str:
    """The key that a typed argument names: from a global id of that type, else the public id as it stands.

    Raises:
        QueryError: `query.id` if it is a global id of another type.
    """
    found = parsed_id(given)
    if found is None:
        return given
    if found[0] != type_name:
        raise QueryError(
            f"This id is not one of a {type_name}.",
            code="query.id",
            next_step=f"Send the id of a {type_name}, or ask node(id).",
            type=found[0],
        )
    return found[1]


@dataclass(frozen=True, slots=True)
class Window:
    """Rows `offset` to `offset + first` of a total order, as recorded at an instant.

    The instant is that of the first page, so that later pages belong to the same order whatever is loaded meanwhile.
    """

    first: int
    offset: int
    recorded: datetime | None

    @property
    def end(self) -> int:
        """How many rows must be known to fill the window."""
        return self.offset + self.first

    def cursor(self, place: int, recorded: datetime | None) -> str:
        """The cursor behind the row at this place of the window."""
        micros = (recorded - _EPOCH) // timedelta(microseconds=1) if recorded else None
        return _packed(json.dumps([self.offset + place + 1, micros]))


def window(first: int | None, after: str | None) -> Window:
    """What `first` and `after` ask for.

    Raises:
        LimitError: `limit.page` for a page larger than 100 rows.
        QueryError: `query.cursor` for a cursor that was not given by us.
    """
    size = ROWS_A_PAGE if first is None else first
    if not 0 <= size <= MOST_ROWS_A_PAGE:
        raise LimitError(
            f"A page has at most {MOST_ROWS_A_PAGE} rows.",
            code="limit.page",
            next_step=f"Ask with `first` between 0 and {MOST_ROWS_A_PAGE} and go on with `after`.",
            first=size,
        )
    offset, recorded = _place(after) if after else (0, None)
    return Window(size, offset, recorded)


def _place(cursor: str) -> tuple[int, datetime | None]:
    try:
        offset, micros = json.loads(_unpacked(cursor) or "")
        recorded = None if micros is None else _EPOCH + timedelta(microseconds=int(micros))
        if isinstance(offset, int) and 0 <= offset < 1 << 53:
            return offset, recorded
    except (ValueError, TypeError, OverflowError):
        pass
    raise QueryError(
        "This is not a cursor of an earlier page.",
        code="query.cursor",
        next_step="Send `pageInfo.endCursor` of the page before as `after`.",
    )


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpacked(given: str) -> str | None:
    try:
        return base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
