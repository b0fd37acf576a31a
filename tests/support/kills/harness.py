"""Kills loads and looks: what does a fresh reader see, and what does the rerun make? Called by tests and the command.

Deliveries are loaded one after the other; the load of each is killed once. After the kill, before anything else, the
digest must be that of the graph before the delivery or after it, as an undisturbed store of the other kind has it;
then the delivery is loaded again, and the digest must be that after it. So damage would add up.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.store.digest import digest
from graph.store.ledger import BatchState
from loaders import load
from tests.support.batches import deliveries
from tests.support.kills.moments import Moment
from tests.support.kills.subjects import FILE, OPTIONS, TELL, EmbeddedSubject, Subject

_SECONDS: Final = 120.0
_ROOT: Final = Path(__file__).parents[3]
SEED: Final = 2026


@dataclass(frozen=True, slots=True)
class Course:
    """Folders to load in order, and the digest before the first and after each."""

    folders: tuple[Path, ...]
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reader saw after a kill: the graph `before` or `after`; `pending` if the ledger held half a batch."""

    moment: Moment
    seen: str
    pending: bool


def course(folder: Path, count: int) -> Course:
    """Write deliveries as canonical tables, and load them undisturbed."""
    folders = []
    for place, delivery in enumerate(deliveries(SEED, count=count)):
        into = folder / f"delivery{place:02}"
        into.mkdir(parents=True)
        for name, frame in delivery.frames.items():
            frame.to_csv(into / f"{name}.csv", index=False)
        folders.append(into)
    store = EmbeddedSubject(folder / "undisturbed.duckdb").open()
    digests = [digest(store)["digest"]]
    for each in folders:
        load(store, "canonical", [each], options=OPTIONS)
        digests.append(digest(store)["digest"])
    store.close()
    return Course(tuple(folders), tuple(digests))


def kill_loads(
    subject: Subject, planned: Course, moments: Sequence[Moment], *, kill: Callable[[Subject, Path, Moment], None]
) -> Iterator[Outcome]:
    """Kill the load of each delivery at its moment; AssertionError if a reader sees what it must not."""
    for place, (moment, folder) in enumerate(zip(moments, planned.folders, strict=False)):
        before, after = planned.digests[place : place + 2]
        assert before != after, f"delivery {place} changes nothing"
        kill(subject, folder, moment)
        seen, pending = _look(subject)
        assert seen in {before, after}, f"{moment}: a reader sees half a batch"
        _load(subject, folder)
        assert _look(subject) == (after, False), f"{moment}: the rerun is another graph"
        yield Outcome(moment, "before" if seen == before else "after", pending)


def kill_the_loader(subject: Subject, folder: Path, moment: Moment) -> None:
    """A process that loads, and kills itself."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        _words(folder, moment), cwd=_ROOT, env=_environment(subject), timeout=_SECONDS, check=False
    )
    assert done.returncode == -signal.SIGKILL, f"the load did not reach {moment}"


def killer_of_servers(kill: Callable[[], None], start: Callable[[], None]) -> Callable[[Subject, Path, Moment], None]:
    """Kills and starts the server, when the load tells that it is at the moment."""

    def kill_the_server(subject: Subject, folder: Path, moment: Moment) -> None:
        loader = subprocess.Popen(  # noqa: S603 - our own interpreter and words
            _words(folder, moment), cwd=_ROOT, env={**_environment(subject), TELL: "1"}, stdout=subprocess.PIPE
        )
        with loader:
            assert loader.stdout is not None
            told = loader.stdout.readline()
            kill()
            loader.kill()  # it would wait for the server
        assert told == b"now\n", f"the load did not reach {moment}"
        start()

    return kill_the_server


def _words(folder: Path, moment: Moment) -> list[str]:
    return [sys.executable, "-m", "tests.support.kills.driver", str(folder), str(moment)]


def _environment(subject: Subject) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != FILE}
    return {**inherited, **subject.as_environment()}


def _look(subject: Subject) -> tuple[str, bool]:
    """What a reader that opens the store anew sees, and whether a batch is pending."""
    store = subject.open()
    seen = digest(store)["digest"]
    pending = any(line.state == BatchState.PENDING for line in store.batches())
    store.close()
    return seen, pending


def _load(subject: Subject, folder: Path) -> None:
    store = subject.open()
    load(store, "canonical", [folder], options=OPTIONS)
    store.close()
