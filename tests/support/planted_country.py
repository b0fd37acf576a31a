"""A generated country read back from its files with plain dictionaries and loops: the slow, obvious way.

Tests of planted cases ask this reader, never the generator's own arrays. Amounts are cents, days are dates.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

Row = dict[str, str]


def rows_of(path: Path, *, encoding: str = "utf-8-sig") -> list[Row]:
    """All rows of a CSV export."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def cents(text: str) -> int:
    """`12.05` → 1205."""
    return int(text.replace(".", ""))


def day(text: str) -> date:
    """The date at the start of a date or time."""
    return date.fromisoformat(text[:10])


@dataclass(frozen=True, slots=True)
class Line:
    """One line: commodity, quantity, price in millionths of a yuan, net."""

    commodity: str
    quantity: int
    price: int
    net: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """One header row with its lines; `red` is whether it reverses another one."""

    number: str
    seller: str
    buyer: str
    at: datetime
    net: int
    tax: int
    kind: str
    status: str
    red: bool
    blue: str = ""
    paper: str = ""
    lines: list[Line] = field(default_factory=list)

    @property
    def day(self) -> date:
        """Day of issue."""
        return self.at.date()

    @property
    def standing(self) -> bool:
        """Counts as a net invoice: blue, neither void nor reversed."""
        return not self.red and self.status == "正常"

    @property
    def special(self) -> bool:
        """Lets the buyer deduct."""
        return "专用" in self.kind


def _number(row: Row) -> str:
    return row["数电发票号码"] or row["发票代码"] + row["发票号码"]


def _blue(row: Row) -> str:
    """The blue invoice that a red one names: in its columns, else in its remark."""
    named = row["对应蓝字发票代码"] + row["对应蓝字发票号码"]
    return named or "".join(re.findall(r"[0-9]{8,20}", row["备注"]))


def _reference(row: Row) -> str:
    return row["digital_number"] or row["invoice_code"] + row["invoice_number"]


@dataclass(frozen=True)
class Case:
    """One row of a truth table."""

    row: Row

    @property
    def planted(self) -> bool:
        """Planted, or a near miss."""
        return self.row["kind"] == "planted"

    @property
    def anchor(self) -> str:
        """Tax number of the anchor."""
        return self.row["anchor"]

    @property
    def members(self) -> list[str]:
        """Tax numbers of the members in order."""
        return self.row["members"].split(";")


