"""Invoice quota of firms on a day: the newest grant of each kind of invoice. Shared by patterns about issuing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.columns import summed
from queries.detection.facts import Documents, Facts
from queries.detection.words import codes_of, says

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Quota:
    """What some firms may issue in a month, in cents, 0 where nothing is granted; `cap`: on one invoice, 0 for none."""

    total: Longs
    cap: Longs


def quotas_on(facts: Facts, currency: str, firm: Longs, day: Longs) -> Quota:
    """The quota of each of these firms (ascending, each once) on a day of its own, summed over kinds of invoice.

    A grant without a total counts its number of invoices times their cap. Undated grants are the oldest.
    """
    names = ("invoice_kind", "count", "face_cap_cents", "total_cents", "granted_on", "currency")
    papers = facts.about("QuotaGrant", *names)
    place = np.minimum(np.searchsorted(firm, papers.vertex), max(len(firm) - 1, 0))
    asked = firm[place] == papers.vertex if len(firm) else np.zeros(len(papers), np.bool_)
    granted = papers.days("granted_on")
    rows = np.flatnonzero(asked & says(papers.texts("currency"), currency))
    rows = rows[granted[rows] <= day[place[rows]]]
    rows = _newest_of_kind(papers, place, granted, rows)
    cap, total = papers.longs("face_cap_cents")[rows], papers.longs("total_cents", -1)[rows]
    total = np.where(total < 0, papers.longs("count")[rows] * cap, total)
    caps = np.zeros(len(firm), np.int64)
    np.maximum.at(caps, place[rows], cap)
    return Quota(summed(place[rows], total, len(firm)), caps)


def _newest_of_kind(papers: Documents, place: Longs, granted: Longs, rows: Longs) -> Longs:
    kind = codes_of(papers.texts("invoice_kind"))
    rows = rows[np.lexsort((papers.number[rows], granted[rows], kind[rows], place[rows]))]
    other = (place[rows][1:] != place[rows][:-1]) | (kind[rows][1:] != kind[rows][:-1])
    last = np.append(other, True)[: len(rows)]
    return np.asarray(rows[last], np.int64)
