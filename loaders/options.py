"""What a load is asked and what it answers. Built by api and tests, read by `loaders.run`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from graph.errors import DataError, SettingsError
from loaders.readers.limits import ReadLimits
from loaders.staging.engine import StagingOptions

WAIT_SECONDS = 600.0


def forget(_refused: pa.Table) -> None:
    """Refused rows that nobody asked for."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a load is done.

    Attributes:
        check: dry run; everything but writing.
        as_at: the extract's own date, where its rows carry none.
        max_rejects: `"N"` rows or `"P%"` of those read; more stop the batch.
        unknown_parties: `stub` makes a taxpayer of a party that no register describes, `reject` refuses the row.
        currency: of amounts whose record names none. zone: of times without an offset (IANA name).
        who: who loads, for the ledger.
        hmac_key: key of persons, contacts and individuals' numbers; None: from the settings.
        staging: memory and threads of the staging area.
        slice_rows: rows that pass through the staging area at once, about; a larger load goes in slices.
        limits: what a file may cost; None: from the settings.
        wait_seconds: how long another load is waited for.
        refused: is given the refused rows (`loaders.rejects.refused_rows`) once they are known, whatever becomes of the
            batch.
    """

    check: bool = False
    as_at: datetime | None = None
    max_rejects: str | None = None
    unknown_parties: str = "stub"
    currency: str = "CNY"
    zone: str = "Asia/Shanghai"
    who: str = "unknown"
    hmac_key: bytes | None = field(default=None, repr=False)
    staging: StagingOptions = field(default_factory=StagingOptions)
    slice_rows: int = 1_000_000
    limits: ReadLimits | None = None
    wait_seconds: float = WAIT_SECONDS
    refused: Callable[[pa.Table], None] = field(default=forget, repr=False)

    def __post_init__(self) -> None:
        if self.unknown_parties not in {"stub", "reject"}:
            raise SettingsError(
                "unknown_parties is neither stub nor reject.",
                code="settings.load",
                next_step="Use --unknown-parties stub or --unknown-parties reject.",
            )
        rejects_allowed(self.max_rejects, read=0)


def rejects_allowed(text: str | None, *, read: int) -> int | None:
    """How many rejects `"N"` or `"P%"` allow among `read` rows; None: any number."""
    if text is None:
        return None
    try:
        if text.endswith("%"):
            return int(read * float(text[:-1]) / 100)
        return int(text)
    except ValueError as error:
        raise SettingsError(
            "max_rejects is neither a number nor a percentage.",
            code="settings.load",
            next_step="Write --max-rejects 100 or --max-rejects 2%.",
        ) from error


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did. `read` = `accepted` + `rejected` source rows; `known` of the accepted changed nothing.

    `state`: committed, known (this batch was loaded before), empty (nothing to read), checked (dry run).
    `by_type`: distinct accepted facts by vocabulary name. `issues`: quality issues by rule. `resolved_by`: rules and
    model by which identities were resolved, if they were; `resolved_anew`: all of them, because others stood before.
    """

    batch: str
    state: str
    files: tuple[str, ...]
    read: int
    accepted: int
    rejected: int
    known: int
    by_type: Mapping[str, int]
    issues: Mapping[str, int]
    seconds: float
    resolved_by: str | None = None
    resolved_anew: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain data, in the order of the fields."""
        return asdict(self)


def too_many_rejects(allowed: int, rejected: int, first: list[str]) -> DataError:
    """The error that stops a batch; nothing was written. `first`: faults in words, the first ones of them told."""
    return DataError(
        f"The batch has more rejected rows than allowed; nothing was written. First faults: {'; '.join(first[:5])}",
        code="data.too_many_rejects",
        next_step="Correct the rows (--rejects-out FILE writes them down), or raise --max-rejects.",
        rejected=rejected,
        allowed=allowed,
        refused=first,
    )
