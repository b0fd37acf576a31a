"""The process map of tasks: what follows what, how often, after how long, and the ways that cases take."""

from __future__ import annotations

import strawberry

from api.gql.scalars import Count
from api.gql.types.answers import Answer, cuts
from queries.process.mapping import ProcessMap, Times


@strawberry.type(description="Durations by nearest rank, in whole seconds. 耗时")
class ProcessTimes:
    """Of those of which both ends have an instant; null where there is none."""

    timed: int
    median_seconds: Count | None
    p90_seconds: Count | None


@strawberry.type(description="An action, as its source calls it. 环节")
class ProcessActivity:
    """How many cases begin and end with it."""

    name: str
    count: int
    cases: int
    starts: int
    ends: int


@strawberry.type(description="One action directly after another. 流转")
class ProcessArc:
    """Of the same case."""

    source: str
    target: str
    count: int
    times: ProcessTimes


@strawberry.type(description="A way that cases took. 路径变体")
class ProcessVariant:
    """`path` is cut where it is shorter than `steps`; `share` is of all cases."""

    path: list[str]
    steps: int
    cases: int
    share: float
    times: ProcessTimes = strawberry.field(description="From its first event to its last.")


@strawberry.type(name="ProcessMap", description="The ways that tasks really take. 流程图")
class ProcessAnswer(Answer):
    """Totals are never cut. Nobody is named."""

    cases: int
    events: int
    activity_count: int
    arc_count: int
    variant_count: int
    times: ProcessTimes = strawberry.field(description="From a case's first event to its last.")
    activities: list[ProcessActivity]
    arcs: list[ProcessArc]
    variants: list[ProcessVariant]


def process_answer(found: ProcessMap) -> ProcessAnswer:
    """A map as an answer."""
    return ProcessAnswer(
        cut=cuts(found.cut),
        cases=found.cases,
        events=found.events,
        activity_count=found.activity_count,
        arc_count=found.arc_count,
        variant_count=found.variant_count,
        times=_times(found.times),
        activities=[
            ProcessActivity(name=one.name, count=one.count, cases=one.cases, starts=one.starts, ends=one.ends)
            for one in found.activities
        ],
        arcs=[
            ProcessArc(source=one.source, target=one.target, count=one.count, times=_times(one.times))
            for one in found.arcs
        ],
        variants=[
            ProcessVariant(
                path=list(one.path),
                steps=one.steps,
                cases=one.cases,
                share=one.cases / found.cases,
                times=_times(one.times),
            )
            for one in found.variants
        ],
    )


def _times(found: Times) -> ProcessTimes:
    median, p90 = found.median_seconds, found.p90_seconds
    return ProcessTimes(
        timed=found.timed,
        median_seconds=None if median is None else Count(median),
        p90_seconds=None if p90 is None else Count(p90),
    )
