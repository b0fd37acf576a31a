"""Invoices of the tax-control system: they have a face cap and can be void. Shared by the patterns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from queries.detection.facts import Facts
from queries.detection.words import among

# Fully digital invoices, also those printed on paper, have a monthly total quota and no cap on one invoice.
KINDS = ("special", "ordinary", "electronic_special", "electronic_ordinary")


def is_tax_control(facts: Facts) -> npt.NDArray[np.bool_]:
    """Which rows of `gross` the tax-control system issued, bool[n]."""
    return among(facts.invoice_kind, KINDS)
