"""Roots about the data and its use: batches, rejects, data quality, the access log, the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import contains, eq
from typing import Any, Final

import strawberry

from api.access.principals import Right
from api.gql.building import built
from api.gql.connections import Asked, Connection, list_page, select_page
from api.gql.context import AsOfInput, Info, RequestContext
from api.gql.fields import field
from api.gql.ids import key_of, window
from api.gql.inputs import AccessEventFilter, QualityIssueFilter, filters
from api.gql.types.governance import AccessEvent, Batch, QualityIssue, Reject, TypeCount
from api.gql.types.vocabulary import SchemaInfo, schema_info
from graph.store.ledger import resubmits
from graph.store.port import BatchRecord
from graph.store.questions import AsOf, Filter, Op, Order
from queries.quality.handling import STATES, in_states

_HOLDS: Final[Mapping[Op, Callable[[str, Any], bool]]] = {
    Op.EQ: eq,
    Op.IN: lambda state, among: state in among,
    Op.PREFIX: str.startswith,
    Op.CONTAINS: contains,
}


@strawberry.type
class GovernanceRoots:
    """What was loaded, what was refused, what is wrong, who looked."""

    @field
    def batches(self, info: Info, *, first: int = 20, after: str | None = None) -> Connection[Batch]:
        """The ledger, newest first; for those who see everything."""
        context = info.context
        context.demand(Right.LEDGER)
        known = reversed(context.all_batches) if context.scope.everything else ()
        return list_page([batch_of(context, record) for record in known], Asked(first, after), context.now)

    @field
    def rejects(
        self, info: Info, *, batch: strawberry.ID, first: int = 20, after: str | None = None
    ) -> Connection[Reject]:
        """Rows of a batch that were refused, and why; for those who see everything."""
        info.context.demand(Right.LEDGER)
        own = (Filter("id", Op.PREFIX, f"{key_of(batch, 'Batch')}:"),)
        return select_page(info, Reject, Asked(first, after, None, own))

    @field
    def quality_issues(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        where: QualityIssueFilter | None = None,
    ) -> Connection[QualityIssue]:
        """What is wrong with the data; for those who see everything."""
        context = info.context
        context.demand(Right.LEDGER)
        clocks = context.clocks(context.now, as_of, window(first, after))
        return select_page(info, QualityIssue, Asked(first, after, as_of, _of_issues(context, where, clocks)))

    @field
    def access_events(
        self, info: Info, *, first: int = 20, after: str | None = None, where: AccessEventFilter | None = None
    ) -> Connection[AccessEvent]:
        """Who read whom, oldest first; for internal control, about readers in its own scope."""
        context = info.context
        context.demand(Right.ACCESS_LOG)
        asked = Asked(first, after, None, (*filters(where), *_readers_in_scope(context)), (Order("id"),))
        return select_page(info, AccessEvent, asked, scope=context.unscoped)

    @field
    def schema_info(self) -> SchemaInfo:
        """The vocabulary of the graph (数据字典)."""
        return schema_info()


def _readers_in_scope(context: RequestContext) -> tuple[Filter, ...]:
    # A read is labelled with the bureau of its reader, who saw at most that bureau's subtree.
    bureaus = context.scope.bureaus
    return () if bureaus is None else (Filter("scope", Op.IN, tuple(sorted(bureaus))),)


def _of_issues(context: RequestContext, where: QualityIssueFilter | None, as_of: AsOf) -> tuple[Filter, ...]:
    """Conditions on issues. Their status is no property of theirs: it becomes the ids of those that have it."""
    given = filters(where)
    others = tuple(each for each in given if each.property != "status")
    asked = [each for each in given if each.property == "status"]
    if not asked:
        return others
    context.deadline.remaining()
    states = [state for state in STATES if all(_HOLDS[each.op](state, each.value) for each in asked)]
    return (*others, Filter("id", Op.IN, tuple(in_states(context.store, states, as_of=as_of))))


def batch_of(context: RequestContext, record: BatchRecord) -> Batch:
    """A line of the ledger as the API shows it."""
    header = record.header
    row = {
        "id": header.id,
        "source": header.source,
        "digest": header.digest,
        "state": record.state,
        "read": header.read,
        "accepted": header.accepted,
        "rejected": header.rejected,
        "known": header.known,
        "started_at": header.started_at,
        "committed_at": record.committed_at,
        "who": header.who,
        "withdrawn_at": record.withdrawn_at,
        "withdrawn_by": record.withdrawn_by,
        "resolved_by": header.resolved_by,
        "batch_from": record.number,
    }
    own = {
        "number": record.number,
        "resubmits": resubmits(header.id),
        "files": list(header.files),
        "by_type": [TypeCount(type=name, count=header.by_type[name]) for name in sorted(header.by_type)],
    }
    return built(Batch, row, context.now, context, **own)
