"""Writes a synthetic country: exports in the forms that bureaus use, with planted shapes and their truth beside them.

`generate` is called by the command line and by tests. The same plan gives the same bytes. `truth/` is for judging
answers; the platform never reads it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from graph.errors import SettingsError
from loaders.synthetic import holdings, invoices, organisation, patterns, posts, registers, returns, tasks
from loaders.synthetic.control import Control
from loaders.synthetic.documents import write_out
from loaders.synthetic.patterns import officers, tables
from loaders.synthetic.plan import Plan
from loaders.synthetic.population import draw_population
from loaders.synthetic.reserve import with_reserved
from loaders.synthetic.rings import plant_bursts, plant_rings
from loaders.synthetic.shells import plant_shells
from loaders.synthetic.trade import draw_trade
from loaders.synthetic.work import write_work
from loaders.synthetic.writing import ParquetFile, write_csv, write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loaders.synthetic.documents import Documents
    from loaders.synthetic.organisation import Organisation
    from loaders.synthetic.patterns import Book
    from loaders.synthetic.patterns.officers import Watched
    from loaders.synthetic.patterns.tables import Evidence
    from loaders.synthetic.population import Population
    from loaders.synthetic.rings import Rings
    from loaders.synthetic.shells import Shells
    from loaders.synthetic.tasks import Tasks
    from loaders.synthetic.text import Integers

Format = Literal["csv", "xlsx", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "parquet")
WORKBOOK_LIMIT = 5_000  # invoices; beyond it a workbook is slow to write and to read
CSV_LIMIT = 200_000
SHEETS = {invoices.HEADER_SHEET: "invoices", invoices.LINE_SHEET: "invoice_lines"}
_MONTHS_AT_A_TIME = 2
_PIECE = 200_000  # invoices whose text is in memory at once
DEFAULT_START = date(2026, 1, 1)
STAGES = ("country", "trade", "invoices", "registers", "organisation", "tasks", "tax records", "truth")


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written: rows by table (`truth/…` apart), files in order, and what was planted."""

    rows: dict[str, int]
    files: tuple[str, ...]
    planted: dict[str, int]
    start: date
    end: date


@dataclass(slots=True)
class _Writer:
    """Writes tables below one folder and remembers what it wrote."""

    out: Path
    rows: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    control: Control = field(default_factory=Control)
    open: dict[str, ParquetFile] = field(default_factory=dict)

    def csv(self, name: str, table: pa.Table, *, kind: str, encoding: str = "utf-8-sig") -> None:
        write_csv(self.out / name, table, encoding=encoding)
        self.control.count(name, table)
        self.note(name, kind, table.num_rows)

    def piece(self, name: str, kind: str, table: pa.Table) -> None:
        """A table of a file that may come in pieces: CSV where it is small, Parquet where its first piece is large."""
        if table.num_rows < CSV_LIMIT and name not in self.open:
            self.csv(f"{name}.csv", table, kind=kind)
            return
        path = f"{name}.parquet"
        if name not in self.open:
            self.open[name] = ParquetFile(self.out / path)
        self.open[name].add(table)
        self.control.count(path, table)
        self.note(path, kind, table.num_rows)

    def close(self) -> None:
        """Finish the files that came in pieces."""
        for file in self.open.values():
            file.close()

    def note(self, name: str, kind: str, rows: int) -> None:
        self.rows[kind] = self.rows.get(kind, 0) + rows
        if name not in self.files:
            self.files.append(name)


@dataclass(frozen=True, slots=True)
class _Country:
    population: Population
    shells: Shells
    rings: Rings
    documents: Documents
    book: Book
    first_sale: int

    @property
    def evidence(self) -> Evidence:
        return tables.evidence_of(self.book, self.population, self.documents, first=self.first_sale)


def generate(
    out: Path,
    *,
    taxpayers: int,
    invoices: int,
    days: int,
    seed: int,
    start: date = DEFAULT_START,
    planted: int | None = None,
    task_events: int = 0,
    format: Format | None = None,  # noqa: A002  the option's name on the command line
    progress: Callable[[str, float], None] | None = None,
) -> Summary:
    """Write a synthetic country below `out`.

    Args:
        out: folder to write into; created if needed, files of the same names are replaced.
        taxpayers: firms, at least 40.
        invoices: invoices with the red and the planted ones, at least 100.
        days: length of the span that begins at `start`, at least 30.
        seed: the same seed and sizes give the same bytes.
        start: first day of trade.
        planted: cases and near misses of every pattern; None is one for 2,000 taxpayers, at least two, as far as they
            fit.
        task_events: events of some years of officers' work, with planted cases of internal control; 0: none.
        format: of the invoice exports; None is a workbook up to 5,000 invoices, CSV up to 200,000, Parquet beyond.
        progress: called with the name of a stage and the share done before it, at the end with `done`, 1.0.

    Raises:
        SettingsError: `settings.synthetic` when a size is too small or the format unknown,
            `settings.synthetic.planted` when so many cases do not fit.
    """
    plan = Plan(taxpayers=taxpayers, invoices=invoices, days=days, seed=seed, start=start)
    count = patterns.fitting(taxpayers=taxpayers, invoices=invoices, days=days, wanted=planted)
    plan = replace(plan, planted=count, reserved=patterns.reserved_for(count), task_events=task_events)
    writer = _Writer(out)
    country = _write(plan, writer, _chosen(format, invoices), progress or _silent)
    end = date.fromordinal(start.toordinal() + days - 1)
    return Summary(writer.rows, tuple(writer.files), _planted(plan, country), start, end)


