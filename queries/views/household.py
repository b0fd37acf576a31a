"""The household view: everything about one taxpayer on one page. Called by api, whole or part by part.

Each part is a function of its own (`registers`, `trading`, `timeline`), so that a screen asks only for what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import IN, OUT, find_taxpayer, none_first, related, rows
from queries.tasks import Holder, TaskHead, tasks_concerning
from queries.views.registers import (
    FOUR_OFFICER_ROLES,
    Change,
    Fact,
    Header,
    RegistrationItem,
    Role,
    changes,
    facts,
    header,
    registrations,
    roles,
)
from queries.views.timeline import Moment, timeline
from queries.views.trade_items import Trading
from queries.views.trading import trading


@dataclass(frozen=True, slots=True)
class Household:
    """One taxpayer as of a day (none: all that is known). `owners` hold shares or control, `holdings` are held."""

    header: Header
    registrations: tuple[RegistrationItem, ...]
    officers: tuple[Role, ...]
    agents: tuple[Role, ...]
    owners: tuple[Role, ...]
    holdings: tuple[Role, ...]
    trading: Trading
    facts: tuple[Fact, ...]
    grids: tuple[Holder, ...]
    tasks: tuple[TaskHead, ...]
    changes: tuple[Change, ...]
    timeline: tuple[Moment, ...]


def household(
    store: GraphStore,
    taxpayer: str,
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
    top: int = 10,
) -> Household:
    """The whole view. Raises NotFoundError for a taxpayer that is not there or out of scope."""
    key = find_taxpayer(store, taxpayer, as_of=as_of, scope=scope)
    past = AsOf(recorded=as_of.recorded)  # the time line tells what began and ended, so it reads without a day
    shown_changes = changes(store, key, as_of=as_of, scope=scope)
    shown_registrations = registrations(store, key, as_of=as_of, scope=scope)
    tasks = tasks_concerning(store, "Taxpayer", [key], as_of=as_of, scope=scope)
    officers = roles(store, "Taxpayer", key, FOUR_OFFICER_ROLES, IN, as_of=as_of, scope=scope)
    shown_grids = grids(store, key, as_of=as_of, scope=scope)
    undated = as_of == past
    moments = timeline(
        registrations=shown_registrations,
        changes=shown_changes,
        roles=officers if undated else roles(store, "Taxpayer", key, FOUR_OFFICER_ROLES, IN, as_of=past, scope=scope),
        grids=shown_grids if undated else grids(store, key, as_of=past, scope=scope),
        tasks=tasks,
        until=as_of.valid,
    )
    return Household(
        header=header(store, key, as_of=as_of, scope=scope),
        registrations=shown_registrations,
        officers=officers,
        agents=roles(store, "Taxpayer", key, ("AGENT_OF",), IN, as_of=as_of, scope=scope),
        owners=roles(store, "Taxpayer", key, ("HOLDS_SHARE", "CONTROLS"), IN, as_of=as_of, scope=scope),
        holdings=roles(store, "Taxpayer", key, ("HOLDS_SHARE", "CONTROLS"), OUT, as_of=as_of, scope=scope),
        trading=trading(store, key, as_of=as_of, scope=scope, limits=limits, top=top),
        facts=facts(store, key, as_of=as_of, scope=scope),
        grids=shown_grids,
        tasks=tasks,
        changes=shown_changes,
        timeline=moments,
    )


def grids(store: GraphStore, taxpayer: str, *, as_of: AsOf, scope: Scope) -> tuple[Holder, ...]:
    """Grids that the taxpayer is managed in, dated, by start, then grid and role; each once."""
    found = related(
        store,
        "Taxpayer",
        [taxpayer],
        "IN_GRID",
        OUT,
        attributes=("name",),
        columns=("role", "valid_from", "valid_to"),
        as_of=as_of,
        scope=scope,
    )
    read = {
        Holder(str(row["to_id"]), row["far.name"], row["role"], row["valid_from"], row["valid_to"])
        for row in rows(found.table)
    }
    return tuple(sorted(read, key=lambda grid: (none_first(grid.from_), grid.id, grid.role or "")))
