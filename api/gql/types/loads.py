"""Loads as the API shows them: uploads, jobs, reports. Made by mutations, `load`, `loads` and `loadProgress`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.gql.scalars import Count
from api.gql.types.detections import DetectionReport, detection_report
from api.gql.types.governance import TypeCount
from api.loads.jobs import JobState, LoadJob
from api.loads.uploads import Upload
from graph.progress import Progress

NOT_BEGUN = Progress("", 0, 0)
LoadState = strawberry.enum(JobState, name="LoadState", description="Where a load stands. 加载状态")


@strawberry.type(description="Files that wait for their load: an hour, and for whoever brought them. 上传文件")
class UploadedFiles:
    """`id` goes to `startLoad`."""

    id: strawberry.ID
    names: list[str]
    bytes: Count = strawberry.field(description="Size of all files together.")


@strawberry.type(description="How often a rule of data quality was broken.")
class IssueCount:
    """One entry of a report."""

    rule: str
    count: int


@strawberry.type(description="What a load did. 加载结果")
class LoadReport:
    """`read` = `accepted` + `rejected`; `known` of the accepted rows changed nothing."""

    batch: str = strawberry.field(description="Id of the batch, as in `batches`.")
    outcome: str = strawberry.field(description="committed, known (loaded before), empty, or checked (dry run).")
    read: Count
    accepted: Count
    rejected: Count
    known: Count
    seconds: float
    by_type: list[TypeCount]
    issues: list[IssueCount]
    resolved_by: str | None = strawberry.field(description="Rules and model by which identities were resolved.")
    resolved_anew: bool = strawberry.field(
        description="Whether all identities were, because they stood by other rules or another model."
    )


@strawberry.type(description="Why a load failed; nothing was written.")
class LoadFault:
    """As an error of a query."""

    code: str
    message: str
    next_step: str | None
    refused: list[str] = strawberry.field(description="First refused rows, where too many stopped the load.")


@strawberry.type(name="LoadJob", description="A load that this run of the server was asked for. 加载任务")
class LoadJobInfo:
    """As it stood when it was asked for."""

    id: strawberry.ID
    state: LoadState  # type: ignore[valid-type]  # Strawberry's enum is the class itself
    source: str
    files: list[str]
    who: str
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    step: str | None = strawberry.field(description="What it does now.")
    steps_done: int
    steps_total: int
    rows_done: Count | None = strawberry.field(description="Rows that this step has dealt with.")
    rows_total: Count | None = strawberry.field(description="Rows that this step deals with, once they are known.")
    rows_per_second: float | None = strawberry.field(description="Rate of this step.")
    seconds_left: float | None = strawberry.field(description="Of the whole load, once it can be said.")
    report: LoadReport | None = strawberry.field(description="Once it is done.")
    detection: DetectionReport | None = strawberry.field(description="Once a run of detection is done.")
    error: LoadFault | None = strawberry.field(description="If it failed.")


def job_info(job: LoadJob) -> LoadJobInfo:
    """A job as the schema shows it."""
    now = job.progress or NOT_BEGUN
    return LoadJobInfo(
        id=strawberry.ID(job.id),
        state=job.state,
        source=job.source,
        files=list(job.files),
        who=job.who,
        queued_at=job.queued_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        step=now.step or None,
        steps_done=now.steps_done,
        steps_total=now.steps_total,
        rows_done=_count(now.rows_done),
        rows_total=_count(now.rows_total),
        rows_per_second=now.rows_per_second,
        seconds_left=now.seconds_left,
        report=_report(dict(job.report)) if job.report is not None else None,
        detection=detection_report(dict(job.report)) if job.report is not None else None,
        error=_fault(dict(job.error)) if job.error is not None else None,
    )


def _count(number: int | None) -> Count | None:
    return None if number is None else Count(number)


def uploaded(upload: Upload) -> UploadedFiles:
    """An upload as the schema shows it."""
    return UploadedFiles(id=strawberry.ID(upload.id), names=list(upload.names), bytes=Count(upload.size))


def _report(report: dict[str, Any]) -> LoadReport | None:
    if "batch" not in report:
        return None  # a restore waits its turn with the loads, and reports otherwise
    counts = {name: Count(report[name]) for name in ("read", "accepted", "rejected", "known")}
    return LoadReport(
        batch=report["batch"],
        outcome=report["state"],
        seconds=report["seconds"],
        by_type=[TypeCount(type=name, count=count) for name, count in sorted(report["by_type"].items())],
        issues=[IssueCount(rule=rule, count=count) for rule, count in sorted(report["issues"].items())],
        resolved_by=report["resolved_by"],
        resolved_anew=report["resolved_anew"],
        **counts,
    )


def _fault(error: dict[str, Any]) -> LoadFault:
    extensions = error["extensions"]
    return LoadFault(
        code=extensions["code"],
        message=error["message"],
        next_step=extensions.get("nextStep"),
        refused=list(extensions.get("facts", {}).get("refused", ())),
    )
