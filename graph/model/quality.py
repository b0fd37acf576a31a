"""Rules of data quality that loading and reconciliation share: their words, and the id of an issue.

A loader files an issue for what it sees in one batch; `queries.quality` compares the graph as a whole. Both have to say
the same of the same fault, so that it is one issue.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

TOLERANCE_CENTS: Final = 1  # amounts are rounded line by line


@dataclass(frozen=True, slots=True)
class QualityRule:
    """What is wrong: rule, type of the subject, columns (comma separated, sorted), sentence."""

    rule: str
    subject_type: str
    columns: str
    what: str

    def issue_id(self, subject: str) -> str:
        """The id of the issue about a subject: a function of the data alone (`loaders.claims.issues`)."""
        text = f"{self.rule}\x1f{self.subject_type}\x1f{subject}\x1f{self.columns}\x1f{self.what}"
        return f"qi{hashlib.sha256(text.encode()).hexdigest()[:32]}"


TOTALS_OF_HEAD: Final = QualityRule("totals", "Invoice", "net,tax,total", "net and tax do not add up to the total")
TOTALS_OF_LINES: Final = QualityRule("totals", "Invoice", "lines,net", "the lines do not add up to the net amount")
REFUSED: Final = QualityRule("refused", "Reject", "row", "the row was refused: correct it and resubmit it")
