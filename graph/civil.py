"""Civil time of the authority: one zone, Asia/Shanghai, which has known no other offset since 1991."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

CIVIL_MINUTES: Final = 8 * 60
"""Ahead of UTC; of an instant that came without its offset."""
CIVIL: Final = timezone(timedelta(minutes=CIVIL_MINUTES))


def civil(instant: datetime) -> datetime:
    """The civil time of an instant, without a zone."""
    return instant.astimezone(CIVIL).replace(tzinfo=None)


def civil_today() -> date:
    """The civil day of now."""
    return civil(datetime.now(UTC)).date()