def _silent(_stage: str, _share: float) -> None:
    """Progress that nobody watches."""


def _write(plan: Plan, writer: _Writer, chosen: Format, tell: Callable[[str, float], None]) -> _Country:
    tell(STAGES[0], 0.0)
    population, shells = plant_shells(draw_population(plan), plan)
    tell(STAGES[1], 0.1)
    country = _trade(plan, population, shells)
    tell(STAGES[2], 0.25)
    _write_invoices(writer, country, chosen)
    tell(STAGES[3], 0.7)
    _write_registers(plan, writer, country)
    _write_authority(plan, writer, country, tell)
    tell(STAGES[6], 0.85)
    _write_tax_records(plan, writer, country)
    tell(STAGES[7], 0.98)
    _write_truth(writer, country)
    writer.control.write(writer.out, (name for name in writer.files if not name.startswith("truth/")))
    tell("done", 1.0)
    return country


def _chosen(wanted: Format | None, count: int) -> Format:
    if wanted is None:
        return "xlsx" if count <= WORKBOOK_LIMIT else "csv" if count <= CSV_LIMIT else "parquet"
    if wanted not in FORMATS:
        raise SettingsError(
            f"invoice exports cannot be written as {wanted!r}",
            code="settings.synthetic",
            next_step=f"choose one of {', '.join(FORMATS)}",
            format=wanted,
        )
    return wanted


def _trade(plan: Plan, population: Population, shells: Shells) -> _Country:
    rings = plant_rings(plan, population)
    shaped = rings.trade.followed_by(plant_bursts(plan, population, shells))
    book = patterns.draw_book(plan)
    planted = shaped.followed_by(book.trade)
    ordinary = draw_trade(plan, population, count=max(plan.invoices - plan.reds - planted.count, 1))
    everybody = with_reserved(population, book)
    documents = write_out(
        plan,
        everybody,
        planted.followed_by(ordinary),
        protected=np.arange(planted.count),
        details=book.details(shaped.count),
    )
    return _Country(everybody, shells, rings, documents, book, shaped.count)


def _write_invoices(writer: _Writer, country: _Country, chosen: Format) -> None:
    """Two months at a time, which Arrow turns into text side by side; noted in order."""
    with ThreadPoolExecutor(_MONTHS_AT_A_TIME) as pool:
        for notes in pool.map(lambda month: _write_month(writer, country, chosen, *month), _months(country)):
            for name, rows in notes.items():
                writer.note(*name, rows)


def _months(country: _Country) -> list[tuple[str, Integers]]:
    return list(invoices.months(country.documents))


def _write_month(
    writer: _Writer, country: _Country, chosen: Format, month: str, places: Integers
) -> dict[tuple[str, str], int]:
    """Write one month's files; returns rows by file and kind."""
    out = writer.out
    name = f"invoices/全量发票查询_{month}"
    if chosen == "parquet":
        return _write_pieces(writer, country, name, places)
    sheets = _sheets(country, places)
    if chosen == "xlsx":
        write_workbook(out / f"{name}.xlsx", sheets)
        for sheet, table in sheets.items():
            writer.control.count(f"{name}.xlsx", table, sheet=sheet)
        return {(f"{name}.xlsx", SHEETS[sheet]): table.num_rows for sheet, table in sheets.items()}
    for sheet, table in sheets.items():
        write_csv(out / f"{name}_{sheet}.csv", table)
        writer.control.count(f"{name}_{sheet}.csv", table)
    return {(f"{name}_{sheet}.csv", SHEETS[sheet]): table.num_rows for sheet, table in sheets.items()}


def _write_pieces(writer: _Writer, country: _Country, name: str, places: Integers) -> dict[tuple[str, str], int]:
    """Piece by piece, so that memory does not grow with the month."""
    out = writer.out
    rows = dict.fromkeys(SHEETS, 0)
    files = {sheet: ParquetFile(out / f"{name}_{sheet}.parquet") for sheet in SHEETS}
    for first in range(0, len(places), _PIECE):
        for sheet, table in _sheets(country, places[first : first + _PIECE], first=first).items():
            files[sheet].add(table)
            writer.control.count(f"{name}_{sheet}.parquet", table)
            rows[sheet] += table.num_rows
    for file in files.values():
        file.close()
    return {(f"{name}_{sheet}.parquet", kind): rows[sheet] for sheet, kind in SHEETS.items()}


def _sheets(country: _Country, places: Integers, *, first: int = 0) -> dict[str, pa.Table]:
    numbers = invoices.numbers_of(country.documents, country.population, places)
    return {
        invoices.HEADER_SHEET: invoices.header_table(
            country.documents, country.population, places, numbers, first=first
        ),
        invoices.LINE_SHEET: invoices.line_table(country.documents, places, numbers),
    }


