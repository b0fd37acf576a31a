"""What the graph as a whole says is wrong: invoices whose amounts do not add up, rows that are still refused.

Used by `reconciling` for everything and by `closing` for the issues of one task: the same comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from graph.model.quality import REFUSED, TOLERANCE_CENTS, TOTALS_OF_HEAD, TOTALS_OF_LINES, QualityRule
from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.port import GraphStore
from graph.store.questions import Among, Longs

COMPARED: Final = (TOTALS_OF_HEAD, TOTALS_OF_LINES, REFUSED)
"""Rules whose issues are compared with the source of record; the others are settled by a load or by a reason."""
OPEN: Final = "open"
_CHUNK: Final = 500_000  # invoices at a time
_RULE_OF: Final = {(each.rule, each.columns): each for each in COMPARED}
_FOREIGN: Final = re.compile(r"x[0-9a-f]{24}")  # the key of an invoice from abroad (`loaders.staging.macros`)
Row = dict[str, Any]
Flags = npt.NDArray[np.bool_]
pc: Any = _compute  # its stubs know no tables


def wrong_now(store: GraphStore, *, tell: Tell = silent, stop: Stop | None = None) -> dict[str, Row]:
    """Every issue of the compared rules that holds now, as a row of QualityIssue, by id."""
    numbers = store.node_columns("Invoice", ())["number"].to_numpy()
    found: dict[str, Row] = {}
    for begin in range(0, len(numbers), _CHUNK):
        if stop is not None:
            stop.check()
        tell("compare invoices", begin, len(numbers))
        found |= _issues_of(store, _off(store, numbers[begin : begin + _CHUNK]))
    return found | _refused(store)


def still_wrong(store: GraphStore, issues: Iterable[Mapping[str, Any]]) -> set[str]:
    """Ids of those of these issues that the data still show; an issue of another rule holds while it stands."""
    told = list(issues)
    invoices = sorted({str(row["subject"]) for row in told if rule_of(row) in {TOTALS_OF_HEAD, TOTALS_OF_LINES}})
    numbers = store.node_numbers("Invoice", invoices)["number"].to_numpy()
    holding = {rule.issue_id(key) for key, rule in _off(store, numbers)}
    rejects = {str(row["subject"]) for row in told if rule_of(row) is REFUSED}
    holding |= {REFUSED.issue_id(key) for key in rejects.intersection(_open_rejects(store))} if rejects else set()
    return {str(row["id"]) for row in told if rule_of(row) is None or row["id"] in holding}


def rule_of(row: Mapping[str, Any]) -> QualityRule | None:
    """The compared rule of an issue; None for an issue of another one."""
    return _RULE_OF.get((row["rule"], row["columns"]))


def _off(store: GraphStore, numbers: Longs) -> Iterator[tuple[str, QualityRule]]:
    """Invoices among these whose amounts do not add up, and which rule says so."""
    if not len(numbers):
        return
    names = ("id", "net_cents", "tax_cents", "total_cents")
    heads = store.node_columns("Invoice", names, numbers=numbers)
    net, tax, total = (_cents(heads[name]) for name in names[1:])
    told = np.asarray(heads["total_cents"].is_valid().to_numpy(), np.bool_)
    by_rule = {
        TOTALS_OF_HEAD: told & (np.abs(net + tax - total) > TOLERANCE_CENTS),
        TOTALS_OF_LINES: _lines_off(store, heads, net),
    }
    for rule, wrong in by_rule.items():
        for key in map(str, heads["id"].filter(pa.array(wrong)).to_pylist()):
            # Abroad allowances and charges stand beside the lines: only heads are compared there.
            if rule is TOTALS_OF_HEAD or not _FOREIGN.fullmatch(key):
                yield key, rule


def _lines_off(store: GraphStore, heads: pa.Table, net: Longs) -> Flags:
    """Whose lines, all with an amount, miss the net amount."""
    number = heads["number"].to_numpy()
    lines = store.link_columns("LISTS", ("amount_cents", "line"), among=Among(numbers=number))
    place = np.searchsorted(number, lines["source"].to_numpy())
    sums, counted, known = (np.zeros(len(number), np.int64) for _ in range(3))
    np.add.at(sums, place, _cents(lines["amount_cents"]))
    np.add.at(counted, place, 1)
    np.add.at(known, place, np.asarray(lines["amount_cents"].is_valid().to_numpy(), np.int64))
    off: Flags = (counted > 0) & (counted == known) & (np.abs(np.abs(net) - np.abs(sums)) > TOLERANCE_CENTS)
    return off


def _cents(column: Any) -> Longs:
    return np.asarray(pc.fill_null(column, 0).to_numpy(), np.int64)


def _issues_of(store: GraphStore, off: Iterable[tuple[str, QualityRule]]) -> dict[str, Row]:
    told = list(off)
    keys = pa.table({"id": pa.array(sorted({key for key, _ in told}), pa.string())})
    origin = {row["id"]: row for row in store.existing("Invoice", keys).to_pylist()} if told else {}
    return dict(_issue(rule, key, origin[key]) for key, rule in told)


def _refused(store: GraphStore) -> dict[str, Row]:
    return dict(_issue(REFUSED, key, row) for key, row in _open_rejects(store).items())


def _open_rejects(store: GraphStore) -> dict[str, Row]:
    """A refusal of each refused row that is open, by `<batch>:<refused row>`."""
    rows = store.export("Reject").sort_by("id")
    if not rows.num_rows:
        return {}
    waiting = rows.filter(pc.equal(pc.fill_null(rows["status"], OPEN), pa.scalar(OPEN)))
    found: dict[str, Row] = {}
    for row in waiting.to_pylist():
        found.setdefault(f"{str(row['id']).rpartition(':')[0]}:{row['refused_row']}", row)
    return found


def _issue(rule: QualityRule, subject: str, origin: Mapping[str, Any]) -> tuple[str, Row]:
    key = rule.issue_id(subject)
    names = ("prov_source", "prov_file", "prov_row")
    told = {"rule": rule.rule, "subject_type": rule.subject_type, "subject": subject, "columns": rule.columns}
    return key, {"id": key, **told, "what": rule.what, "status": OPEN, "claims": 1} | {n: origin[n] for n in names}
