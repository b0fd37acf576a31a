"""Loading, backups and exports at the command line, on real files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pyarrow.parquet as pq
import pytest

from tests.support.command_line import CommandLine, invoice, write_tables

XES = "{http://www.xes-standard.org/}"


@pytest.fixture
def own(tmp_path: Path) -> CommandLine:
    """An empty folder."""
    return CommandLine(tmp_path)


def test_a_load_answers_in_the_fixed_shape_and_knows_the_files_again(own: CommandLine) -> None:
    write_tables(own.folder / "tables", {"invoices": [invoice("1", "X1", "X2", "2026-01-05"), {"number": "2"}]})
    first = own.answer("load", "canonical", "tables")
    wanted = {"batch", "state", "files", "read", "accepted", "rejected", "known", "by_type", "seconds"}
    assert wanted <= set(first)
    assert (first["state"], first["read"], first["accepted"], first["rejected"]) == ("committed", 2, 1, 1)
    again = own.answer("load", "canonical", "tables")
    assert (again["state"], again["batch"], again["known"]) == ("known", first["batch"], 1)


def test_a_checked_load_writes_nothing(own: CommandLine) -> None:
    write_tables(own.folder / "tables", {"invoices": [invoice("1", "X1", "X2", "2026-01-05")]})
    assert own.answer("load", "canonical", "tables", "--check")["state"] == "checked"
    assert not (own.folder / "graph.duckdb").exists()
    own.answer("load", "canonical", "tables")
    assert own.answer("load", "canonical", "tables", "--check", "--as-at", "2026-02-01")["state"] == "checked"
    assert len(own.answer("batches")["batches"]) == 1


def test_too_many_rejects_stop_the_batch(own: CommandLine) -> None:
    write_tables(own.folder / "tables", {"invoices": [invoice("1", "X1", "X2", "2026-01-05"), {"number": "2"}]})
    code, error = own.error("load", "canonical", "tables", "--max-rejects", "0")
    assert (code, error["code"]) == (4, "data.too_many_rejects")
    assert not (own.folder / "graph.duckdb").exists()


def test_rejects_are_written_with_place_and_reason(own: CommandLine) -> None:
    write_tables(own.folder / "tables", {"invoices": [invoice("1", "X1", "X2", "2026-01-05"), {"number": "2"}]})
    batch = own.answer("load", "canonical", "tables")["batch"]
    answer = own.answer("rejects", batch, "--out", "rejects.parquet")
    rejects = pq.read_table(own.folder / "rejects.parquet").to_pylist()
    assert answer["rejects"] == len(rejects) > 0
    assert {row["_at_row"] for row in rejects} == {"3"}


def test_a_backup_restores_with_the_same_digest_and_ledger(country: CommandLine, own: CommandLine) -> None:
    saved = country.answer("backup", "--out", str(own.folder / "saved"))
    own.answer("restore", "saved")
    digest = own.answer("doctor", "--digest")
    assert digest["digest"] == saved["digest"] == country.answer("doctor", "--digest")["digest"]
    assert digest["counts"]["Invoice"] == 4
    assert [line["batch"] for line in own.answer("batches")["batches"]] == [
        line["batch"] for line in country.answer("batches")["batches"]
    ]
    assert (own.folder / "saved").stat().st_mode & 0o077 == 0


def test_a_damaged_backup_is_refused(country: CommandLine, own: CommandLine) -> None:
    country.answer("backup", "--out", str(own.folder / "saved"))
    (own.folder / "saved" / "Invoice.parquet").write_bytes(b"not parquet")
    code, error = own.error("restore", "saved")
    assert (code, error["code"]) == (4, "data.backup.file")


def altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [altered, cut, Path.unlink])
@pytest.mark.parametrize("name", ["PARTY_OF.parquet", "manifest.json"])
def test_one_byte_more_or_less_is_refused_by_the_name_of_the_file(
    country: CommandLine, own: CommandLine, harm: Callable[[Path], None], name: str
) -> None:
    country.answer("backup", "--out", str(own.folder / "saved"))
    harm(own.folder / "saved" / name)
    code, error = own.error("restore", "saved")
    assert code == 4
    assert error["code"] in ("data.backup.file", "data.backup.manifest")
    assert name.removesuffix(".parquet") in f"{error['facts']} {error['next_step']}"
    assert not (own.folder / "graph.duckdb").exists()


def test_a_backup_keeps_both_clocks(own: CommandLine) -> None:
    tables = write_tables(own.folder / "tables", {"invoices": [invoice("1", "X1", "X2", "2026-01-05")]})
    first = own.answer("load", "canonical", str(tables))["batch"]
    own.answer("batch", "withdraw", first)
    own.answer("load", "canonical", str(tables))
    before = own.answer("batches")["batches"]
    own.answer("backup", "--out", "saved")
    own.answer("restore", "saved", "--store", "duckdb:///again.duckdb")
    assert own.answer("batches", "--store", "duckdb:///again.duckdb")["batches"] == before
    assert [line["state"] for line in before] == ["withdrawn", "committed"]
    wanted = own.answer("doctor", "--digest")
    assert own.answer("doctor", "--digest", "--store", "duckdb:///again.duckdb") == wanted


def test_a_withdrawn_batch_loads_again_under_another_id(own: CommandLine) -> None:
    tables = write_tables(own.folder / "tables", {"invoices": [invoice("1", "X1", "X2", "2026-01-05")]})
    first = own.answer("load", "canonical", str(tables))["batch"]
    gone = own.answer("batch", "withdraw", first)["withdrawn"]
    assert [(line["batch"], line["state"], line["withdrawn_at"] > line["committed_at"]) for line in gone] == [
        (first, "withdrawn", True)
    ]
    assert own.answer("doctor", "--digest")["counts"] == {}
    assert own.answer("load", "canonical", str(tables))["batch"] == f"{first}-2"


def test_a_batch_that_others_build_on_names_them_and_their_files(own: CommandLine) -> None:
    for number in ("1", "2"):
        write_tables(own.folder / number, {"invoices": [invoice(number, "X1", "X2", "2026-01-05")]})
    first, second = (own.answer("load", "canonical", number)["batch"] for number in ("1", "2"))
    code, error = own.error("batch", "withdraw", first)
    assert (code, error["code"]) == (5, "store.built_on")
    assert error["facts"] == {"batches": second, "files": "invoices.csv"}
    gone = own.answer("batch", "withdraw", first, "--with-later")["withdrawn"]
    assert [line["batch"] for line in gone] == [second, first]


def test_a_backup_does_not_write_into_a_folder_that_holds_something(country: CommandLine) -> None:
    code, error = country.error("backup", "--out", "tables")
    assert (code, error["code"]) == (4, "data.backup.folder")


def test_a_csv_export_keeps_restricted_properties_and_formulas_in(country: CommandLine, tmp_path: Path) -> None:
    country.answer("export", "csv", "--out", str(tmp_path / "csv"))
    taxpayers = (tmp_path / "csv" / "taxpayer.csv").read_text(encoding="utf-8")
    assert "'=cmd()有限公司" in taxpayers
    assert "phone" not in (tmp_path / "csv" / "registration.csv").read_text(encoding="utf-8").splitlines()[0]
    assert not (tmp_path / "csv" / "access_event.csv").exists()


def test_a_parquet_export_of_one_type_holds_that_type_alone(country: CommandLine, tmp_path: Path) -> None:
    answer = country.answer("export", "parquet", "--type", "Invoice", "--out", str(tmp_path / "tables"))
    assert answer["files"] == {"invoice.parquet": 4}
    assert [path.name for path in (tmp_path / "tables").iterdir()] == ["invoice.parquet"]


def test_graphml_holds_the_trade_of_each_pair(country: CommandLine, tmp_path: Path) -> None:
    country.answer("export", "graphml", "--out", str(tmp_path / "trade.graphml"))
    graph = nx.read_graphml(tmp_path / "trade.graphml")
    names = nx.get_node_attributes(graph, "label")
    trade = {(names[seller], names[buyer], data["net_cents"]) for seller, buyer, data in graph.edges(data=True)}
    assert ("甲地商贸有限公司", "乙地[bold]贸易", 100_000) in trade
    assert len(trade) == 4


def test_xes_holds_the_events_of_each_task_and_loads_again(country: CommandLine, own: CommandLine) -> None:
    country.answer("export", "xes", "--out", str(own.folder / "tasks.xes"))
    log = ET.parse(own.folder / "tasks.xes").getroot()  # noqa: S314 - written by ourselves a line above
    events = [
        {entry.get("key"): entry.get("value") for entry in event} for event in log.iterfind(f"{XES}trace/{XES}event")
    ]
    assert [event["concept:name"] for event in events] == ["created", "closed & <done>"]
    assert [event["org:resource"] for event in events] == ["O1", "O1"]
    assert events[0]["time:timestamp"] == "2026-02-01T08:00:00.000+08:00"
    assert own.answer("load", "event-log", "tasks.xes")["by_type"]["TaskEvent"] == 2


def test_every_read_of_a_taxpayer_is_in_the_access_log(country: CommandLine, own: CommandLine) -> None:
    asked = country.answer("who", "B", "--on", "2026-03-01")["taxpayer"]
    country.answer("backup", "--out", str(own.folder / "saved"))
    events = pq.read_table(own.folder / "saved" / "AccessEvent.parquet").to_pylist()
    assert any(event["operation"] == "taxgraph who" and asked in event["subjects"] for event in events)


def test_a_generated_country_is_written(own: CommandLine) -> None:
    sizes = ("--taxpayers", "40", "--invoices", "120", "--days", "30", "--seed", "3")
    answer = own.answer("generate", *sizes, "--out", "country")
    assert answer["rows"]["invoices"] == 120
    assert all((own.folder / "country" / name).exists() for name in answer["files"])


def test_the_reference_is_the_same_each_time(own: CommandLine) -> None:
    pages = own.answer("docs", "--out", "one")["pages"]
    own.answer("docs", "--out", "two")
    for name in pages:
        assert (own.folder / "one" / name).read_bytes() == (own.folder / "two" / name).read_bytes()


def test_the_vocabulary_can_be_asked_for_one_type(own: CommandLine) -> None:
    answer = own.answer("schema", "Invoice")
    assert "net_cents" in json.dumps(answer["detailed"])
