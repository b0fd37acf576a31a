"""Control totals of what the generator writes, gathered table by table, and their `manifest.json` at the end.

Called by `generate`. The form is that of `loaders.manifest`; the sums come from the tables, the digests from the files.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from loaders.manifest import MANIFEST, plain
from loaders.readers.limits import file_digest

# Amounts in exports of this country; each table is summed over those that it has.
SUMMED: Final = (
    "金额",
    "税额",
    "价税合计",
    "有效税额",
    "销售额",
    "销项税额",
    "进项税额",
    "应纳税额",
    "实缴金额",
    "转出税额",
)
_MONEY: Final = pa.decimal128(38, 6)


@dataclass(slots=True)
class _Totals:
    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    tables: dict[str, _Totals] = field(default_factory=dict)

    def add(self, table: pa.Table) -> None:
        self.rows += table.num_rows
        for name in SUMMED:
            if name in table.column_names:
                self.sums[name] = self.sums.get(name, Decimal(0)) + _sum(table.column(name))

    def as_json(self) -> dict[str, Any]:
        sums = {name: plain(total) for name, total in self.sums.items()}
        return {"rows": self.rows, **({"sums": sums} if sums else {})}


def _sum(column: Any) -> Decimal:
    total = pc.sum(column.cast(pa.string()).cast(_MONEY)).as_py()
    return Decimal(0) if total is None else total


class Control:
    """Totals by file, from any thread."""

    def __init__(self) -> None:
        self._files: dict[str, _Totals] = {}
        self._guard = threading.Lock()

    def count(self, name: str, table: pa.Table, *, sheet: str | None = None) -> None:
        """A table was written to this file, as a sheet of it where one is named."""
        totals = _Totals()
        totals.add(table)
        with self._guard:
            file = self._files.setdefault(name, _Totals())
            file.rows += totals.rows
            if sheet is not None:
                file.tables[sheet] = totals
                return
            for column, total in totals.sums.items():
                file.sums[column] = file.sums.get(column, Decimal(0)) + total

    def write(self, out: Path, names: Iterable[str]) -> None:
        """Write the manifest of these files."""
        files = {}
        for name in names:
            totals = self._files[name]
            sheets = {sheet: each.as_json() for sheet, each in totals.tables.items()}
            more = {"tables": sheets} if sheets else {}
            files[name] = {**totals.as_json(), **more, "sha256": file_digest(out / name)}
        (out / MANIFEST).write_text(json.dumps({"files": files}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
