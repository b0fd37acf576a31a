"""Root of the process map."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import strawberry

from api.access.principals import Right
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.ids import key_of
from api.gql.types.process import ProcessAnswer, process_answer
from queries.process.reading import Which, process_of


@strawberry.input(description="Which tasks a process map is of; nothing is every task in scope. 范围")
class ProcessOf:
    """`since` until before `until`: days on which the first event happened."""

    kind: str | None = None
    source: str | None = strawberry.field(default=None, description="What its id begins with: event-log, tasks, desk.")
    bureau: strawberry.ID | None = strawberry.field(default=None, description="With all below it.")
    since: date | None = None
    until: date | None = None
    recorded: datetime | None = None


@strawberry.type
class ProcessRoots:
    """What really happens."""

    @field
    def process_map(
        self,
        info: Info,
        *,
        of: Annotated[ProcessOf | None, strawberry.argument(description="Every task in scope, if absent.")] = None,
    ) -> ProcessAnswer:
        """What follows what in tasks, how often, after how long, and the ways that they take (流程图)."""
        info.context.demand(Right.READ)
        asked = of or ProcessOf()
        clocks = info.context.asked(AsOfInput(recorded=asked.recorded))
        bureau = key_of(asked.bureau, "Bureau") if asked.bureau else None
        which = Which(asked.kind, asked.source, bureau, asked.since, asked.until)
        return process_answer(process_of(info.context.store, which, as_of=clocks, scope=info.context.scope))
