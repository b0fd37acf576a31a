"""The authority itself: bureaus, grids, officers, posts and duties. Its directory is open inside the authority."""

from __future__ import annotations

from datetime import date

from api.gql.building import Node, shown
from api.gql.connections import (
    IN,
    OUT,
    Asked,
    Connection,
    far_node,
    related_links,
    related_nodes,
    related_of_type,
)
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.inputs import TaskFilter, TaskOrder, filters, orders
from api.gql.types.links import (
    LazyAssignment,
    LazyDelegation,
    LazyGridPlace,
    LazyGridPosting,
    LazyPostHolding,
    LazyTask,
)
from api.gql.types.relations import Assignment, Delegation, GridPlace, GridPosting, PostHolding
from graph.store.scoping import Hop


@shown
class Bureau(Node):
    """Five levels: 1 centre, 2 province, 3 city, 4 county, 5 office."""

    name: str | None
    level: int | None
    region: str | None

    @field
    async def parent(self, info: Info, *, as_of: AsOfInput | None = None) -> Bureau | None:
        """The bureau that it is part of (上级)."""
        return await far_node(self, info, Hop("PART_OF", OUT, "Bureau"), as_of)

    @field
    async def children(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Bureau]:
        """Bureaus that are part of it (下级)."""
        return await related_of_type(self, info, Hop("PART_OF", IN, "Bureau"), Asked(first, after, as_of), newest="id")

    @field
    async def grids(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Grid]:
        """Grids under it (网格)."""
        return await related_nodes(self, info, Hop("UNDER", IN, "Grid"), Asked(first, after, as_of))


@shown
class Grid(Node):
    """Institution, region or group grid."""

    kind: str | None
    name: str | None

    @field
    async def bureau(self, info: Info, *, as_of: AsOfInput | None = None) -> Bureau | None:
        """The bureau in charge (主管税务机关)."""
        return await far_node(self, info, Hop("UNDER", OUT, "Bureau"), as_of)

    @field
    async def parent(self, info: Info, *, as_of: AsOfInput | None = None) -> Grid | None:
        """The grid that it is part of (上级网格)."""
        return await far_node(self, info, Hop("PART_OF", OUT, "Grid"), as_of)

    @field
    async def officers(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyGridPosting]:
        """Officers who work in it, dated (网格员)."""
        return await related_links(self, info, GridPosting, IN, Asked(first, after, as_of))

    @field
    async def taxpayers(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyGridPlace]:
        """Taxpayers managed in it, dated (所辖纳税人)."""
        return await related_links(self, info, GridPlace, IN, Asked(first, after, as_of))

    @field
    async def posts(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Post]:
        """Posts that stand in it (岗位)."""
        return await related_nodes(self, info, Hop("POST_AT", IN, "Post"), Asked(first, after, as_of))

    @field
    async def tasks(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyTask]:
        """Tasks that it holds (承接事项)."""
        return await related_nodes(self, info, Hop("HELD_BY", IN, "Task"), Asked(first, after, as_of))


@shown
class Officer(Node):
    """Member of grids; handler of tasks."""

    name: str | None
    expertise: str | None
    active_from: date | None
    active_to: date | None

    @field
    async def grids(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyGridPosting]:
        """Grids that the officer works in, dated (任职网格)."""
        return await related_links(self, info, GridPosting, OUT, Asked(first, after, as_of))

    @field
    async def posts(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyPostHolding]:
        """Posts that the officer holds, dated (任岗)."""
        return await related_links(self, info, PostHolding, OUT, Asked(first, after, as_of))

    @field
    async def delegates_to(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyDelegation]:
        """Who acts for the officer, dated (委托代办)."""
        return await related_links(self, info, Delegation, OUT, Asked(first, after, as_of))

    @field
    async def acts_for(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyDelegation]:
        """For whom the officer acts, dated (受托代办)."""
        return await related_links(self, info, Delegation, IN, Asked(first, after, as_of))

    @field
    async def assignments(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyAssignment]:
        """Assignments to tasks, dated (经办)."""
        return await related_links(self, info, Assignment, IN, Asked(first, after, as_of))

    @field
    async def tasks(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        where: TaskFilter | None = None,
        order: TaskOrder | None = None,
    ) -> Connection[LazyTask]:
        """Tasks assigned to the officer (经办事项)."""
        asked = Asked(first, after, as_of, filters(where, far=True), orders(order, far=True))
        return await related_nodes(self, info, Hop("ASSIGNED_TO", IN, "Task"), asked)


@shown
class Post(Node):
    """A place in the organisation that officers hold for a time."""

    name: str | None
    active_from: date | None
    active_to: date | None

    @field
    async def holders(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyPostHolding]:
        """Officers who hold it, dated (任岗人员)."""
        return await related_links(self, info, PostHolding, IN, Asked(first, after, as_of))

    @field
    async def duties(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Duty]:
        """Duties that it carries (职责)."""
        return await related_nodes(self, info, Hop("CARRIES", OUT, "Duty"), Asked(first, after, as_of))

    @field
    async def grids(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Grid]:
        """Grids in which it stands (所在网格)."""
        return await related_of_type(self, info, Hop("POST_AT", OUT, "Grid"), Asked(first, after, as_of), newest="id")

    @field
    async def bureaus(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Bureau]:
        """Bureaus at which it stands (所在税务机关)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("POST_AT", OUT, "Bureau"), asked, newest="id")


@shown
class Duty(Node):
    """What posts carry."""

    name: str | None
    active_from: date | None
    active_to: date | None

    @field
    async def posts(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Post]:
        """Posts that carry it (承担岗位)."""
        return await related_nodes(self, info, Hop("CARRIES", IN, "Post"), Asked(first, after, as_of))
