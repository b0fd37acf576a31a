"""Offline verifier of a trail: needs this file alone, Python 3.11 or later and the package `cryptography`.

    python verify_trail.py trail.jsonl roots.jsonl trail.key.pub [--until 2026-03-31]

`trail.jsonl` is what `taxgraph trail export` wrote, `roots.jsonl` the file of the days' roots, the last the public key
of who seals. The roots and the key are trusted, so have them from somebody else than who keeps the store. It shares no
code with the platform on purpose: it reads the format by its description (docs/trail.md).

Prints one line a fault with task, sequence and day, and how much was looked at. Ends with 0 if all is as it was
recorded, 1 if something is not, 2 if a file cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

EVENT, ROOT = "taxgraph-event-1", "taxgraph-root-1"
# A file that tells an event again may place it otherwise; nothing else of an event is told twice.
MAY_BE_RESTATED = frozenset({"position", "offset_minutes"})
Head = tuple[int, str]


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong and where."""

    day: str
    task: str
    sequence: int
    what: str


@dataclass
class Result:
    """Faults, and how much was looked at. `unsealed`: links of days that have no root yet."""

    faults: list[Fault] = field(default_factory=list)
    days: int = 0
    tasks: int = 0
    links: int = 0
    withdrawn: int = 0
    unsealed: int = 0
    last_day: str | None = None

    def add(self, what: str, *, day: str = "", task: str = "", sequence: int = 0) -> None:
        """Note a fault."""
        self.faults.append(Fault(day, task, sequence, what))


@dataclass
class Sealed:
    """What the roots say: heads by task and day, and days whose line cannot be trusted."""

    heads: dict[str, dict[str, Head]] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    last: str = ""


def verify(trail: Iterable[str], roots: Iterable[str], key: Ed25519PublicKey, *, until: str | None = None) -> Result:
    """Verify the lines of a trail against the lines of the roots. `until`: a day that must have been sealed."""
    result = Result()
    sealed = _roots(roots, key, result)
    if until is not None and sealed.last < until:
        result.add(f"the last sealed day is {sealed.last or 'none'}: days are missing", day=until)
    _trail(trail, sealed, result)
    result.last_day = sealed.last or None
    result.faults.sort()
    return result


# --- the roots


def _roots(lines: Iterable[str], key: Ed25519PublicKey, result: Result) -> Sealed:
    sealed, previous, totals = Sealed(), "", [0, 0]
    for number, text in enumerate(lines, start=1):
        line = _parsed(text, ("day", "zone", "previous", "tasks", "links", "moved", "root", "sealed_at", "signature"))
        if line is None or not _is_day(line["day"]):
            result.add(f"line {number} of the roots is none", day=_next(sealed.last))
            continue
        day = str(line["day"])
        _follows(line, previous, sealed, result)
        if not _signed(line, key):
            result.add("the line of this day was altered: its root or signature is wrong", day=day)
            sealed.doubtful.add(day)
        else:
            begun, added = _moved(line, sealed, result)
            counts = [totals[0] + begun, totals[1] + added]
            if counts != [line["tasks"], line["links"]] and not sealed.doubtful:
                result.add("the counts of this day do not follow from the day before", day=day)
        previous, totals, sealed.last = line["root"], [line["tasks"], line["links"]], day
        result.days += 1
    return sealed


def _follows(line: dict[str, Any], previous: str, sealed: Sealed, result: Result) -> None:
    """A day follows the day before, and its root that day's root. What missing days held nobody can tell."""
    day = str(line["day"])
    if sealed.last and day != _next(sealed.last):
        result.add(f"days are missing between {sealed.last} and {day}", day=_next(sealed.last))
        missing = _next(sealed.last)
        while missing < day:
            sealed.doubtful.add(missing)
            missing = _next(missing)
    elif line["previous"] != previous:
        result.add("the root does not follow the one before", day=day)


def _signed(line: dict[str, Any], key: Ed25519PublicKey) -> bool:
    parts = [ROOT, line["day"], line["zone"], line["previous"], line["tasks"], line["links"]]
    try:
        moved = [part for task, sequence, head in line["moved"] for part in (task, sequence, head)]
        found = hashlib.sha256(b"".join(_prefixed(str(part)) for part in [*parts, *moved])).hexdigest()
        signed = b"".join(_prefixed(str(part)) for part in (ROOT, found, line["sealed_at"]))
        key.verify(bytes.fromhex(line["signature"]), signed)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return bool(found == line["root"])


def _moved(line: dict[str, Any], sealed: Sealed, result: Result) -> tuple[int, int]:
    """Take the heads of a day; how many tasks it began and how many links it added."""
    begun = added = 0
    for task, sequence, head in line["moved"]:
        heads = sealed.heads.setdefault(task, {})
        before = next(reversed(heads.values()))[0] if heads else 0
        if sequence <= before:
            result.add("a head went back", day=line["day"], task=task, sequence=sequence)
        begun, added = begun + (not heads), added + sequence - before
        heads[line["day"]] = (sequence, head)
    return begun, added


# --- the trail


def _trail(lines: Iterable[str], sealed: Sealed, result: Result) -> None:
    seen: set[str] = set()
    for task, rows in groupby(_links(lines, result), key=lambda row: str(row["task"])):
        if task in seen:
            result.add("the task stands in several places of the trail", task=task)
        seen.add(task)
        _chain(task, list(rows), sealed, result)
        result.tasks += 1
    for task in sorted(sealed.heads.keys() - seen):
        day, (sequence, _) = next(iter(sealed.heads[task].items()))
        result.add("the whole task is missing", day=day, task=task, sequence=sequence)


