"""Subscriptions: how a load goes on. Told on the server's loop, without a read of the store."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from api.access.principals import Right
from api.gql.context import Info
from api.gql.fields import subscription
from api.gql.roots.loads import may_see, no_such_load
from api.gql.types.loads import LoadJobInfo, job_info
from api.loads.jobs import LoadJob
from api.loads.latest import Latest


@strawberry.type
class LoadNews:
    """How loads go on."""

    @subscription
    async def load_progress(self, info: Info, *, id: strawberry.ID) -> AsyncGenerator[LoadJobInfo, None]:  # noqa: A002 - the name of the argument
        """A load as it stands now, and again at each step; ends when the load has ended."""
        context = info.context
        context.demand(Right.LEDGER)
        if not may_see(context, context.loads.job(str(id))):
            raise no_such_load()
        context.did("Load", str(id))
        latest = Latest()
        with context.loads.watching(str(id), latest.tell) as job:
            shown: LoadJob | None = job
            while True:
                if shown is not None:
                    yield job_info(shown)
                    if shown.ended:
                        return
                await context.check_stream()
                shown = await latest.next(context.tick_seconds)
