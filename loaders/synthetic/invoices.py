"""The monthly full-invoice exports: numbers and text of the documents, two sheets a month. Called by `generate`.

Column names are those of the bureau's workbook; where it is written as CSV or Parquet each sheet is a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic.documents import is_digital
from loaders.synthetic.industries import INDUSTRIES
from loaders.synthetic.places import counties
from loaders.synthetic.text import (
    cents_text,
    coded,
    day_of,
    join,
    millionths_text,
    padded,
    pick,
    text_table,
    time_text,
    where,
    whole,
)
from loaders.synthetic.trade import ORDINARY, PAPER_FORM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loaders.synthetic.documents import Documents
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Integers, Text

HEADER_SHEET = "发票基础信息"
LINE_SHEET = "信息汇总表"
KINDS = (
    "数电票（增值税专用发票）",
    "数电票（普通发票）",
    "增值税专用发票",
    "增值税普通发票",
    "数电纸质发票（增值税专用发票）",
)
STATUSES = ("正常", "已作废", "已红冲-全额", "已红冲-部分")
# Specific business kinds of the few industries that have one.
_BUSINESS = {"4700": "建筑服务", "5430": "货物运输服务", "0141": "农产品收购", "0111": "自产农产品销售"}
_CHANNELS = ("增值税发票管理系统", "电子发票服务平台")
_RATES = tuple(f"{percent}%" for percent in range(18))
_FIRST_SERIAL = 100_000
_YEARS = 100


@dataclass(frozen=True, slots=True)
class Numbers:
    """Code, number and digital number of some invoices; null where the kind has none."""

    code: Text
    number: Text
    digital: Text

    def shown(self) -> Text:
        """The digital number, or code and number: what a list of evidence shows."""
        return where(np.asarray(self.digital.is_valid()), self.digital, join_known(self.code, self.number))


def join_known(*parts: Text) -> Text:
    """Parts one after another, absent ones left out."""
    return join(*(part.fill_null("") for part in parts))


def numbers_of(documents: Documents, population: Population, places: Integers) -> Numbers:
    """Numbers of these invoices; place -1 has none.

    They rise with time: 20 digits for digital ones, 8 digits under a code for the others.
    """
    if (places < 0).any():
        known = numbers_of(documents, population, places[places >= 0])
        row = np.where(places < 0, -1, np.cumsum(places >= 0) - 1)
        return Numbers(*(pick(each, row) for each in (known.code, known.number, known.digital)))
    codes = [place.code for place in counties()]
    county, kind = population.county[documents.seller[places]], documents.kind[places]
    serial = places.astype(np.int64) + _FIRST_SERIAL
    months = documents.at[places].astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    dated = (months // 12 + 1970) % 100 * len(codes) + county
    paper = ~is_digital(kind)
    row = np.where(paper, dated + np.where(kind == ORDINARY, _YEARS * len(codes), 0), -1)
    digital = join(
        pick([f"{year:02d}{code[:2]}0" for year in range(_YEARS) for code in codes], dated), padded(serial, 15)
    )
    special = [f"{code[:4]}{year:02d}1130" for year in range(_YEARS) for code in codes]
    ordinary = [f"0{code[:2]}00{year:02d}00104" for year in range(_YEARS) for code in codes]
    return Numbers(
        code=pick([*special, *ordinary], row),
        number=where(paper, padded(serial % 100_000_000, 8), None),
        digital=where(~paper | (kind == PAPER_FORM), digital, None),
    )


def months(documents: Documents) -> Iterator[tuple[str, Integers]]:
    """Each month as `202601` and the places of its invoices."""
    month = documents.at.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    for value in np.unique(month):
        low, high = np.searchsorted(month, [value, value + 1])
        yield f"{value // 12 + 1970}{value % 12 + 1:02d}", np.arange(low, high)


def header_table(
    documents: Documents, population: Population, places: Integers, numbers: Numbers, *, first: int = 0
) -> pa.Table:
    """Sheet 发票基础信息: one row an invoice; `numbers` are those of the places, `first` rows stand before."""
    lines = documents.lines.of(places)
    net, tax = lines.sums("net"), lines.sums("tax")
    day, seller, buyer = day_of(documents.at[places]), documents.seller[places], documents.buyer[places]
    red = documents.blue[places] >= 0
    return text_table(
        {
            "序号": whole(np.arange(len(places)) + first + 1),
            **_number_columns(numbers),
            "销方识别号": population.numbers_at(seller, day),
            "销方名称": population.names_at(seller, day),
            "购方识别号": population.numbers_at(buyer, day),
            "购买方名称": population.names_at(buyer, day),
            "开票日期": time_text(documents.at[places]),
            "金额": cents_text(net),
            "税额": cents_text(tax),
            "价税合计": cents_text(net + tax),
            "发票来源": coded(_CHANNELS, np.asarray(numbers.digital.is_valid()).astype(np.int64)),
            "发票票种": coded(KINDS, documents.kind[places]),
            "发票状态": coded(STATUSES, documents.status[places]),
            "是否正数发票": coded(["是", "否"], red.astype(np.int64)),
            "发票风险等级": coded(["正常"], np.zeros(len(places), np.int64)),
            "开票人": pick(population.people.name, population.collector[seller]),
            **_blue_columns(documents, population, places),
        }
    )


def line_table(documents: Documents, places: Integers, numbers: Numbers) -> pa.Table:
    """Sheet 信息汇总表: one row a line; `numbers` are those of the places."""
    lines = documents.lines.of(places)
    lengths = lines.first[1:] - lines.first[:-1]
    row = np.repeat(np.arange(len(places)), lengths)
    owner = places[row]
    industry = documents.goods[owner].astype(np.int64)
    goods = [f"*{row.group}*{name}" for row in INDUSTRIES for name in row.goods]
    price = np.abs(lines.net) * 10_000 // np.abs(lines.quantity)  # cents to millionths of a yuan
    return text_table(
        {
            **{name: pick(text, row) for name, text in _number_columns(numbers).items()},
            "开票日期": time_text(documents.at[owner]),
            "税收分类编码": coded([row.commodity for row in INDUSTRIES], industry),
            "特定业务类型": coded([_BUSINESS.get(row.code) for row in INDUSTRIES], industry),
            "货物或应税劳务名称": coded(goods, industry * 2 + lines.goods),
            "规格型号": coded([None, "标准", "A型", "定制"], (lines.quantity * 7 + lines.goods) % 4),
            "单位": coded([row.unit for row in INDUSTRIES], industry),
            "数量": whole(lines.quantity),
            "单价": millionths_text(price),
            "金额": cents_text(lines.net),
            "税率": coded(_RATES, documents.rate[owner]),
            "税额": cents_text(lines.tax),
            "价税合计": cents_text(lines.net + lines.tax),
        }
    )


def _number_columns(numbers: Numbers) -> dict[str, Text]:
    return {"发票代码": numbers.code, "发票号码": numbers.number, "数电发票号码": numbers.digital}


def _blue_columns(documents: Documents, population: Population, places: Integers) -> dict[str, Text]:
    """The blue invoice: declared in columns of its own, or only inside the remark."""
    blue = documents.blue[places]
    red = np.flatnonzero(blue >= 0)
    row = np.full(len(places), -1)
    row[red] = np.arange(len(red))
    numbers = numbers_of(documents, population, blue[red])
    declared, plain = documents.declared[places[red]], is_digital(documents.kind[places[red]])
    old_form = join("对应正数发票代码:", numbers.code, "号码:", numbers.number)
    remark = where(plain, join("被红冲蓝字数电票号码：", numbers.digital), old_form)
    return {
        "对应蓝字发票代码": pick(where(declared, numbers.code, None), row),
        "对应蓝字发票号码": pick(where(declared, where(plain, numbers.digital, numbers.number), None), row),
        "备注": pick(where(declared, None, remark), row),
    }