def _links(lines: Iterable[str], result: Result) -> Iterator[dict[str, Any]]:
    wanted = ("task", "sequence", "day", "recorded_at", "previous_hash", "hash", "event")
    for number, text in enumerate(lines, start=1):
        row = _parsed(text, wanted)
        if row is None or not isinstance(row["event"], dict) or not _is_day(row["day"]):
            result.add(f"line {number} of the trail is none")
            continue
        result.links += 1
        result.withdrawn += row.get("withdrawn_at") is not None
        yield row


def _chain(task: str, rows: Sequence[dict[str, Any]], sealed: Sealed, result: Result) -> None:
    """Each link by itself and in its place; then the ends of its days against the roots."""
    previous, expected, ends = "", 1, dict[str, Head]()
    for row in rows:
        fault = partial(result.add, day=str(row["day"]), task=task, sequence=int(row["sequence"]))
        if row["sequence"] != expected:
            fault(f"link {expected} should stand here")
        elif row["previous_hash"] != previous:
            fault("the link does not follow the one before")
        if _hash(row) != row["hash"]:
            fault("the content is not what was recorded")
        if not MAY_BE_RESTATED.issuperset(row.get("restated") or ()):
            fault("a later version says otherwise than what was recorded")
        if ends and row["day"] < max(ends):
            fault("the day lies before that of the link before")
        if row["day"] > sealed.last:
            result.unsealed += 1
        previous, expected = row["hash"], int(row["sequence"]) + 1
        ends[row["day"]] = (int(row["sequence"]), row["hash"])
    _ends(task, ends, sealed, result)


def _ends(task: str, ends: dict[str, Head], sealed: Sealed, result: Result) -> None:
    told = sealed.heads.get(task, {})
    for day in sorted(ends.keys() | told.keys()):
        found, root = ends.get(day), told.get(day)
        if day > sealed.last or day in sealed.doubtful or found == root:
            continue
        if root is None and found is not None:
            result.add("recorded after the day was sealed", day=day, task=task, sequence=found[0])
        elif found is None and root is not None:
            result.add("links that were sealed are missing", day=day, task=task, sequence=root[0])
        elif found is not None and root is not None:
            _differs(task, day, found, root, result)


def _differs(task: str, day: str, found: Head, root: Head, result: Result) -> None:
    if found[0] < root[0]:
        result.add("the last links of the day are missing", day=day, task=task, sequence=root[0])
    elif found[0] > root[0]:
        result.add("recorded after the day was sealed", day=day, task=task, sequence=found[0])
    else:
        result.add(
            "the chain was rewritten: its hashes fit, but not what was sealed", day=day, task=task, sequence=root[0]
        )


def _hash(row: dict[str, Any]) -> str:
    """As the page about the trail describes it."""
    parts = [EVENT, row["previous_hash"], row["sequence"], row["recorded_at"]]
    fields = [part for name in sorted(row["event"]) for part in (name, row["event"][name])]
    known = row["event"].get("task") == row["task"]
    return hashlib.sha256(b"".join(_prefixed(str(part)) for part in [*parts, *fields])).hexdigest() if known else ""


# --- small things


def _prefixed(text: str) -> bytes:
    encoded = text.encode("utf-8", "surrogatepass")
    return b"%d:%b" % (len(encoded), encoded)


def _parsed(text: str, names: Sequence[str]) -> dict[str, Any] | None:
    """A JSON object with these names; None for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    whole = isinstance(found, dict) and all(name in found for name in names)
    numbers = whole and all(
        isinstance(found[name], int) for name in ("sequence", "recorded_at", "tasks") if name in found
    )
    return found if numbers else None


def _is_day(text: object) -> bool:
    try:
        return date.fromisoformat(str(text)).isoformat() == text
    except ValueError:
        return False


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else ""


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a file; ValueError if it holds none."""
    key = load_pem_public_key(path.read_bytes())
    if isinstance(key, Ed25519PublicKey):
        return key
    raise ValueError("The file holds no Ed25519 public key.")


def verify_files(trail: Path, roots: Path, key: Path, *, until: str | None = None) -> Result:
    """`verify` of files; OSError or ValueError if one cannot be read."""
    with trail.open(encoding="utf-8") as links, roots.open(encoding="utf-8") as days:
        return verify(links, days, read_public_key(key), until=until)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Verify a trail offline.")
    parser.add_argument("trail", type=Path, help="what `taxgraph trail export` wrote (JSON lines)")
    parser.add_argument("roots", type=Path, help="the file of the days' roots")
    parser.add_argument("key", type=Path, help="the public key of who seals (PEM)")
    parser.add_argument("--until", metavar="DAY", help="a day that must have been sealed by now")
    given = parser.parse_args(arguments)
    try:
        result = verify_files(given.trail, given.roots, given.key, until=given.until)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for fault in result.faults:
        place = " ".join(f"{name}={value}" for name, value in asdict(fault).items() if value and name != "what")
        sys.stdout.write(f"FAULT {place}: {fault.what}\n")
    looked = {name: value for name, value in asdict(result).items() if name != "faults"}
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in looked.items()) + f" faults={len(result.faults)}\n")
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
