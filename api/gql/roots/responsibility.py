"""Roots of responsibility over time: how it moved, where nobody had it, where two did."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from api.access.principals import Right
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.ids import key_of
from api.gql.types.responsibility import (
    GapKind,
    OverlapKind,
    ResponsibilityGaps,
    ResponsibilityMoves,
    ResponsibilityOverlaps,
    gaps_answer,
    moves_answer,
    overlaps_answer,
)
from graph.errors import QueryError
from queries.organisation import gaps, overlaps
from queries.organisation.moves import responsibility_moves
from queries.reading import find_taxpayer

SUBJECTS = ("Taxpayer", "Grid", "Post", "Duty", "Task")


@strawberry.input(description="Whom and when a question about gaps and overlaps is about; nothing is everything. 范围")
class ResponsibilityOf:
    """A subject by type and public id, or a bureau with all below it; in the days from `since` until before `until`."""

    type: str | None = None
    subject: str | None = None
    bureau: strawberry.ID | None = None
    since: date | None = None
    until: date | None = None
    recorded: datetime | None = None


About = Annotated[ResponsibilityOf | None, strawberry.argument(description="Everything, where nothing is given.")]


@strawberry.type
class ResponsibilityRoots:
    """Who answered for what, over time."""

    @field
    def responsibility_moves(
        self, info: Info, *, taxpayer: strawberry.ID, recorded: datetime | None = None
    ) -> ResponsibilityMoves:
        """How responsibility for a taxpayer moved, and why (责任变迁)."""
        info.context.demand(Right.READ)
        context, clocks = info.context, info.context.asked(AsOfInput(recorded=recorded))
        key = find_taxpayer(context.store, key_of(taxpayer, "Taxpayer"), as_of=clocks, scope=context.scope)
        context.saw("Taxpayer", key)
        found = responsibility_moves(context.store, key, recorded=clocks.recorded, scope=context.scope)
        return moves_answer(found, clocks)

    @field
    def responsibility_gaps(
        self, info: Info, *, kinds: list[GapKind] | None = None, about: About = None
    ) -> ResponsibilityGaps:
        """Where nobody was responsible, as days (责任空白)."""
        info.context.demand(Right.READ)
        wanted = [kind.value for kind in kinds] if kinds else list(gaps.KINDS)
        found = gaps.responsibility_gaps(
            info.context.store, kinds=wanted, scope=info.context.scope, **_asked(info, about)
        )
        return gaps_answer(info.context, found)

    @field
    def responsibility_overlaps(
        self, info: Info, *, kinds: list[OverlapKind] | None = None, about: About = None
    ) -> ResponsibilityOverlaps:
        """Where several were responsible for what is one's, as days (责任重叠)."""
        info.context.demand(Right.READ)
        wanted = [kind.value for kind in kinds] if kinds else list(overlaps.KINDS)
        found = overlaps.responsibility_overlaps(
            info.context.store, kinds=wanted, scope=info.context.scope, **_asked(info, about)
        )
        return overlaps_answer(info.context, found)


def _asked(info: Info, about: ResponsibilityOf | None) -> dict[str, Any]:
    """What the queries are given; QueryError `query.subject` for half a subject, or one of another type."""
    given = about or ResponsibilityOf()
    clocks = info.context.asked(AsOfInput(recorded=given.recorded))
    if (given.type is None) != (given.subject is None) or given.type not in {None, *SUBJECTS}:
        raise QueryError(
            "A subject has a type and an id.", code="query.subject", next_step=f"The type is of {', '.join(SUBJECTS)}."
        )
    subject = None
    if given.type is not None and given.subject is not None:
        subject = (given.type, key_of(strawberry.ID(given.subject), given.type))
    return {
        "subject": subject,
        "bureau": key_of(given.bureau, "Bureau") if given.bureau else None,
        "since": given.since,
        "until": given.until,
        "recorded": clocks.recorded,
    }
