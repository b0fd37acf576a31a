"""Cases one after the other, each alone through reader and mapping, then many together into a store.

A load costs half a second whatever it holds, so readable files are loaded together; where that breaks a promise, each
is loaded alone to find the one that is at fault. Called by `__main__`.
"""

from __future__ import annotations

import faulthandler
import resource
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from graph.store.digest import Digest, digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.fuzzing.judging import BrokenPromiseError, Loaded, Refused, judge, rows_to_load
from tests.support.fuzzing.mutating import Case, case_of
from tests.support.fuzzing.seeds import Seed

TOGETHER = 100
LOADS_PER_STORE = 12
HANG_SECONDS = 300  # of one step: far beyond any honest one on a busy machine
MEMORY_BYTES = 3 << 30  # that the process may ever hold
_ADDRESSES_BYTES = 16 << 30  # that it may ask for: stores and thread pools reserve far more than they use


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mutated file that could be read: where it lies and how many rows it holds."""

    case: Case
    file: Path
    rows: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise: the cases that show it, and how."""

    cases: tuple[int, ...]
    what: str
    trace: str


@dataclass(slots=True)
class Tally:
    """What came of the cases."""

    outcomes: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    cases: int = 0

    def lines(self) -> list[str]:
        """The tally in words."""
        read, accepted, rejected = (self.rows[name] for name in ("read", "accepted", "rejected"))
        peak = peak_bytes() >> 20
        found = [f"  {count:6} {what}" for what, count in sorted(self.outcomes.items())]
        counts = f"{read} rows read = {accepted} accepted + {rejected} rejected"
        return [f"{self.cases} cases, {counts}, {peak} MiB at most", *found]


class Run:
    """One run over cases of one seed, with its folder of files and stores."""

    def __init__(self, seeds: Sequence[Seed], *, seed: int, folder: Path, say: Callable[[str], None]) -> None:
        self.tally = Tally()
        self._seeds, self._seed, self._folder, self._say = seeds, seed, folder, say
        self._waiting: dict[str, list[Waiting]] = {}
        self._store: GraphStore | None = None
        self._loads = 0
        self._graph: Digest | None = None  # of the store as it is; asking for it costs as much as a load

    def cases(self, numbers: Sequence[int] | range, *, until: float) -> None:
        """Try these cases, or as many as begin before `until` (of the monotonic clock)."""
        for number in numbers:
            if monotonic() > until:
                break
            self._watched(f"case {number}", lambda number=number: self._read(number))  # type: ignore[misc]  # bound now
            for source, waiting in list(self._waiting.items()):
                if len(waiting) >= TOGETHER:
                    self._load(source)
        for source in list(self._waiting):
            self._load(source)
        self._close()

    def _read(self, number: int) -> None:
        case = case_of(self._seeds, self._seed, number)
        self.tally.cases += 1
        file = self._folder / str(number) / case.seed.name
        file.parent.mkdir()
        file.write_bytes(case.content)
        try:
            rows = rows_to_load(case, file)
        except Exception as error:  # noqa: BLE001 - whatever escapes is what is sought
            self._found([case], error)
            return
        if isinstance(rows, Refused):
            self.tally.outcomes[rows.code] += 1
        else:
            self._waiting.setdefault(case.source, []).append(Waiting(case, file, rows))

    def _load(self, source: str) -> None:
        waiting = self._waiting.pop(source)
        cases = [each.case for each in waiting]
        numbers = ", ".join(str(case.number) for case in cases)
        try:
            outcome = self._watched(f"loading cases {numbers}", lambda: self._judged(self._open(), waiting))
        except Exception as error:  # noqa: BLE001 - as above
            self._close()
            if not self._alone(waiting):
                self._found(cases, error)
            return
        self._count(outcome)

    def _alone(self, waiting: Sequence[Waiting]) -> bool:
        """Load each in an empty store of its own; whether any breaks a promise by itself."""
        before = len(self.tally.findings)
        for each in waiting if len(waiting) > 1 else ():
            try:
                outcome = self._watched(
                    f"loading case {each.case.number}",
                    lambda each=each: self._judged(self._open(), [each]),  # type: ignore[misc]  # bound now
                )
                self._count(outcome)
            except Exception as error:  # noqa: BLE001 - as above
                self._found([each.case], error)
            self._close()
        return len(self.tally.findings) > before

    def _judged(self, store: GraphStore, waiting: Sequence[Waiting]) -> Loaded | Refused:
        files = [each.file for each in waiting]
        cases, rows = [each.case for each in waiting], sum(each.rows for each in waiting)
        outcome = judge(store, cases, files, rows=rows, before=self._graph or digest(store))
        self._graph = outcome.graph if isinstance(outcome, Loaded) else self._graph
        return outcome

    def _count(self, outcome: Loaded | Refused) -> None:
        if isinstance(outcome, Refused):
            self.tally.outcomes[f"whole batch: {outcome.code}"] += 1
            return
        self.tally.outcomes["batches loaded"] += 1
        self.tally.rows.update(read=outcome.read, accepted=outcome.accepted, rejected=outcome.rejected)

    def _open(self) -> GraphStore:
        if self._store is None or self._loads >= LOADS_PER_STORE:
            self._close()
            self._store = DuckdbStore.open(self._folder / f"graph-{self.tally.cases}-{len(self.tally.findings)}.duckdb")
            self._store.ensure_schema()
        self._loads += 1
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store, self._loads, self._graph = None, 0, None

    def _watched(self, what: str, work: Callable[[], Loaded | Refused | None]) -> Loaded | Refused:
        """Do it; if it takes too long the process ends with every thread's place, after the last line said what."""
        self._say(what)
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        before = peak_bytes()
        try:
            outcome = work() or Refused("")
        finally:
            faulthandler.cancel_dump_traceback_later()
        if before < MEMORY_BYTES < peak_bytes():
            raise BrokenPromiseError(f"{what} took the memory to {peak_bytes() >> 20} MiB")
        return outcome

    def _found(self, cases: Sequence[Case], error: Exception) -> None:
        numbers = tuple(case.number for case in cases)
        trace = "".join(traceback.format_exception(error)[-6:])
        self.tally.findings.append(Finding(numbers, f"{type(error).__name__}: {error}"[:300], trace))


def limit_memory() -> None:
    """Let no file take the machine's memory: asking for more than all that is reserved in honest runs fails at once."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_ADDRESSES_BYTES, most))


def peak_bytes() -> int:
    """The most memory that the process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
