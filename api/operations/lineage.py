"""Who was responsible for a taxpayer on a day, as the graph knew it then or knows it now."""

from __future__ import annotations

from datetime import date
from typing import cast

from api.operations.context import OperationContext
from api.operations.naming import taxpayer_id
from api.operations.parsing import as_of
from api.operations.registry import Answer
from queries.organisation.responsible import responsible
from queries.results import plain


def who(context: OperationContext, *, taxpayer: str, on: str, recorded: str | None = None) -> Answer:
    """Officers who answered for the taxpayer: `{"taxpayer", "on", "recorded", "responsible": […]}`."""
    moment = as_of(on, recorded)
    key = taxpayer_id(context.store, taxpayer, as_of=moment)
    found = responsible(context.store, key, on=cast("date", moment.valid), recorded=moment.recorded)
    context.saw("Taxpayer", [key])
    return {
        "taxpayer": key,
        "on": on,
        "recorded": moment.recorded.isoformat() if moment.recorded else None,
        "responsible": plain(found),
    }
