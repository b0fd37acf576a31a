"""The file of the days' roots: one line a day, only ever added to, outside the store. Read and written by `sealing`."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import DataError
from graph.trail.roots import Root, read


def roots_in(path: Path) -> list[Root]:
    """The roots of a file, oldest first; none if it is not there.

    Raises:
        DataError: `data.trail_roots` with the line that is no root.
    """
    if not path.exists():
        return []
    found = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                fields = json.loads(line)
                root = read(fields)
                if root.hash != fields["root"]:
                    raise ValueError("another root")  # noqa: TRY301 - told as every other line that is none
            except (ValueError, KeyError, TypeError):
                raise _damaged(path, number) from None
            found.append(root)
    return found


def append(path: Path, line: str) -> None:
    """Add a day's line, on the disk before this returns."""
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else seals into this file meanwhile, of whatever process of this machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _damaged(path: Path, number: int) -> DataError:
    return DataError(
        "The file of the days' roots is damaged.",
        code="data.trail_roots",
        next_step="Put back a copy of it, and run `taxgraph trail verify`: it tells what was changed.",
        file=path.name,
        line=number,
    )
