"""What a resolver may reach during one request. Made by `api.gql.http`; nothing in it outlives the request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import strawberry

from api.access.principals import RIGHTS, Principal, Right
from api.gql.ids import Window
from api.gql.loading import Loaders
from api.gql.once import asked_once
from api.gql.scalars import CivilTime, Provenance
from api.gql.work import Deadline
from api.identity.registers import RegisterBook
from api.loads.jobs import JobBook
from api.loads.uploads import UploadBook
from graph.store.ledger import last_instant
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from graph.store.scoping import VISIBILITY, Rule
from queries.work.desk import Desk

if TYPE_CHECKING:  # heavy, and only named here
    from graph.store.projecting import TradeProjection


T = TypeVar("T")
TICK_SECONDS = 1.0  # how often a subscription looks whether it may go on
Watch = Callable[[], Awaitable[None]]


class Projections(Protocol):
    """Where a request gets the trade projection from."""

    def open(self, as_of: AsOf, ledger: Sequence[BatchRecord]) -> TradeProjection:
        """The projection as recorded then, caught up with the ledger."""
        ...

    def ready(self, ledger: Sequence[BatchRecord]) -> TradeProjection | None:
        """The present projection if it is at hand."""
        ...


@strawberry.input(description="The two clocks: a past day, and what was known at a past instant. 双时态")
class AsOfInput:
    """Either, both or none; none means now."""

    valid: date | None = strawberry.field(default=None, description="As of the end of this civil day.")
    recorded: datetime | None = strawberry.field(default=None, description="As recorded at this instant.")


class RequestContext:
    """One request: its principal, its clocks, its loaders, whom it read."""

    def __init__(
        self,
        *,
        store: GraphStore,
        principal: Principal,
        ledger: Sequence[BatchRecord],
        projections: Projections,
        registers: RegisterBook,
        loads: JobBook,
        uploads: UploadBook,
        desk: Desk,
        deadline: Deadline,
        operation_name: str | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.store = asked_once(store)
        self.principal = principal
        self.all_batches = tuple(ledger)
        self.ledger = tuple(record for record in ledger if record.state == "committed")
        self.deadline = deadline
        self.loaders = Loaders(self.store, principal.scope, deadline.remaining)
        self.subjects: set[tuple[str, str]] = set()
        self.operation_name = operation_name
        self.operation = "query"
        self.kind = "refused"
        self.named = ""
        self.logged = False
        self.cost = 0
        self.tick_seconds = TICK_SECONDS
        self.loads = loads
        self.uploads = uploads
        self.desk = desk
        self.today = datetime.now(tz=UTC).date()
        self.registers = registers
        self._projections = projections
        self._watch = watch
        self._made: dict[tuple[object, ...], object] = {}
        # Read as recorded at the ledger's last change: a batch that lands (or goes) during the request does not mix in.
        self.now = AsOf(None, last_instant(ledger))

    @property
    def scope(self) -> Scope:
        """What the principal may see."""
        return self.principal.scope

    @property
    def who(self) -> str:
        """Whom the ledger and the list of loads name."""
        identity = self.principal.identity
        return identity.officer or identity.name

    @property
    def unscoped(self) -> Scope:
        """Everything, for questions that are narrowed otherwise."""
        return ROOT

    def costs(self, found: int) -> None:
        """Remember what the document costs."""
        self.cost = max(self.cost, found)

    def demand(self, right: Right) -> None:
        """Refuse unless the principal has the right."""
        self.principal.demand(right)

    def may(self, right: Right) -> bool:
        """Whether the principal has the right."""
        return not self.principal.identity.roles.isdisjoint(RIGHTS[right])

    def once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives, made when this request first asks for it."""
        if key not in self._made:
            self._made[key] = make()
        return cast("T", self._made[key])

    def saw(self, type_name: str, key: str) -> None:
        """Remember for the access log that this node was read; the open directory is not logged."""
        if VISIBILITY[type_name].rule is not Rule.OPEN:
            self.subjects.add((type_name, key))

    async def check_stream(self) -> None:
        """Refuse to go on with a subscription whose caller may not see more, or whose server stops."""
        if self._watch is not None:
            await self._watch()

    def did(self, kind: str, key: str) -> None:
        """Remember for the access log what a mutation was done to."""
        self.subjects.add((kind, key))

    def clocks(self, base: AsOf, given: AsOfInput | None, page: Window | None = None) -> AsOf:
        """The clocks of a field: what its argument says, else what its page or its parent says."""
        recorded = (given and given.recorded) or (page and page.recorded) or base.recorded
        return replace(base, valid=(given and given.valid) or base.valid, recorded=recorded)

    def asked(self, given: AsOfInput | None) -> AsOf:
        """The clocks of a question at the root."""
        return self.clocks(self.now, given)

    def projection(self, as_of: AsOf) -> TradeProjection:
        """The trade projection at these clocks; the present one unless an earlier state was asked for."""
        self.deadline.remaining()
        asked = AsOf(as_of.valid, None if as_of.recorded == self.now.recorded else as_of.recorded)
        return self._projections.open(asked, self.ledger)

    def present(self) -> Callable[[], TradeProjection]:
        """Opens the present projection, also after this request has ended: for work that goes on without it."""
        projections = self._projections
        return lambda: projections.open(NOW, ())

    def projection_at_hand(self, as_of: AsOf) -> TradeProjection | None:
        """The present projection if it is open and these clocks ask for the present; nobody waits for it."""
        return self._projections.ready(self.ledger) if as_of.recorded == self.now.recorded else None

    def provenance(self, row: Mapping[str, Any]) -> Provenance:
        """The provenance columns of a stored row."""
        as_at: datetime | None = row.get("prov_as_at")
        return Provenance(
            source=row.get("prov_source"),
            file=row.get("prov_file"),
            row=row.get("prov_row"),
            as_at=CivilTime(as_at) if as_at else None,
            claims=row.get("claims"),
            batch=self._batch_ids.get(row.get("batch_from", 0)),
        )

    def extensions(self) -> dict[str, Any]:
        """Under which scope and from which state of the ledger the answer was given, and what it cost."""
        last = self.ledger[-1] if self.ledger else None
        snapshot = {"number": last.number, "batch": last.header.id} if last else {"number": 0, "batch": None}
        return {"scope": self.scope.label, "snapshot": snapshot, "cost": self.cost}

    @cached_property
    def _batch_ids(self) -> dict[int, str]:
        return {record.number: record.header.id for record in self.all_batches}


Info = strawberry.Info[RequestContext, None]