@dataclass(frozen=True)
class Country:
    """Everything the tests of patterns read."""

    folder: Path
    start: date
    end: date
    _neighbours: dict[str, list[Row]] = field(default_factory=dict, repr=False)

    def cases(self, pattern: str) -> list[Case]:
        """The truth of one pattern."""
        return [Case(row) for row in rows_of(self.folder / "truth" / f"{pattern}.csv")]

    def by_firm(self, name: str, column: str = "纳税人识别号") -> dict[str, list[Row]]:
        """Rows of one export by taxpayer."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows_of(self.folder / f"{name}.csv"):
            found[row[column]].append(row)
        return found

    @cached_property
    def invoices(self) -> dict[str, Invoice]:
        """All invoices by number, in order of time."""
        found: dict[str, Invoice] = {}
        for path in sorted((self.folder / "invoices").glob("*发票基础信息.csv")):
            for row in rows_of(path):
                found[_number(row)] = Invoice(
                    number=_number(row),
                    seller=row["销方识别号"],
                    buyer=row["购方识别号"],
                    at=datetime.fromisoformat(row["开票日期"]),
                    net=cents(row["金额"]),
                    tax=cents(row["税额"]),
                    kind=row["发票票种"],
                    status=row["发票状态"],
                    red=row["是否正数发票"] == "否",
                    blue=_blue(row),
                    paper=row["发票代码"] + row["发票号码"],
                )
        for path in sorted((self.folder / "invoices").glob("*信息汇总表.csv")):
            for row in rows_of(path):
                price = round(float(row["单价"]) * 1e6)
                line = Line(row["税收分类编码"], int(row["数量"]), price, cents(row["金额"]))
                found[_number(row)].lines.append(line)
        return found

    @cached_property
    def _sales(self) -> dict[str, list[Invoice]]:
        found: dict[str, list[Invoice]] = defaultdict(list)
        for invoice in self.invoices.values():
            found[invoice.seller].append(invoice)
        return found

    @cached_property
    def _purchases(self) -> dict[str, list[Invoice]]:
        found: dict[str, list[Invoice]] = defaultdict(list)
        for invoice in self.invoices.values():
            found[invoice.buyer].append(invoice)
        return found

    @cached_property
    def remaining(self) -> dict[str, int]:
        """Net cents of every blue invoice that is not void, less its red ones."""
        left = {i.number: i.net for i in self.invoices.values() if not i.red and "作废" not in i.status}
        number_of = {i.paper: i.number for i in self.invoices.values()} | {number: number for number in self.invoices}
        for invoice in self.invoices.values():
            blue = number_of.get(invoice.blue)
            if invoice.red and "作废" not in invoice.status and blue in left:
                left[blue] -= abs(invoice.net)
        return left

    def sales(self, firm: str) -> list[Invoice]:
        """Net invoices that a firm issued."""
        return [invoice for invoice in self._sales[firm] if invoice.standing]

    def blue_sales(self, firm: str) -> list[Invoice]:
        """Blue invoices that a firm issued, reversed ones too."""
        return [invoice for invoice in self._sales[firm] if not invoice.red]

    def purchases(self, firm: str) -> list[Invoice]:
        """Net invoices that a firm received."""
        return [invoice for invoice in self._purchases[firm] if invoice.standing]

    @cached_property
    def register(self) -> dict[str, Row]:
        """First registrations by tax number."""
        rows = [row for path in self._registers() for row in rows_of(path, encoding="gb18030")]
        return {row["NSRSBH"]: row for row in reversed(rows)}

    def _registers(self) -> Iterator[Path]:
        yield from sorted((self.folder / "registrations").glob("*.csv"))

    @cached_property
    def changes(self) -> dict[str, list[Row]]:
        """Changes by bureau serial."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows_of(self.folder / "registration_changes" / "变更登记.csv", encoding="gb18030"):
            found[row["DJXH"]].append(row)
        return found

    @cached_property
    def claims(self) -> dict[str, Row]:
        """Claims of credits by invoice."""
        paths = sorted((self.folder / "deductions").glob("*.csv"))
        return {_number(row): row for path in paths for row in rows_of(path)}

    @cached_property
    def filings(self) -> dict[str, list[Row]]:
        """Filings by taxpayer."""
        return self.by_firm("filings")

    @cached_property
    def payments(self) -> dict[str, list[Row]]:
        """Payments by taxpayer."""
        return self.by_firm("payments")

    @cached_property
    def given_back(self) -> dict[str, list[Row]]:
        """Transfers out by taxpayer."""
        return self.by_firm("transfers_out")

    @cached_property
    def quotas(self) -> dict[str, Row]:
        """The one quota of each taxpayer."""
        return {firm: rows[0] for firm, rows in self.by_firm("quotas").items()}

    @cached_property
    def flagged(self) -> set[str]:
        """Numbers of abnormal vouchers."""
        return {_reference(row) for row in rows_of(self.folder / "neighbours" / "flagged_abnormal.csv")}

    @cached_property
    def holders(self) -> dict[str, set[str]]:
        """Who stands directly behind each firm: persons (documents) and firms with shares, representatives."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in rows_of(self.folder / "shareholdings.csv"):
            found[row["被投资企业纳税人识别号"]].add(row["股东纳税人识别号"] or row["股东证件号码"])
        for firm, row in self.register.items():
            found[firm].add(row["FDDBR_ZJHM"])
        return found

    def behind(self, firm: str) -> set[str]:
        """All antecedents of a firm, itself included."""
        found, todo = {firm}, [firm]
        while todo:
            new = self.holders.get(todo.pop(), set()) - found
            found |= new
            todo += sorted(new)
        return found

    def neighbours(self, name: str) -> list[Row]:
        """Rows of another authority's export, each with `invoice`."""
        if name not in self._neighbours:
            self._neighbours[name] = self._read_neighbours(name)
        return self._neighbours[name]

    def _read_neighbours(self, name: str) -> list[Row]:
        return [row | {"invoice": _reference(row)} for row in rows_of(self.folder / "neighbours" / f"{name}.csv")]

    def bills(self) -> list[Row]:
        """Bills of materials."""
        return rows_of(self.folder / "neighbours" / "bills_of_materials.csv")

    def lines_of(self, numbers: set[str]) -> list[Row]:
        """Line rows of these invoices as exported."""
        paths = sorted((self.folder / "invoices").glob("*信息汇总表.csv"))
        return [row for path in paths for row in rows_of(path) if _number(row) in numbers]

    def tainted_upstream(self, firm: str, *, hops: int) -> bool:
        """Whether a flagged invoice lies at most so many hops upstream."""
        reached = {firm}
        for _ in range(hops):
            bought = [invoice for each in sorted(reached) for invoice in self.purchases(each)]
            if any(invoice.number in self.flagged for invoice in bought):
                return True
            reached = {invoice.seller for invoice in bought}
        return False

    def transferred_out(self, firm: str, first: date, last: date) -> int:
        """Credits given back in filing periods between the days."""
        rows = self.given_back.get(firm, ())
        return sum(cents(row["转出税额"]) for row in rows if first <= day(row["所属期起"]) <= last)


def within(invoices: list[Invoice], first: date, days: int) -> list[Invoice]:
    """Invoices of so many days from the first on."""
    return [invoice for invoice in invoices if first <= invoice.day < first + timedelta(days=days)]


def total(invoices: list[Invoice]) -> int:
    """Sum of net amounts."""
    return sum(invoice.net for invoice in invoices)