def _write_registers(plan: Plan, writer: _Writer, country: _Country) -> None:
    seconds = registers.draw_seconds_elsewhere(plan, country.population)
    for province, table in registers.register_tables(country.population, seconds):
        name = f"registrations/税务登记信息_{province}.csv"
        writer.csv(name, table, kind="registrations", encoding="gb18030")
    changes = registers.change_table(country.population)
    writer.csv("registration_changes/变更登记.csv", changes, kind="registration_changes", encoding="gb18030")
    writer.csv("truth/duplicates.csv", seconds.truth(country.population), kind="truth/duplicates")


def _write_authority(plan: Plan, writer: _Writer, country: _Country, tell: Callable[[str, float], None]) -> None:
    population = country.population
    tell(STAGES[4], 0.77)
    authority = organisation.draw_organisation(plan, population)
    membership = organisation.draw_membership(plan, population, authority)
    held = posts.draw_posts(plan, authority)
    for name, table in (
        organisation.organisation_tables(plan, authority) | posts.post_tables(plan, authority, held)
    ).items():
        writer.csv(f"organisation/{name}.csv", table, kind=name)
    in_grid = organisation.membership_table(population, authority, membership)
    writer.csv("organisation/in_grid.csv", in_grid, kind="in_grid")
    gaps = pa.concat_tables(
        [organisation.gap_table(population, authority, membership), posts.gap_table(authority, held)]
    )
    writer.csv("truth/gaps.csv", gaps, kind="truth/gaps")
    tell(STAGES[5], 0.8)
    cases = holdings.draw_officer_cases(plan, population, authority, membership)
    watched = officers.draw_watched(country.book, authority, membership)
    shares = cases if watched is None else officers.with_holdings(cases, watched)
    writer.csv(
        "shareholdings.csv",
        holdings.holding_table(plan, population, authority, shares, tables.shares_of(country.book)),
        kind="shareholdings",
    )
    work = tasks.draw_tasks(plan, population, authority, membership, cases)
    if watched is not None:
        work = officers.with_watched(work, watched)
        _write_watched(writer, population, authority, watched, work)
    writer.csv("tasks/tasks.csv", tasks.task_table(population, authority, work), kind="tasks")
    writer.csv("tasks/task_events.csv", tasks.task_event_table(authority, work), kind="task_events")
    truth = tasks.officer_truth(population, authority, work)
    writer.csv("truth/officer_cases.csv", truth, kind="truth/officer_cases")
    if plan.task_events:
        write_work(plan, population, authority, membership, writer.piece)
        writer.close()


def _write_watched(
    writer: _Writer, population: Population, authority: Organisation, watched: Watched, work: Tasks
) -> None:
    earlier = officers.reassigned_table(population, authority, watched, work)
    writer.csv("tasks/reassigned.csv", earlier, kind="tasks")
    truth = officers.officer_control_truth(population, authority, watched, work)
    writer.csv("truth/officer_control.csv", truth, kind="truth/officer_control")


def _write_tax_records(plan: Plan, writer: _Writer, country: _Country) -> None:
    population, book = country.population, country.book
    given = tables.given_back_of(book)
    orders = tables.orders_of(book, first=country.first_sale)
    claims = returns.draw_claims(plan, population, country.documents, orders)
    for month, table in returns.claim_tables(population, country.documents, claims):
        writer.csv(f"deductions/抵扣勾选_{month}.csv", table, kind="deductions")
    totals = returns.draw_returns(population, country.documents, claims, given)
    made = returns.return_tables(plan, population, totals, given)
    made |= returns.grant_tables(plan, population, tables.quotas_of(book))
    for name, table in made.items():
        writer.csv(f"{name}.csv", table, kind=name)


def _write_truth(writer: _Writer, country: _Country) -> None:
    place = np.argsort(country.documents.origin, kind="stable")
    reds = int((country.documents.origin < 0).sum())
    ring = place[reds : reds + country.rings.trade.count]
    numbers = invoices.numbers_of(country.documents, country.population, ring).shown()
    writer.csv("truth/rings.csv", country.rings.truth(country.population, numbers), kind="truth/rings")
    writer.csv("truth/shells.csv", country.shells.truth(country.population), kind="truth/shells")
    if country.book.truths:
        for name, table in tables.record_tables(country.evidence).items():
            writer.csv(f"neighbours/{name}.csv", table, kind=name)
        writer.csv("credit_grades.csv", tables.grade_table(country.evidence), kind="credit_grades")
        for name, table in tables.truth_tables(country.evidence):
            writer.csv(f"truth/{name}.csv", table, kind=f"truth/{name}")


def _planted(plan: Plan, country: _Country) -> dict[str, int]:
    return {
        "rings": plan.rings,
        "shell_groups": len(np.unique(country.shells.group)),
        "changed_shells": len(country.shells.changed),
        "officer_cases": plan.officer_cases,
        "patterns": len(country.book.truths) + len(country.book.officers),
        "cases_of_each": plan.planted,
    }
