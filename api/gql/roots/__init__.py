"""The roots of the schema, put together from their parts. Read by `api.gql.schema`."""

from __future__ import annotations

import strawberry

from api.gql.roots.control import ControlMutations, ControlRoots
from api.gql.roots.findings import FindingMutations, FindingNews, FindingRoots
from api.gql.roots.governance import GovernanceRoots
from api.gql.roots.identity import IdentityMutations, IdentityRoots
from api.gql.roots.indicators import IndicatorMutations, IndicatorRoots
from api.gql.roots.lists import ListRoots
from api.gql.roots.loads import LoadMutations, LoadRoots
from api.gql.roots.lookups import LookupRoots
from api.gql.roots.pages import PageRoots
from api.gql.roots.process import ProcessRoots
from api.gql.roots.progress import LoadNews
from api.gql.roots.quality import QualityMutations
from api.gql.roots.responsibility import ResponsibilityRoots
from api.gql.roots.tasks import TaskMutations
from api.gql.roots.trade import TradeRoots


@strawberry.type(description="Everything that can be asked. 查询入口")
class Query(
    LookupRoots,
    ListRoots,
    PageRoots,
    ResponsibilityRoots,
    ProcessRoots,
    IndicatorRoots,
    TradeRoots,
    IdentityRoots,
    FindingRoots,
    ControlRoots,
    GovernanceRoots,
    LoadRoots,
):
    """Lookups, lists, questions, governance."""


@strawberry.type(description="What can be done: loading, withdrawing, detecting, deciding, working. 操作入口")
class Mutation(
    LoadMutations,
    FindingMutations,
    IdentityMutations,
    TaskMutations,
    ControlMutations,
    IndicatorMutations,
    QualityMutations,
):
    """Every one leaves a line in the access log."""


@strawberry.type(description="What can be watched. 订阅入口")
class Subscription(LoadNews, FindingNews):
    """Over graphql-transport-ws, and over server-sent events."""


__all__ = ["Mutation", "Query", "Subscription"]
