"""Who was responsible for a taxpayer on a day, by grid, post, task and delegation, each with its grounds.

Called by api. The recorded clock says as the graph knew it when.
"""

from __future__ import annotations

from datetime import date, datetime

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.organisation.answering import answering
from queries.organisation.facts import Asking
from queries.organisation.lines import Responsible
from queries.reading import find_taxpayer


def responsible(
    store: GraphStore, taxpayer: str, *, on: date, recorded: datetime | None = None, scope: Scope = ROOT
) -> tuple[Responsible, ...]:
    """Officers who answer for the taxpayer on that day, as the graph knew it at `recorded` (None: now).

    By via, level, place, officer. Raises NotFoundError for a taxpayer that is not there or out of scope.
    """
    as_of = AsOf(valid=on, recorded=recorded)
    key = find_taxpayer(store, taxpayer, as_of=as_of, scope=scope)
    return tuple(answering(Asking(store, as_of, scope), key, on))
