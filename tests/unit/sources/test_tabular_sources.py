"""Sources whose tables are known by layouts: names, codes, recognition."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import DataError
from loaders.contracts.records import record_named
from loaders.sources import (
    einvoice,
    en16931,
    event_log,
    invoice_workbook,
    organisation,
    registrations,
    shareholdings,
    tasks,
    tax_records,
)
from loaders.sources.layouts import TabularSource
from tests.unit.sources.conftest import ExportMaker

TABULAR = (registrations.SOURCE, organisation.SOURCE, tasks.SOURCE, shareholdings.SOURCE, tax_records.SOURCE)
OTHERS = (einvoice.SOURCE, en16931.SOURCE, event_log.SOURCE, invoice_workbook.SOURCE)
LAYOUTS = [(source, layout) for source in TABULAR for layout in source.layouts]


def mapped(source: TabularSource, export: ExportMaker, *lines: str, **options: str) -> tuple[str, list[dict[str, Any]]]:
    (table,) = source.tables([export("export.csv", *lines, **options)])
    return table.record, table.rows.to_pylist()


@pytest.mark.parametrize(("source", "layout"), LAYOUTS, ids=[f"{s.name}-{layout.record}" for s, layout in LAYOUTS])
def test_a_table_under_its_usual_names_is_recognised_by_one_source_alone(
    source: TabularSource, layout: Any, export: ExportMaker
) -> None:
    names = [name[0] for name in layout.columns.values()]
    file = export("export.csv", ",".join(dict.fromkeys(names)), ",".join("1" for _ in dict.fromkeys(names)))
    assert [each.name for each in (*TABULAR, *OTHERS) if each.matches(file)] == [source.name]
    (table,) = source.tables([file])
    assert table.record == layout.record


@pytest.mark.parametrize(("source", "layout"), LAYOUTS, ids=[f"{s.name}-{layout.record}" for s, layout in LAYOUTS])
def test_every_canonical_column_is_one_that_the_record_declares(source: TabularSource, layout: Any) -> None:
    record = record_named(layout.record)
    declared = {name for column in record.all_columns() for name in (column.name, *column.aliases)}
    passing = {"serial", "holder_kind"}
    assert {*layout.columns, *layout.constants} - passing <= declared, source.name


def test_registration_codes_become_words_of_the_vocabulary(export: ExportMaker) -> None:
    record, (row,) = mapped(
        registrations.SOURCE,
        export,
        "DJXH,NSRSBH,NSRMC,NSRZT_DM,HY_DM,ZZSNSRLX,FDDBRXM,FDDBR_ZJLX,FDDBR_ZJHM,TQRQ",
        "101440001,91440101MA,某公司,05,5162,增值税一般纳税人,李四,201,110105194912310025,2026-03-31",
        encoding="gb18030",
    )
    assert record == "registrations"
    assert (row["status"], row["vat_status"], row["as_at"]) == ("abnormal", "general", "2026-03-31")
    assert row["legal_representative_document_kind"] == "resident"
    assert row["source"] == "registrations"


def test_registers_with_chinese_names_are_the_same_source(export: ExportMaker) -> None:
    record, (row,) = mapped(
        registrations.SOURCE,
        export,
        "登记序号,统一社会信用代码,纳税人名称,登记日期,财务负责人姓名,财务负责人证件号码",
        "101440001,91440101MA,某公司,2020年3月1日,王五,110105194912310025",
    )
    assert (record, row["source_id"], row["finance_officer"]) == ("registrations", "101440001", "王五")


def test_changes_name_the_item_that_changed(export: ExportMaker) -> None:
    record, changes = mapped(
        registrations.SOURCE,
        export,
        "BGXH,DJXH,BGXM,BGQNR,BGHNR,BGRQ",
        "1,101,纳税人识别号,OLD,NEW,2026-02-01",
        "2,101,法定代表人姓名,甲,乙,2026-02-02",
    )
    assert record == "registration_changes"
    assert [row["item"] for row in changes] == ["tax_number", "legal_representative"]


def test_a_taxpayer_without_a_number_is_named_by_its_serial(export: ExportMaker) -> None:
    _, (one, other) = mapped(
        organisation.SOURCE,
        export,
        "登记序号,纳税人识别号,网格编码,有效期起,有效期止",
        "101,NUMBER,W1,2026-01-01,",
        "102,,W1,2026-01-01,2026-02-01",
    )
    assert (one["taxpayer"], other["taxpayer"]) == ("NUMBER", "serial:registrations:102")
    assert (one["valid_to"], other["valid_to"]) == (None, "2026-02-01")


def test_role_codes_of_grids_become_the_authoritys_words(export: ExportMaker) -> None:
    record, rows = mapped(
        organisation.SOURCE,
        export,
        "税务人员代码,网格编码,网格角色,任职起,任职止",
        "S1,W1,01,2026-01-01,",
        "S2,W1,网格员,2026-01-01,",
    )
    assert (record, [row["role"] for row in rows]) == ("works_in", ["网格长", "网格员"])


@pytest.mark.parametrize(
    ("header", "line", "record", "expected"),
    [
        ("岗位编码,岗位名称,网格编码", "GW1,网格长岗,W1", "posts", {"id": "GW1", "name": "网格长岗", "grid": "W1"}),
        ("职责编码,职责名称", "ZZ1,审核办结", "duties", {"id": "ZZ1", "name": "审核办结"}),
        ("岗位编码,职责编码,岗位名称", "GW1,ZZ1,网格长岗", "carries", {"post": "GW1", "duty": "ZZ1"}),
        (
            "税务人员代码,姓名,岗位编码,岗位名称,任岗起,任岗止",
            "S1,王,GW1,网格长岗,2026-01-01,",
            "holds_post",
            {"officer": "S1", "post": "GW1", "valid_from": "2026-01-01", "valid_to": None},
        ),
        (
            "委托人代码,受托人代码,岗位编码,委托起,委托止",
            "S1,S2,GW1,2026-05-01,2026-05-08",
            "delegates_to",
            {"from": "S1", "to": "S2", "post": "GW1", "valid_from": "2026-05-01", "valid_to": "2026-05-08"},
        ),
    ],
)
def test_posts_duties_and_delegations_are_tables_of_the_organisation(
    export: ExportMaker, header: str, line: str, record: str, expected: dict[str, str | None]
) -> None:
    found, (row,) = mapped(organisation.SOURCE, export, header, line)
    assert (found, {name: row[name] for name in expected}) == (record, expected)


def test_tasks_keep_parent_answer_and_loop(export: ExportMaker) -> None:
    record, (row,) = mapped(
        tasks.SOURCE,
        export,
        "事项编号,事项类型,阶段,状态,发起时间,闭环类型,纳税人识别号,承办网格,上级事项编号,反馈事项编号",
        "R2,检查,事后,已办结,2026-03-01 09:00:00,大闭环,NUMBER,W1,R1,R1",
    )
    assert record == "tasks"
    assert (row["kind"], row["stage"], row["status"], row["loop"]) == ("inspection", "after", "closed", "large")
    assert (row["parent"], row["answers"], row["assigned_from"]) == ("R1", "R1", "2026-03-01 09:00:00")


def test_a_firm_that_holds_a_share_is_no_person(export: ExportMaker) -> None:
    _, (person, firm, coded) = mapped(
        shareholdings.SOURCE,
        export,
        "股东类型,股东名称,股东证件类型,股东证件号码,股东纳税人识别号,被投资企业纳税人识别号,持股比例",
        "自然人,李四,居民身份证,110105194912310025,,FIRM,60",
        "企业法人,母公司,,,PARENT,FIRM,0.25",
        "企业法人,另一公司,营业执照,CREDITCODE,,FIRM,15.00%",
    )
    assert (person["document_kind"], person["name"], person["from"]) == ("resident", "李四", None)
    assert (firm["from"], firm["from_name"], firm["name"]) == ("PARENT", "母公司", None)
    assert (coded["from"], coded["document_number"]) == ("CREDITCODE", None)
    assert [row["ratio"] for row in (person, firm, coded)] == ["60%", "0.25", "15.00%"]


@pytest.mark.parametrize(
    ("text", "ratio"), [("1", "1"), ("100", "100%"), ("1.5", "1.5%"), ("0.6", "0.6"), ("60 %", "60 %")]
)
def test_a_bare_ratio_above_one_is_per_cent(export: ExportMaker, text: str, ratio: str) -> None:
    _, (row,) = mapped(
        shareholdings.SOURCE, export, "股东名称,股东证件号码,被投资企业纳税人识别号,持股比例", f"甲,1,FIRM,{text}"
    )
    assert row["ratio"] == ratio


def test_deductions_point_to_invoices_by_either_number(export: ExportMaker) -> None:
    record, (row,) = mapped(
        tax_records.SOURCE,
        export,
        "纳税人识别号,发票代码,发票号码,数电发票号码,所属期,勾选时间,有效税额,勾选类型",
        "NUMBER,4400261130,00100001,26440000000000100001,202603,2026-03-05,13.00,抵扣",
    )
    assert record == "deductions"
    assert (row["invoice_code"], row["digital_number"]) == ("4400261130", "26440000000000100001")
    assert (row["kind"], row["period"]) == ("deduction", "202603")


def test_a_file_without_any_of_its_tables_is_refused(export: ExportMaker) -> None:
    with pytest.raises(DataError) as caught:
        tax_records.SOURCE.tables([export("other.csv", "a,b", "1,2")])
    assert caught.value.code == "data.source.columns"
    assert caught.value.facts["file"] == "other.csv"
