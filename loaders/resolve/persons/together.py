"""Pairs of records of persons → which are one, and by which rule. Called by `loaders.resolve.write_persons`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from loaders.resolve.columns import made, pc
from loaders.resolve.linkage.rules import smallest

SLIP = "document with a slip, name and date of birth"
COMPANION = "name, date of birth and a shared telephone, address or firm"


def together(slips: pa.Table, companions: pa.Table, documented: Any) -> pa.Table:
    """`record, person, rule` of every record that is not the smallest of those that are one.

    A record without a document is left alone where it would bring two documents together: one of the two persons is
    another, and nothing says which.

    Args:
        slips: `left, right`, ids of records whose documents are one but for a slip.
        companions: `left, right`, of which one at least has no document, with what they share.
        documented: ids of records with a document.
    """
    ends = [table[name].combine_chunks() for table in (slips, companions) for name in ("left", "right")]
    ids = pc.unique(pa.concat_arrays(ends)).sort()
    left, right, one, other = (pc.index_in(end, ids).to_numpy().astype(np.int64) for end in ends)
    slipped = smallest(left, right, len(ids))
    whole = smallest(np.concatenate([left, one]), np.concatenate([right, other]), len(ids))
    papers = np.flatnonzero(pc.is_in(ids, documented.combine_chunks()).to_numpy(zero_copy_only=False))
    persons = np.unique(np.stack([whole[papers], slipped[papers]]), axis=1)[0]
    sure = np.bincount(persons, minlength=len(ids))[whole[one]] <= 1
    first = smallest(np.concatenate([left, one[sure]]), np.concatenate([right, other[sure]]), len(ids))
    moved = np.flatnonzero(first != np.arange(len(ids)))
    rule = np.where(slipped[moved] == slipped[first[moved]], SLIP, COMPANION)
    chosen: list[Any] = [pa.array(places) for places in (moved, first[moved])]
    record, person = map(ids.take, chosen)
    return made({"record": record, "person": person, "rule": pa.array(rule.tolist(), pa.string())})
