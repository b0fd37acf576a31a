"""A small synthetic country: same bytes twice, sums that agree, shapes where the truth says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stdnum.cn import ric, uscc

from graph.errors import SettingsError
from loaders.readers import read_file
from loaders.sources import invoice_workbook, organisation, registrations, shareholdings, tasks, tax_records
from loaders.synthetic import Summary, generate
from loaders.synthetic.generate import Format

FIRMS, INVOICES, DAYS = 300, 1500, 200
SOURCES = tuple(
    module.SOURCE for module in (invoice_workbook, organisation, registrations, shareholdings, tasks, tax_records)
)


def made(out: Path, *, seed: int = 5, form: Format | None = "csv", invoices: int = INVOICES) -> Summary:
    return generate(out, taxpayers=FIRMS, invoices=invoices, days=DAYS, seed=seed, format=form)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def table(path: Path, *, encoding: str = "utf-8-sig") -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, encoding=encoding, keep_default_na=False)


def tables(folder: Path, pattern: str, *, encoding: str = "utf-8-sig") -> pd.DataFrame:
    found = [table(path, encoding=encoding) for path in sorted(folder.glob(pattern))]
    return pd.concat(found, ignore_index=True)


def cents(amounts: pd.Series[str]) -> pd.Series[int]:
    return amounts.str.replace(".", "", regex=False).astype("int64")


def number(rows: pd.DataFrame) -> pd.Series[str]:
    return (rows["发票代码"] + rows["发票号码"]).where(rows["数电发票号码"] == "", rows["数电发票号码"])


def planted_gaps(folder: Path, kind: str) -> dict[str, list[tuple[str, str]]]:
    gaps = table(folder / "truth" / "gaps.csv")
    chosen = gaps[gaps["kind"] == kind]
    return {
        subject: [(begin, end)]
        for subject, begin, end in zip(chosen["subject"], chosen["from"], chosen["to"], strict=True)
    }


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("country")
    made(out)
    return out


@pytest.fixture(scope="module")
def headers(country: Path) -> pd.DataFrame:
    return tables(country, "invoices/*发票基础信息.csv")


@pytest.fixture(scope="module")
def lines(country: Path) -> pd.DataFrame:
    return tables(country, "invoices/*信息汇总表.csv")


@pytest.fixture(scope="module")
def register(country: Path) -> pd.DataFrame:
    return tables(country, "registrations/*.csv", encoding="gb18030")


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, form: Format) -> None:
    made(tmp_path / "one", form=form, invoices=400)
    made(tmp_path / "two", form=form, invoices=400)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_gives_another_country(country: Path, tmp_path: Path) -> None:
    made(tmp_path, seed=6)
    assert contents(tmp_path)["shareholdings.csv"] != contents(country)["shareholdings.csv"]


def test_the_summary_counts_what_was_written(tmp_path: Path) -> None:
    summary = made(tmp_path)
    assert summary.rows["invoices"] == INVOICES
    assert {*summary.files, "manifest.json"} == set(contents(tmp_path))
    assert (summary.start, summary.end) == (date(2026, 1, 1), date(2026, 7, 19))
    assert summary.planted["rings"] == table(tmp_path / "truth" / "rings.csv")["ring"].nunique()


def test_few_invoices_come_as_workbooks_with_two_sheets(tmp_path: Path) -> None:
    made(tmp_path, form=None, invoices=300)
    raw = read_file(next(iter(sorted((tmp_path / "invoices").iterdir()))))
    assert [sheet.name for sheet in raw.tables] == ["发票基础信息", "信息汇总表"]


@pytest.mark.parametrize("size", [{"taxpayers": 3}, {"invoices": 9}, {"days": 2}])
def test_a_country_too_small_for_its_shapes_is_refused(tmp_path: Path, size: dict[str, int]) -> None:
    asked = {"taxpayers": FIRMS, "invoices": INVOICES, "days": DAYS, **size}
    with pytest.raises(SettingsError) as caught:
        generate(tmp_path, taxpayers=asked["taxpayers"], invoices=asked["invoices"], days=asked["days"], seed=1)
    assert caught.value.facts["name"] in size


def test_every_export_is_known_to_exactly_one_source(country: Path) -> None:
    for path in sorted(country.rglob("*.csv")):
        if path.parent.name != "truth":
            raw = read_file(path)
            assert sum(source.matches(raw) for source in SOURCES) == 1, path.name


def test_net_tax_and_total_agree_on_headers_and_with_their_lines(headers: pd.DataFrame, lines: pd.DataFrame) -> None:
    assert (cents(headers["金额"]) + cents(headers["税额"]) == cents(headers["价税合计"])).all()
    for column in ("金额", "税额"):
        summed = cents(lines[column]).groupby(number(lines)).sum()
        stated = cents(headers[column]).set_axis(number(headers))
        assert summed.sort_index().equals(stated.sort_index())
    assert 1.7 < len(lines) / len(headers) < 2.3


def test_invoice_numbers_are_unique_and_rise_with_time(headers: pd.DataFrame) -> None:
    assert number(headers).is_unique
    assert headers["开票日期"].is_monotonic_increasing
    digital = headers["数电发票号码"][headers["数电发票号码"] != ""]
    assert (digital.str.len() == 20).all()


def test_red_invoices_are_negative_and_lead_to_their_blue_one(headers: pd.DataFrame) -> None:
    red = headers[headers["是否正数发票"] == "否"]
    assert len(red) == round(INVOICES * 0.02)
    assert (cents(red["金额"]) < 0).all()
    declared = red["对应蓝字发票号码"] != ""
    assert declared.any()
    assert (~declared).any()
    remark = red["备注"].str.extract(r"(?:号码：(\d{20})|代码:(\d+)号码:(\d{8}))").fillna("").sum(axis=1)
    blue = (red["对应蓝字发票代码"] + red["对应蓝字发票号码"]).where(declared, remark)
    either = pd.concat([headers, headers]).set_axis(
        pd.concat([headers["数电发票号码"], headers["发票代码"] + headers["发票号码"]])
    )
    status = either[~either.index.duplicated()].loc[blue.tolist(), "发票状态"]
    assert set(status) == {"已红冲-全额", "已红冲-部分"}


def test_only_invoices_of_the_control_system_are_void(headers: pd.DataFrame) -> None:
    void = headers[headers["发票状态"] == "已作废"]
    assert len(void) > 0
    assert set(void["发票票种"]) <= {"增值税专用发票", "增值税普通发票"}


def test_numbers_of_firms_and_people_have_right_check_digits(country: Path, register: pd.DataFrame) -> None:
    assert all(uscc.is_valid(code) for code in register["SHXYDM"] if code)
    people = pd.concat([register["FDDBR_ZJHM"], table(country / "organisation" / "officers.csv")["证件号码"]])
    # Not `is_valid`: that one also wants the county in a list of its own, which lacks most of them.
    assert all(ric.calc_check_digit(document) == document[-1] for document in people)
    assert register["DJXH"].is_unique


def test_planted_rings_close_within_thirty_days_and_three_per_cent(country: Path, headers: pd.DataFrame) -> None:
    rings = table(country / "truth" / "rings.csv")
    assert set(rings["invoice"]) <= set(number(headers))
    for _, ring in rings.groupby("ring"):
        assert 2 <= len(ring) <= 6
        assert ring["buyer"].tolist() == np.roll(ring["seller"], -1).tolist()
        times = pd.to_datetime(ring["issued_at"])
        assert times.is_monotonic_increasing
        assert (times.max() - times.min()).days <= 30
        nets = cents(ring["net"])
        assert nets.min() >= 0.97 * nets.max() - 1


def test_every_firm_is_in_one_grid_on_every_day_but_the_planted_gaps(country: Path, register: pd.DataFrame) -> None:
    rows = table(country / "organisation" / "in_grid.csv")
    gaps = planted_gaps(country, "taxpayer_without_grid")
    assert set(rows["登记序号"]) <= set(register["DJXH"])
    for firm, spans in rows.groupby("纳税人识别号"):
        ends, begins = spans["有效期止"].tolist(), spans["有效期起"].tolist()
        assert ends[-1] == ""
        breaks = [(end, begin) for end, begin in zip(ends, begins[1:], strict=False) if end != begin]
        assert breaks == gaps.get(str(firm), [])


def test_every_grid_has_a_chief_and_region_grids_a_clerk_on_any_day(country: Path) -> None:
    works = table(country / "organisation" / "works_in.csv")
    vacant = planted_gaps(country, "grid_without_chief")
    for (grid, role), posts in works.groupby(["网格编码", "网格角色"]):
        ends, begins = posts["任职止"].tolist(), posts["任职起"].tolist()
        assert ends[-1] == ""
        breaks = [(end, begin) for end, begin in zip(ends, begins[1:], strict=False) if end != begin]
        assert breaks == (vacant.get(str(grid), []) if role == "网格长" else [])
    assert works.groupby("税务人员代码")["网格编码"].nunique().max() > 1, "officers move"


def test_posts_are_held_by_those_who_have_the_role_and_delegated_while_they_hold_them(country: Path) -> None:
    posts = table(country / "organisation" / "posts.csv").set_index("岗位编码")
    held = table(country / "organisation" / "holds_post.csv")
    works = table(country / "organisation" / "works_in.csv")
    assert sorted(
        zip(held["税务人员代码"], held["岗位编码"].map(posts["网格编码"]), held["任岗起"], strict=True)
    ) == sorted(zip(works["税务人员代码"], works["网格编码"], works["任职起"], strict=True))
    vacant = planted_gaps(country, "post_without_holder")
    for post, rows in held.groupby("岗位编码"):
        breaks = [each for each in zip(rows["任岗止"], rows["任岗起"].tolist()[1:], strict=False) if each[0] != each[1]]
        assert breaks == vacant.get(str(post), [])
    assert len(vacant) == 3
    delegations = table(country / "organisation" / "delegations.csv")
    assert len(delegations) > 0
    for each in delegations.itertuples():
        own = held[(held["税务人员代码"] == each.委托人代码) & (held["岗位编码"] == each.岗位编码)]
        assert own["任岗起"].iloc[0] <= str(each.委托起) < str(each.委托止)
        assert own["任岗止"].iloc[0] == "" or own["任岗止"].iloc[0] >= str(each.委托止)


def test_planted_officers_hold_a_share_and_close_without_evidence(country: Path) -> None:
    cases = table(country / "truth" / "officer_cases.csv")
    officers = table(country / "organisation" / "officers.csv").set_index("税务人员代码")
    holdings = table(country / "shareholdings.csv")
    events = table(country / "tasks" / "task_events.csv")
    for case in cases.itertuples():
        document = officers.loc[str(case.officer), "证件号码"]
        held = holdings[holdings["股东证件号码"] == document]
        assert case.taxpayer in set(held["被投资企业纳税人识别号"])
        assert events[events["事项编号"] == case.task]["动作"].tolist() == ["发起", "派发", "办结"]


def test_a_task_is_closed_after_those_that_it_spawned(country: Path) -> None:
    work = table(country / "tasks" / "tasks.csv").set_index("事项编号")
    asked = work[work["上级事项编号"] != ""]
    assert set(work["闭环类型"]) == {"小闭环", "中闭环", "大闭环"}
    assert (asked["反馈事项编号"] != "").any()
    for child in asked.itertuples():
        closed = str(work.loc[str(child.上级事项编号), "办结时间"])
        assert closed == "" or closed > str(child.办结时间) > ""


def test_shells_share_what_the_truth_says(country: Path, register: pd.DataFrame) -> None:
    shells = table(country / "truth" / "shells.csv")
    column = {"shared_representative": "FDDBR_ZJHM", "shared_phone": "LXDH", "shared_address": "ZCDZ"}
    first = register.drop_duplicates("SHXYDM").set_index("SHXYDM")
    for (_, kind), group in shells[shells["kind"] != "changed_shell"].groupby(["group", "kind"]):
        assert len(set(first.loc[group["taxpayer"], column[str(kind)]])) == 1
    assert set(shells["kind"]) == {*column, "changed_shell"}


def test_filed_output_tax_is_what_was_issued(country: Path, headers: pd.DataFrame) -> None:
    filings = table(country / "filings.csv")
    january = filings[filings["所属期起"] == "2026-01-01"]
    issued = headers[headers["开票日期"].str.startswith("2026-01") & (headers["发票状态"] != "已作废")]
    assert cents(january["销项税额"]).sum() == cents(issued["税额"]).sum()
