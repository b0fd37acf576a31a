"""Expected feeds as the API shows them. Made by the root `feeds`."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from loaders.feeds import Every, FeedReport, FeedState

FeedEvery = strawberry.enum(Every, name="FeedEvery", description="How often a feed comes. 频率")
FeedStateInfo = strawberry.enum(
    FeedState, name="FeedState", description="What became of the last period that is due. 到达状态"
)


@strawberry.type(name="Feed", description="An export that is expected. 数据到达情况")
class FeedInfo:
    """As it stood at the instant that was asked about."""

    name: str
    source: str = strawberry.field(description="Source system.")
    every: FeedEvery  # type: ignore[valid-type]  # Strawberry's enum is the class itself
    state: FeedStateInfo  # type: ignore[valid-type]  # the same
    period: date | None = strawberry.field(description="Last day of the last period that is due.")
    due_at: datetime | None
    batch: str | None = strawberry.field(description="What came for it.")
    came_at: datetime | None
    late_since: datetime | None = strawberry.field(description="Since when it has been missing.")
    missing: list[date] = strawberry.field(description="Periods without a batch, the newest.")
    next_due_at: datetime


def feed_info(report: FeedReport) -> FeedInfo:
    """A feed as the schema shows it."""
    return FeedInfo(
        name=report.feed.name,
        source=report.feed.source,
        every=report.feed.every,
        state=report.state,
        period=report.period,
        due_at=report.due_at,
        batch=report.batch,
        came_at=report.came_at,
        late_since=report.late_since,
        missing=list(report.missing),
        next_due_at=report.next_due_at,
    )
