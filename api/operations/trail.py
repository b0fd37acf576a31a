"""The trail out of the store: written out for whoever verifies it, and its days sealed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from api.operations.context import OperationContext
from api.operations.parsing import day as parsed_day
from api.operations.registry import Answer
from graph.errors import DataError, SettingsError
from graph.settings import TrailSettings, trail_settings
from graph.store.port import GraphStore
from queries.trail.keys import read_key
from queries.trail.rows import write_trail
from queries.trail.sealing import Sealed, seal


def export_trail(context: OperationContext, *, out: str) -> Answer:
    """Write the whole trail into a file; DataError `data.export.path` if it cannot be written."""
    context.saw("Export", ["trail"])
    try:
        counts = write_trail(context.store, Path(out), zone=trail_settings().trail_zone)
    except OSError as error:
        raise DataError(
            f"The trail cannot be written: {error.strerror}.",
            code="data.export.path",
            next_step="Name a place that this user may write.",
            file=Path(out).name,
        ) from None
    return {"out": out, **counts, "rows": counts["links"]}


def seal_days(context: OperationContext, *, day: str | None = None) -> Answer:
    """Seal every day that has no root yet, up to this one (default: the last that is over); errors as `seal`."""
    until = parsed_day(day, "--day")
    sealed = seal_by(context.store, trail_settings(), until=until)
    return {"days": list(sealed.days), "last": sealed.last, "unchained": sealed.unchained}


def seal_by(store: GraphStore, settings: TrailSettings, until: date | None = None) -> Sealed:
    """Seal with the key and into the file that the settings name; SettingsError `settings.trail` without them."""
    if settings.trail_key_file is None or settings.trail_roots is None:
        raise SettingsError(
            "There is no key for the trail, or no file for its roots.",
            code="settings.trail",
            next_step="Set TAXGRAPH_TRAIL_KEY_FILE (made by `taxgraph trail key`) and TAXGRAPH_TRAIL_ROOTS.",
        )
    key = read_key(settings.trail_key_file)
    return seal(store, key, settings.trail_roots, zone=settings.trail_zone, until=until)
