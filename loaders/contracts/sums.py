"""Do the lines of an invoice add up to its head? A warning, where one batch brings both. Called by `loaders.run`."""

from __future__ import annotations

from graph.model.quality import TOLERANCE_CENTS, TOTALS_OF_LINES
from loaders.staging.engine import Staging

_BOTH = ("rows_invoices", "rows_invoice_lines")


def compare_heads_and_lines(staging: Staging) -> None:
    """File the issue `totals` for each Chinese invoice whose lines miss its net amount by more than a minor unit.

    Abroad allowances and charges of the whole document stand beside the lines, so heads and lines may differ there.
    """
    if not all(staging.has(name) for name in _BOTH):
        return
    rule = TOTALS_OF_LINES
    staging.run(
        "INSERT INTO issues SELECT ?, ?, invoice_key, ?, ?, h.source, h._file, h._row FROM rows_invoices h JOIN ("
        "SELECT invoice_key, abs(sum(amount)) AS amount FROM rows_invoice_lines GROUP BY invoice_key "
        "HAVING count(amount) = count(*)) l USING (invoice_key) "
        f'WHERE NOT h."foreign" AND abs(abs(h.net_value) - l.amount) > {TOLERANCE_CENTS}',
        [rule.rule, rule.subject_type, rule.columns, rule.what],
    )
