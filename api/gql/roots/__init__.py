"""The roots of the schema, put together from their parts. Read by `api.gql.schema`."""

from __future__ import annotations

import strawberry

from api.gql.roots.governance import GovernanceRoots
from api.gql.roots.lists import ListRoots
from api.gql.roots.loads import LoadRoots, Mutation
from api.gql.roots.lookups import LookupRoots
from api.gql.roots.pages import PageRoots
from api.gql.roots.progress import Subscription
from api.gql.roots.trade import TradeRoots


@strawberry.type(description="Everything that can be asked. 查询入口")
class Query(LookupRoots, ListRoots, PageRoots, TradeRoots, GovernanceRoots, LoadRoots):
    """Lookups, lists, questions, governance."""


__all__ = ["Mutation", "Query", "Subscription"]
