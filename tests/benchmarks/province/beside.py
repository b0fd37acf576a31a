"""Reads of the household view while a batch loads through the server that answers them, against reads while it idles.

One caller asks the committed document, each median taxpayer once, one after another, until the load ends. Every answer
names the state of the ledger that it was given from; now and then one taxpayer's sales are counted too. Both must show
the graph before the batch or after it, never another, and never the earlier one again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import duckdb

from loaders.synthetic.invoices import HEADER_SHEET
from tests.benchmarks.clock import peak_megabytes_of, quantile, spread, timed
from tests.benchmarks.household import Asking, asking, megabytes_of, serving, subjects_of, warmed_up
from tests.benchmarks.province.commands import Ran, loaded
from tests.benchmarks.province.country import DAYS, generate_later, province_of
from tests.benchmarks.province.sizes import Province
from tests.benchmarks.steps.households import asked, state_of

NEAR = 20_000  # taxpayers around the median: more than are read while a batch loads
LOOK_EVERY = 10  # reads
CANDIDATES = 20
SELLERS = """
    SELECT seller FROM (SELECT "销方识别号" AS seller, count(*) AS sales FROM read_parquet(?) GROUP BY ALL)
    ORDER BY sales, seller LIMIT ?
"""
SALES = "query($taxpayer: ID!) { household(taxpayer: $taxpayer) { taxpayer { sales(first: 1) { totalCount } } } }"


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """A state of the ledger, and how many sales a taxpayer of the batch had in it."""

    state: int
    sales: int


@dataclass(frozen=True, slots=True)
class Reads:
    """Seconds and states of the ledger of reads one after another, and what was looked at between them."""

    seconds: list[float]
    states: list[int]
    looks: list[Seen]

    def facts(self, name: str) -> dict[str, float]:
        """As facts `<name>.p50`, `.p95`, `.p99` and `.count`."""
        count = len(self.seconds)
        return {**spread(name, self.seconds), f"{name}.p99": quantile(self.seconds, 0.99), f"{name}.count": count}


def read_beside_a_load(size: Province, folder: Path) -> dict[str, float]:
    """`beside.ratio`: p95 of the reads while the batch loads, over p95 of those before it."""
    url, out = province_of(folder, size), folder / "batch"
    batch = generate_later(out, size, url, invoices=size.batch_invoices, days=DAYS)
    subjects = subjects_of(url, None)
    with serving(url) as (address, server), asking(address, subjects.token) as caller:
        warmed_up(caller, subjects.ranked)
        facts = {"beside.megabytes_before": megabytes_of(server.pid)}
        facts |= _measured(caller, subjects.ranked, batch, lambda: loaded(url, batch), size.reads)
        facts["beside.megabytes_after"] = megabytes_of(server.pid)
        facts["beside.peak_megabytes"] = peak_megabytes_of(server.pid)
    shutil.rmtree(out)
    return facts


def _measured(
    caller: Asking, ranked: Sequence[str], batch: Path, load: Callable[[], Ran], count: int
) -> dict[str, float]:
    quiet, busy = _two_halves(ranked)
    look = _look_at(caller, _sellers(batch))
    before = look()
    _read_until(caller, islice(quiet, count), look, lambda: False)  # what is remembered between reads is there by now
    idle = _read_until(caller, islice(quiet, count), look, lambda: False)
    with ThreadPoolExecutor(1) as pool:
        loading: Future[Ran] = pool.submit(load)
        beside = _read_until(caller, busy, look, loading.done)
        done = loading.result()
    afterwards = _read_until(caller, islice(quiet, count), look, lambda: False)
    check_states([idle, beside, afterwards], before=before, after=look())
    return {
        **idle.facts("beside.idle"),
        **beside.facts("beside.loading"),
        **afterwards.facts("beside.afterwards"),
        "beside.ratio": quantile(beside.seconds, 0.95) / quantile(idle.seconds, 0.95),
        "beside.looks": sum(len(reads.looks) for reads in (idle, beside, afterwards)),
        "beside.load_seconds": done.seconds,
        "beside.invoices": done.answer["by_type"]["Invoice"],
    }


def _two_halves(ranked: Sequence[str]) -> tuple[Iterator[str], Iterator[str]]:
    """Taxpayers around the median by turns: nobody is in both."""
    middle = len(ranked) // 2
    near = ranked[max(0, middle - NEAR // 2) : middle + NEAR // 2]
    return cycle(near[::2]), cycle(near[1::2])


def _read_until(caller: Asking, keys: Iterator[str], look: Callable[[], Seen], ended: Callable[[], bool]) -> Reads:
    """Read one taxpayer after another, until there are no more or `ended` says so."""
    reads = Reads([], [], [])
    for place, key in enumerate(keys):
        state, seconds = timed(lambda key=key: asked(caller, key))  # type: ignore[misc]
        reads.seconds.append(seconds)
        reads.states.append(state)
        if place % LOOK_EVERY == 0:
            reads.looks.append(look())
        if ended():
            break
    return reads


def _sellers(batch: Path) -> list[str]:
    """Tax numbers of those who sell least in the batch, but do."""
    rows = duckdb.execute(SELLERS, [str(batch / f"*{HEADER_SHEET}.parquet"), CANDIDATES]).fetchall()
    return [str(seller) for (seller,) in rows]


def _look_at(caller: Asking, sellers: Sequence[str]) -> Callable[[], Seen]:
    """A look at the first of these that the graph knows."""
    for seller in sellers:
        if _sales(caller, seller)["data"]["household"] is not None:
            return lambda: _seen(_sales(caller, seller))
    raise SystemExit("The graph knows no seller of the batch.")


def _sales(caller: Asking, seller: str) -> dict[str, Any]:
    answer: dict[str, Any] = caller.post(SALES, taxpayer=seller).json()
    return answer


def _seen(answer: Mapping[str, Any]) -> Seen:
    return Seen(state_of(answer), int(answer["data"]["household"]["taxpayer"]["sales"]["totalCount"]))


def check_states(reads: Sequence[Reads], *, before: Seen, after: Seen) -> None:
    """Refuse a run in which somebody saw half a batch, or an earlier state after a later one.

    Raises:
        SystemExit: with what was seen.
    """
    looks = [look for each in reads for look in each.looks]
    states = [state for each in reads for state in each.states]
    if after.state <= before.state or after.sales <= before.sales:
        raise SystemExit(f"The batch changed nothing that is looked at: {before}, then {after}.")
    if others := {*looks} - {before, after}:
        raise SystemExit(f"Neither before nor after the batch ({before}, {after}): {sorted(others)}.")
    if strange := {*states} - {before.state, after.state}:
        raise SystemExit(f"Neither before nor after the batch: states {sorted(strange)} of the ledger.")
    if looks != sorted(looks) or states != sorted(states):
        raise SystemExit("An earlier state was seen after a later one.")
