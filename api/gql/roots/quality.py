"""Mutations of data quality: issues become tasks, and the graph is reconciled with its sources of record.

Issues are those of the whole graph: both are for who sees everything.
"""

from __future__ import annotations

import strawberry

from api.access.principals import Right
from api.gql.context import Info, RequestContext
from api.gql.fields import mutation
from api.gql.roots.tasks import officer_of, platform_desk
from api.gql.types.raised import RaisedQuality, ReconciledQuality, raised_task
from api.operations.findings import rule_book
from graph.errors import AccessError
from queries.quality.raising import raise_quality
from queries.quality.reconciling import reconcile


@strawberry.type
class QualityMutations:
    """Both change nothing when asked again."""

    @mutation
    def raise_quality(self, info: Info, *, rule: str | None = None, most: int = 100) -> RaisedQuality:
        """Open tasks for open issues (of one rule, or all) with whoever is responsible (数据质量派发)."""
        context, officer = _everything(info.context, Right.LEDGER), officer_of(info.context)
        made = raise_quality(
            context.store,
            on=context.desk.now().day,
            act=platform_desk(context),
            who=officer,
            rule=rule,
            book=rule_book(),
            most=most,
        )
        for task in (*(each.task for each in made.tasks), *made.reopened):
            context.saw("Task", task)
        tasks = [raised_task(each) for each in made.tasks]
        return RaisedQuality(tasks=tasks, reopened=list(made.reopened), unplaced=made.unplaced, left=made.left)

    @mutation
    def reconcile_quality(self, info: Info) -> ReconciledQuality:
        """Compare invoices with lines and totals, refused rows with what came back; keep the difference (数据核对)."""
        context = _everything(info.context, Right.LOAD)

        def waiting() -> None:
            context.deadline.remaining()

        with context.store.turn(seconds=context.deadline.remaining(), waiting=waiting):
            made = reconcile(context.store, who=context.who)
        return ReconciledQuality(batch=made.batch, **made.counts)


def _everything(context: RequestContext, right: Right) -> RequestContext:
    """Refuse who may not, or sees a part alone; AccessError `access.role`, `access.scope`."""
    context.demand(right)
    if not context.scope.everything:
        raise AccessError(
            "Issues of data quality are those of the whole graph.",
            code="access.scope",
            next_step="Ask somebody who is bound to no bureau.",
        )
    return context
