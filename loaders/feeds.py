"""Which exports are expected when, and which of them came. Pure but for reading its file; called by api.

The file is TOML:

    zone = "Asia/Shanghai"

    [[feed]]
    name = "invoices of the day"
    source = "invoice-workbook"        # as in the ledger; of a batch of several, one of them
    files = "全量发票查询_{YYYY}{MM}{DD}*"  # a pattern for one of the batch's file names; may name the period
    every = "day"                      # day, week or month
    due = "06:00"                      # time by which a batch is committed
    on = 1                             # week: 1 is Monday; month: day of the month (31: its last day)
    since = 2026-01-01                 # first period; before it nothing is expected
    zone = "Asia/Shanghai"

A feed is due for the period before: the day before, the week or month that ended. Where `files` names the period
(`{YYYY}`, `{YY}`, `{MM}`, `{DD}` of its last day), a batch counts for the period it names; otherwise for the due
instant that follows it, or for the one before if that had none.
"""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from graph.errors import SettingsError
from graph.store.port import BatchRecord

# How far back a feed is followed: without a first period, or where it has been missing since long.
_PERIODS_BACK: Final = 400
_MISSING_SHOWN: Final = 31
_PLACEHOLDERS: Final = {"{YYYY}": "%Y", "{YY}": "%y", "{MM}": "%m", "{DD}": "%d"}
_FIELDS: Final = frozenset({"name", "source", "files", "every", "due", "on", "since", "zone"})
_DEFAULT_ZONE: Final = "Asia/Shanghai"
_WEEK = 7
_MOST: Final = {"day": 1, "week": _WEEK, "month": 31}  # of `on`


