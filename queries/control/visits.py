"""Access logs of other systems, taken into the platform's own so that internal control sees every look. Called by api.

A CSV file with one look a row, under Chinese or English headings: id, instant, officer, operation, tax numbers
(separated by `;`), task. Rows are named `visit:<id>`: taking the same file again adds nothing. Taxpayers are named by
the party of their number, so that a look keeps pointing at whoever bears it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from graph.civil import CIVIL
from graph.errors import DataError
from graph.model.governance import AccessEvent
from graph.store.port import GraphStore

COLUMNS = {
    "id": ("访问编号", "id"),
    "at": ("访问时间", "at"),
    "officer": ("税务人员代码", "officer"),
    "operation": ("操作", "operation"),
    "taxpayers": ("纳税人识别号", "taxpayers"),
    "task": ("事项编号", "task"),
}
_NEEDED = ("id", "at", "officer", "taxpayers")
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Taken:
    """Looks in the file, and how many of them are new."""

    read: int
    new: int


def take_visits(store: GraphStore, path: Path, *, tasks_of: str = "tasks") -> Taken:
    """Append the looks of a file.

    Args:
        store: where to.
        path: the file, UTF-8.
        tasks_of: source whose task numbers the file names.

    Raises:
        DataError: `data.visits` names the columns that are missing, or the rows that cannot be read (nothing is taken).
    """
    looks = list(_read(path, tasks_of))
    new = 0
    for begin in range(0, len(looks), _CHUNK):
        part = looks[begin : begin + _CHUNK]
        known = set(store.fetch("AccessEvent", [str(row["id"]) for row in part], columns=())["id"].to_pylist())
        fresh = [row for row in part if row["id"] not in known]
        if fresh:
            store.append_access(pa.Table.from_pylist(fresh, schema=AccessEvent.__node__.schema()))
        new += len(fresh)
    return Taken(len(looks), new)


def _read(path: Path, tasks_of: str) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        found = {
            name: next((each for each in known if each in (rows.fieldnames or ())), "")
            for name, known in COLUMNS.items()
        }
        if lacking := [COLUMNS[name][0] for name in _NEEDED if not found[name]]:
            raise _wrong(path, f"it lacks {', '.join(lacking)}")
        for place, row in enumerate(rows, start=2):
            try:
                yield _look({name: (row.get(column) or "").strip() for name, column in found.items()}, tasks_of)
            except ValueError as error:
                raise _wrong(path, f"line {place} has no time or no number") from error


def _look(row: dict[str, str], tasks_of: str) -> dict[str, object]:
    at = datetime.fromisoformat(row["at"])
    at = at if at.tzinfo else at.replace(tzinfo=CIVIL)
    numbers = sorted({part.strip().upper() for part in row["taxpayers"].split(";") if part.strip()})
    if not row["id"] or not numbers:
        raise ValueError("nothing is named")
    return {
        "id": f"visit:{row['id']}",
        "at": at.astimezone(UTC),
        "principal": row["officer"],
        "officer": row["officer"] or None,
        "operation": row["operation"] or "visit",
        "subjects": ",".join(f"no:{number}" for number in numbers),
        "rows": len(numbers),
        "task": f"{tasks_of}:{row['task']}" if row["task"] else None,
        "scope": "visit",
    }


def _wrong(path: Path, what: str) -> DataError:
    return DataError(
        f"{path.name} is no access log that can be taken: {what}.",
        code="data.visits",
        next_step="Write one look a row: 访问编号, 访问时间, 税务人员代码, 操作, 纳税人识别号, 事项编号.",
    )
