"""Household view, search and responsibility, each against a scan of the bare tables for its core."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from queries.organisation.responsible import responsible
from queries.searching import search
from queries.views.household import household
from tests.benchmarks.clock import each_timed, peak_megabytes, spread
from tests.benchmarks.country import bare_file, opened, projected, traders
from tests.benchmarks.sizes import Size

ON = date(2026, 6, 1)
INVOICES = "全量发票查询_发票基础信息"
TRADE = f"""
SELECT substr("开票日期", 1, 7), "销方识别号" = $number, count(*), sum("金额"::DECIMAL(18, 2)) FROM "{INVOICES}"
WHERE "销方识别号" = $number OR "购方识别号" = $number GROUP BY ALL
"""
NAMED = f'SELECT DISTINCT "销方识别号", "销方名称" FROM "{INVOICES}" WHERE contains("销方名称", $name)'
PLACED = 'SELECT * FROM "in_grid" WHERE "纳税人识别号" = $number'


class Firm(NamedTuple):
    """A taxpayer as it is asked for."""

    id: str
    number: str
    name: str


def open_views(size: Size, folder: Path) -> dict[str, float]:
    """Every view of every firm once; the first firm warms what a server has warm."""
    store = opened(folder)
    projection = projected(store, folder)
    ids = [projection.id(v) for v in traders(projection, projection.currencies()[0], size, size.views)]
    rows = store.fetch("Taxpayer", ids).to_pylist()
    firms = [Firm(row["id"], row["tax_number"], row["name"]) for row in rows if row["tax_number"] and row["name"]]
    asks: dict[str, Callable[[Firm], object]] = {
        "household": lambda firm: household(store, firm.id),
        "search": lambda firm: search(store, part_of(firm.name)),
        "who": lambda firm: responsible(store, firm.id, on=ON),
    }
    facts: dict[str, float] = {"views.count": len(firms)}
    for name, ask in asks.items():
        ask(firms[0])
        _, seconds = each_timed(ask, firms)
        facts |= spread(f"views.{name}", seconds)
    store.close()
    return {**facts, **_bare(folder, firms), "views.peak_megabytes": peak_megabytes()}


def part_of(name: str) -> str:
    """Four signs from the middle of a name, as somebody types them."""
    start = max(0, (len(name) - 4) // 2)
    return name[start : start + 4]


def _bare(folder: Path, firms: list[Firm]) -> dict[str, float]:
    bare = duckdb.connect(bare_file(folder), read_only=True)
    asks: dict[str, Callable[[Firm], object]] = {
        "household": lambda firm: bare.execute(TRADE, {"number": firm.number}).fetchall(),
        "search": lambda firm: bare.execute(NAMED, {"name": part_of(firm.name)}).fetchall(),
        "who": lambda firm: bare.execute(PLACED, {"number": firm.number}).fetchall(),
    }
    facts: dict[str, float] = {}
    for name, ask in asks.items():
        ask(firms[0])
        _, seconds = each_timed(ask, firms)
        facts |= spread(f"views.bare_{name}", seconds)
    bare.close()
    return facts
