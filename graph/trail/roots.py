"""A day's root: one hash over every chain's end at the close of the day, chained to the root of the day before.

A list of the heads that moved that day, hashed in order of task, over the root before it: all roots together cover
every head that stands, in time linear in what was recorded. A tree over all heads would prove one task alone in less
text, but would have to be built over every task every day, and without the list a verifier could say that a day
differs and not where. Signed and written by `queries.trail`; `api/verify_trail.py` reads what is written here, by the
description and not by this code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.trail.canonical import canonical_json, prefixed

VERSION = "taxgraph-root-1"
Moved = tuple[str, int, str]
"""Task, sequence and hash of the last link that the day recorded of it."""


@dataclass(frozen=True, slots=True)
class Root:
    """A day's root.

    Attributes:
        day: ISO date, of civil time in `zone` (IANA name).
        previous: the root of the day before (hexadecimal); empty for the first.
        tasks, links: how many stand at the end of the day, of all days so far.
        moved: in order of task.
    """

    day: str
    zone: str
    previous: str
    tasks: int
    links: int
    moved: Sequence[Moved]

    @property
    def hash(self) -> str:
        """sha256 (hexadecimal) over version, day, zone, root before, counts and heads, each as `length:bytes`."""
        found = hashlib.sha256()
        for part in (VERSION, self.day, self.zone, self.previous, str(self.tasks), str(self.links)):
            found.update(prefixed(part))
        for task, sequence, head in self.moved:
            found.update(prefixed(task) + prefixed(str(sequence)) + prefixed(head))
        return found.hexdigest()


def signed_bytes(root: str, sealed_at: int) -> bytes:
    """What the signature of a day is over: the root and when it was sealed (microseconds since 1970, UTC)."""
    return prefixed(VERSION) + prefixed(root) + prefixed(str(sealed_at))


def written(root: Root, *, sealed_at: int, key: str, signature: str) -> str:
    """The line of a day in the file of roots: JSON, keys in order. `key`: fingerprint of the public key."""
    return canonical_json(
        {
            "version": VERSION,
            "day": root.day,
            "zone": root.zone,
            "previous": root.previous,
            "tasks": root.tasks,
            "links": root.links,
            "moved": [list(each) for each in root.moved],
            "root": root.hash,
            "sealed_at": sealed_at,
            "key": key,
            "signature": signature,
        }
    )


def read(line: dict[str, Any]) -> Root:
    """The root of a line's fields; KeyError, TypeError or ValueError where it is none."""
    moved = [(str(task), int(sequence), str(head)) for task, sequence, head in line["moved"]]
    day, zone, previous = (str(line[name]) for name in ("day", "zone", "previous"))
    return Root(day, zone, previous, int(line["tasks"]), int(line["links"]), moved)
