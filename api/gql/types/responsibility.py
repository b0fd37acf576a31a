"""Answers about responsibility over time: how it moved, where there was none, where there were two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import Enum

import strawberry

from api.gql.context import RequestContext
from api.gql.types.answers import Answer, cuts
from api.gql.types.lineage import GroundFact, Responsibility, ground_facts, responsibility
from graph.store.questions import AsOf
from queries.organisation import gaps, overlaps
from queries.organisation.moves import Change, Moves


@strawberry.enum(description="What lacks a responsible officer. 责任空白")
class GapKind(Enum):
    """As the queries name them."""

    TAXPAYER_WITHOUT_GRID = "taxpayer_without_grid"
    TAXPAYER_NEVER_IN_GRID = "taxpayer_never_in_grid"
    GRID_WITHOUT_OFFICER = "grid_without_officer"
    GRID_WITHOUT_CHIEF = "grid_without_chief"
    POST_WITHOUT_HOLDER = "post_without_holder"
    DUTY_WITHOUT_POST = "duty_without_post"
    TASK_WITHOUT_OFFICER = "task_without_officer"
    STEP_WITHOUT_OFFICER = "step_without_officer"


@strawberry.enum(description="What is one's and has two. 责任重叠")
class OverlapKind(Enum):
    """As the queries name them."""

    TWO_CHIEFS_OF_A_GRID = "two_chiefs_of_a_grid"
    TWO_HOLDERS_OF_A_POST = "two_holders_of_a_post"
    TWO_GRIDS_OF_A_KIND = "two_grids_of_a_kind"


@strawberry.type(description="Days, half open. 期间")
class DaySpan:
    """From a day until the day before another one; null is without end."""

    from_: date | None = strawberry.field(name="from")
    to: date | None


@strawberry.type(description="A responsibility that began or ended, and why. 责任变动")
class ResponsibilityChange:
    """`because`: facts that began or ended that day."""

    on: date
    kind: str = strawberry.field(description="began or ended.")
    officer_key: str
    officer_name: str | None
    via: str
    grid_key: str | None
    role: str | None
    post_key: str | None
    task_key: str | None
    acting_for: str | None
    because: list[GroundFact]


@strawberry.type(description="How responsibility for a taxpayer moved. 责任变迁")
class ResponsibilityMoves(Answer):
    """Every responsibility over its longest days, and what changed them."""

    taxpayer_key: str
    lines: list[Responsibility]
    changes: list[ResponsibilityChange]
    nobody: list[DaySpan] = strawberry.field(description="When nobody answered.")


@strawberry.type(description="How many of a kind; never cut. 数量")
class KindCount:
    """Of what is in scope."""

    kind: str
    count: int


@strawberry.type(description="Days on which nobody was responsible for a subject. 责任空白")
class ResponsibilityGap:
    """`days` is null where it goes on."""

    kind: str
    type: str = strawberry.field(description="Type of the subject.")
    subject: str = strawberry.field(description="Public id.")
    name: str | None
    from_: date | None = strawberry.field(name="from")
    to: date | None
    days: int | None


@strawberry.type(description="Where nobody was responsible. 责任空白清单")
class ResponsibilityGaps(Answer):
    """By kind, subject and day."""

    gaps: list[ResponsibilityGap]
    totals: list[KindCount]


@strawberry.type(description="Days on which several were what one should be. 责任重叠")
class ResponsibilityOverlap:
    """`members` are keys of officers or grids."""

    kind: str
    type: str = strawberry.field(description="Type of the subject.")
    subject: str = strawberry.field(description="Public id.")
    name: str | None
    role: str | None
    members: list[str]
    from_: date | None = strawberry.field(name="from")
    to: date | None


@strawberry.type(description="Where several were responsible for what is one's. 责任重叠清单")
class ResponsibilityOverlaps(Answer):
    """By kind, subject and day."""

    overlaps: list[ResponsibilityOverlap]
    totals: list[KindCount]


def moves_answer(found: Moves, as_of: AsOf) -> ResponsibilityMoves:
    """Moves as an answer."""
    return ResponsibilityMoves(
        cut=cuts(found.cut),
        taxpayer_key=found.taxpayer,
        lines=[responsibility(one, as_of) for one in found.lines],
        changes=[_change(one) for one in found.changes],
        nobody=[DaySpan(from_=one.from_, to=one.to) for one in found.nobody],
    )


def _change(found: Change) -> ResponsibilityChange:
    return ResponsibilityChange(
        on=found.on,
        kind=found.kind,
        officer_key=found.officer,
        officer_name=found.officer_name,
        via=found.via,
        grid_key=found.grid,
        role=found.role,
        post_key=found.post,
        task_key=found.task,
        acting_for=found.acting_for,
        because=ground_facts(found.because),
    )


def gaps_answer(context: RequestContext, found: gaps.Gaps) -> ResponsibilityGaps:
    """Gaps as an answer; a taxpayer that is named is a read."""
    for gap in found.gaps:
        context.saw(gap.type, gap.subject)
    listed = [ResponsibilityGap(**{name: getattr(gap, name) for name in gaps.Gap.__slots__}) for gap in found.gaps]
    return ResponsibilityGaps(cut=cuts(found.cut), gaps=listed, totals=_counts(found.totals.items()))


def overlaps_answer(context: RequestContext, found: overlaps.Overlaps) -> ResponsibilityOverlaps:
    """Overlaps as an answer; a taxpayer that is named is a read."""
    for overlap in found.overlaps:
        context.saw(overlap.type, overlap.subject)
    listed = [
        ResponsibilityOverlap(
            kind=one.kind,
            type=one.type,
            subject=one.subject,
            name=one.name,
            role=one.role,
            members=list(one.members),
            from_=one.from_,
            to=one.to,
        )
        for one in found.overlaps
    ]
    return ResponsibilityOverlaps(cut=cuts(found.cut), overlaps=listed, totals=_counts(found.totals.items()))


def _counts(totals: Iterable[tuple[str, int]]) -> list[KindCount]:
    return [KindCount(kind=kind, count=count) for kind, count in totals]
