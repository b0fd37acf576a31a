"""Runs of detection as the API shows them: what changed, and how each pattern was searched. Part of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from api.gql.scalars import Count
from api.gql.types.answers import CutInfo, cuts
from queries.results import Cut


@strawberry.type(description="How many findings went which way.")
class FindingCount:
    """`change`: new, updated, unchanged, back, gone or superseded."""

    change: str
    count: Count


@strawberry.type(description="How one pattern was searched. 检索范围")
class PatternSearch:
    """Whichever way, the findings are those of a search of everything."""

    pattern: str
    how: str = strawberry.field(
        description="skipped (nothing that it reads changed), touched (taxpayers that changed alone), "
        "blocks (of time around changed invoices), whole."
    )
    taxpayers: Count = strawberry.field(description="Taxpayers that were searched, or around which.")
    blocks: Count = strawberry.field(description="Blocks of time that were searched.")


@strawberry.type(description="What a run of detection did. 检测结果")
class DetectionReport:
    """As `taxgraph detect` tells it."""

    findings: Count
    counts: list[FindingCount]
    batch: str | None = strawberry.field(description="Id of the batch that holds what changed.")
    searched: list[PatternSearch]
    cut: list[CutInfo] = strawberry.field(description="Searches that ended early.")


def detection_report(report: Mapping[str, Any]) -> DetectionReport | None:
    """The report of a job as the schema shows it; None where the job was something else."""
    if "detection" not in report:
        return None
    done: dict[str, Any] = report["detection"]
    return DetectionReport(
        findings=Count(done["findings"]),
        counts=[FindingCount(change=name, count=Count(count)) for name, count in sorted(done["counts"].items())],
        batch=done["batch"],
        searched=[
            PatternSearch(
                pattern=each["pattern"],
                how=each["how"],
                taxpayers=Count(each["taxpayers"]),
                blocks=Count(each["blocks"]),
            )
            for each in done["searched"]
        ],
        cut=cuts(tuple(Cut(**each) for each in done["cut"])),
    )
