"""The civil day on which an event happened, where it happened. Shared by indicators, gaps and internal control."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as _compute

from graph.civil import CIVIL_MINUTES

pc: Any = _compute  # its stubs know no columns of mixed types
Longs = npt.NDArray[np.int64]
MICROS_A_DAY = 86_400_000_000
_MICROS_A_MINUTE = 60_000_000


def event_days(at: Longs, offset_minutes: Any) -> Longs:
    """Days since 1970, int64[n]: by the offset that an event came with; the authority's civil time where none did.

    Args:
        at: int64[n], microseconds since 1970 (UTC).
        offset_minutes: Arrow column of n whole numbers, null where the source told no offset.
    """
    offset = np.asarray(pc.fill_null(offset_minutes, CIVIL_MINUTES).to_numpy(), np.int64)
    days: Longs = (at + offset * _MICROS_A_MINUTE) // MICROS_A_DAY
    return days