class Every(StrEnum):
    """How often a feed comes."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class FeedState(StrEnum):
    """What became of the last period of a feed that is due."""

    CAME = "came"
    CAME_LATE = "came_late"
    LATE = "late"
    NOT_DUE = "not_due"  # none of its periods is due yet


@dataclass(frozen=True, slots=True)
class Feed:
    """An expected feed. `on`: weekday (1 is Monday) or day of the month; `since`: the first day that is expected."""

    name: str
    source: str
    every: Every
    due: time
    files: str = "*"
    on: int = 1
    since: date | None = None
    zone: str = _DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class Due:
    """One period of a feed: its last day, and the instant by which it is expected."""

    period: date
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedReport:
    """A feed at an instant.

    `period`: the last day of the last period that is due, `due_at` its instant; `batch` and `came_at`: what came for
    it. `late_since`: the due instant of the first period that has been missing without a break. `missing`: every
    period without a batch, the newest ones. `next_due_at`: of the period that comes.
    """

    feed: Feed
    state: FeedState
    next_due_at: datetime
    period: date | None = None
    due_at: datetime | None = None
    batch: str | None = None
    came_at: datetime | None = None
    late_since: datetime | None = None
    missing: tuple[date, ...] = ()


def feed_reports(feeds: Sequence[Feed], ledger: Sequence[BatchRecord], now: datetime) -> list[FeedReport]:
    """Every feed as it stands at an instant, late ones first, then in the order of the file."""
    reports = [_report(feed, ledger, now) for feed in feeds]
    return sorted(reports, key=lambda each: each.state is not FeedState.LATE)


def _report(feed: Feed, ledger: Sequence[BatchRecord], now: datetime) -> FeedReport:
    dues = _dues(feed, now)
    past, coming = [due for due in dues if due.at <= now], next(due for due in dues if due.at > now)
    if not past:
        return FeedReport(feed, FeedState.NOT_DUE, coming.at)
    taken = _taken(feed, past, _candidates(feed, ledger, now))
    last, missing = past[-1], _missing(feed, past, taken)
    periods = tuple(due.period for due in missing[-_MISSING_SHOWN:])
    found = taken.get(last.period)
    if found is None:
        since = _streak(past, missing)
        return FeedReport(feed, FeedState.LATE, coming.at, last.period, last.at, late_since=since, missing=periods)
    came_at = _committed(found)
    state = FeedState.CAME if came_at <= last.at else FeedState.CAME_LATE
    return FeedReport(feed, state, coming.at, last.period, last.at, found.header.id, came_at, missing=periods)


def _missing(feed: Feed, past: Sequence[Due], taken: Mapping[date, BatchRecord]) -> list[Due]:
    """Periods without a batch, ascending. Where nothing says since when it is expected: since it came first."""
    if feed.since is None and not taken:
        return [past[-1]]
    first = min(taken) if feed.since is None else feed.since
    return [due for due in past if due.period >= first and due.period not in taken]


def _streak(past: Sequence[Due], missing: Sequence[Due]) -> datetime:
    """The due instant of the first of the periods that are missing up to the last one without a break."""
    gone = {due.period for due in missing}
    since = past[-1].at
    for due in reversed(past):
        if due.period not in gone:
            break
        since = due.at
    return since


# --- when


def _dues(feed: Feed, now: datetime) -> list[Due]:
    """Periods up to the first that is not due yet, ascending."""
    zone = ZoneInfo(feed.zone)
    today = now.astimezone(zone).date()
    found: list[Due] = []
    for day in _due_days(feed, max(today, feed.since or today)):
        due = Due(day - timedelta(days=_until_due(feed, day)), _instant(day, feed.due, zone))
        if found and feed.since is not None and due.period < feed.since:
            break
        found.append(due)
        if len(found) > _PERIODS_BACK:
            break
    return found[::-1]


def _due_days(feed: Feed, today: date) -> Iterator[date]:
    """Days on which the feed is due, from the second one after today backwards; at least one of them is to come."""
    if feed.every is Every.MONTH:
        month = today.year * 12 + today.month  # the month after
        while month > 12 * 1900:
            yield _day_of_month(month, feed.on)
            month -= 1
        return
    step = 1 if feed.every is Every.DAY else _WEEK
    ahead = 1 if feed.every is Every.DAY else (feed.on - today.isoweekday()) % _WEEK or _WEEK
    for count in range(_PERIODS_BACK * 2):
        yield today + timedelta(days=ahead - count * step)


def _day_of_month(month: int, on: int) -> date:
    year, place = divmod(month, 12)
    return date(year, place + 1, min(on, calendar.monthrange(year, place + 1)[1]))


def _until_due(feed: Feed, day: date) -> int:
    """Days from the end of the period to its due day."""
    if feed.every is Every.DAY:
        return 1
    return day.isoweekday() if feed.every is Every.WEEK else day.day


def _instant(day: date, due: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, due, zone).astimezone(UTC)


# --- what came


def _candidates(feed: Feed, ledger: Sequence[BatchRecord], now: datetime) -> list[BatchRecord]:
    """Batches of its source that were committed by then, oldest first."""
    known = [
        line
        for line in ledger
        if line.state == "committed" and line.committed_at is not None and line.committed_at <= now
    ]
    own = [line for line in known if feed.source in line.header.source.split("+")]
    return sorted(own, key=_committed)


def _taken(feed: Feed, past: Sequence[Due], batches: Sequence[BatchRecord]) -> dict[date, BatchRecord]:
    """The batch of each period."""
    if any(sign in feed.files for sign in _PLACEHOLDERS):
        named = {due.period: _named(feed, due.period) for due in past}
        pairs = ((period, next((b for b in batches if _holds(b, name)), None)) for period, name in named.items())
        return {period: batch for period, batch in pairs if batch is not None}
    return _taken_in_order(past, [batch for batch in batches if _holds(batch, feed.files)])


def _taken_in_order(past: Sequence[Due], batches: Sequence[BatchRecord]) -> dict[date, BatchRecord]:
    """Batches that do not name their period count for the due instant after them.

    Of two between two instants the first counts for the period before, if that had none; so does one after the last
    instant.
    """
    taken: dict[date, BatchRecord] = {}
    for place, due in enumerate(past):
        before = past[place - 1] if place else None
        inside = [b for b in batches if _committed(b) <= due.at and (before is None or _committed(b) > before.at)]
        if before is not None and before.period not in taken and len(inside) > 1:
            taken[before.period] = inside.pop(0)
        if inside:
            taken[due.period] = inside[0]
    late = [batch for batch in batches if past and _committed(batch) > past[-1].at]
    if late and past[-1].period not in taken:
        taken[past[-1].period] = late[0]
    return taken


def _named(feed: Feed, period: date) -> str:
    name = feed.files
    for sign, form in _PLACEHOLDERS.items():
        name = name.replace(sign, period.strftime(form))
    return name


def _holds(batch: BatchRecord, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in batch.header.files)


def _committed(batch: BatchRecord) -> datetime:
    return batch.committed_at or batch.header.started_at


# --- the file


def read_feeds(path: Path) -> list[Feed]:
    """The feeds of a file, in its order.

    Raises:
        SettingsError: `settings.feeds` with every fault of the file.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise _refused(path, ["it cannot be read"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(path, [f"it is no TOML: {error}"]) from None
    faults = [f"there is no setting {name!r}" for name in sorted(set(said) - {"zone", "feed"})]
    listed = said.get("feed", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise _refused(path, [*faults, "feeds are written as [[feed]]"])
    feeds = [_feed(each, said.get("zone", _DEFAULT_ZONE), place, faults) for place, each in enumerate(listed, start=1)]
    names = [each.name for each in feeds if each is not None]
    faults += [f"two feeds are named {name!r}" for name in sorted({name for name in names if names.count(name) > 1})]
    if faults:
        raise _refused(path, faults)
    return [each for each in feeds if each is not None]


def _feed(said: Mapping[str, Any], zone: Any, place: int, faults: list[str]) -> Feed | None:
    before = len(faults)
    which = f"feed {said.get('name', place)!r}"
    faults += [f"{which}: there is no setting {name!r}" for name in sorted(set(said) - _FIELDS)]
    for name in ("name", "source", "every", "due"):
        if not isinstance(said.get(name), str | time) or not said[name]:
            faults.append(f"{which}: {name} is missing")
    every, on, since = said.get("every"), said.get("on", 1), said.get("since")
    most = _MOST.get(str(every))
    if every is not None and most is None:
        faults.append(f"{which}: every is neither day, week nor month")
    if most is not None and (not isinstance(on, int) or not 1 <= on <= most):
        faults.append(f"{which}: on is not within 1 and {most}")
    if since is not None and (not isinstance(since, date) or isinstance(since, datetime)):
        faults.append(f"{which}: since is no date such as 2026-01-01")
    due, known = _clock(said.get("due")), _zone(said.get("zone", zone))
    faults += [f"{which}: due is no time such as 06:00"] if due is None and said.get("due") else []
    faults += [f"{which}: there is no such zone"] if known is None else []
    if len(faults) > before or due is None or known is None:
        return None
    return Feed(said["name"], said["source"], Every(str(every)), due, str(said.get("files", "*")), on, since, known)


def _clock(said: Any) -> time | None:
    if isinstance(said, time):
        return said
    try:
        return time.fromisoformat(said)
    except (TypeError, ValueError):
        return None


def _zone(said: Any) -> str | None:
    try:
        return ZoneInfo(said).key
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _refused(path: Path, faults: Sequence[str]) -> SettingsError:
    return SettingsError(
        f"The file of expected feeds is wrong: {'; '.join(faults)}.",
        code="settings.feeds",
        next_step="Correct the file that TAXGRAPH_FEEDS names, as docs/loading.md says.",
        file=path.name,
    )
