"""A night's loads at the command line: totals, limits, corrections, turns, interruptions."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.store.owner import read_owner
from tests.support.command_line import CommandLine, invoice, write_tables
from tests.support.corrections import correct, rejects_in
from tests.support.thorough import tried

HOLDER = """
import sys
from graph.store.duckdb_store import DuckdbStore
store = DuckdbStore.open(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
store.close()
"""
MANY = 40_000  # invoices: their load takes some seconds


@pytest.fixture
def own(tmp_path: Path) -> CommandLine:
    """An empty folder."""
    return CommandLine(tmp_path)


def half_wrong(own: CommandLine) -> Path:
    """An invoice that is right and one that is not."""
    rows = [invoice("1", "X1", "X2", "2026-01-05"), invoice("2", "X1", "X2", "2026-01-05", "many")]
    return write_tables(own.folder / "tables", {"invoices": rows})


def test_wrong_control_totals_refuse_the_batch_and_leave_no_store(own: CommandLine) -> None:
    folder = half_wrong(own)
    manifest = {"files": {"invoices.csv": {"rows": 3}, "taxpayers.csv": {}}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, error = own.error("load", "canonical", "tables")
    assert (code, error["code"]) == (4, "data.manifest.totals")
    assert error["facts"]["differences"] == [
        {"file": "invoices.csv", "what": "rows", "expected": "3", "found": "2"},
        {"file": "taxpayers.csv", "what": "the file", "expected": "there", "found": "missing"},
    ]
    assert not (own.folder / "graph.duckdb").exists()


def test_the_generators_manifest_is_true_and_an_altered_file_is_found(own: CommandLine) -> None:
    own.answer("generate", "--taxpayers", "40", "--invoices", "120", "--days", "30", "--out", "country")
    assert own.answer("load", "auto", "country", "--check")["state"] == "checked"
    altered = own.folder / "country" / "organisation" / "officers.csv"
    altered = altered if altered.exists() else next((own.folder / "country" / "organisation").glob("*.csv"))
    altered.write_bytes(altered.read_bytes().rstrip(b"\n").rpartition(b"\n")[0])
    _, error = own.error("load", "auto", "country")
    assert {each["what"] for each in error["facts"]["differences"]} == {"rows", "sha256"}


def test_the_configured_limit_stops_a_batch_whose_rejects_can_still_be_read(own: CommandLine) -> None:
    half_wrong(own)
    limited = CommandLine(own.folder, environment={"TAXGRAPH_MAX_REJECTS": "10%"})
    code, error = limited.error("load", "canonical", "tables", "--rejects-out", "refused.csv")
    assert (code, error["code"]) == (4, "data.too_many_rejects")
    assert error["facts"]["refused"] == [
        "invoices.csv, invoices, row 3: net is not an amount such as 1234.50 that fits 64 bits in minor units"
    ]
    (row,) = rejects_in(own.folder / "refused.csv")
    assert (row["_at_row"], row["net"], row["_status"]) == ("3", "many", "open")
    assert not (own.folder / "graph.duckdb").exists()
    assert limited.answer("load", "canonical", "tables", "--max-rejects", "50%")["rejected"] == 1


def test_rejects_go_out_are_corrected_and_come_back(own: CommandLine) -> None:
    half_wrong(own)
    batch = own.answer("load", "canonical", "tables")["batch"]
    assert own.answer("rejects", batch, "--out", "rejects.csv")["rejects"] == 1
    correct(own.folder / "rejects.csv", lambda row: row.update(net="7.00"))
    again = own.answer("load", "--resubmit", "rejects.csv")
    assert (again["state"], again["accepted"]) == ("committed", 1)
    assert own.answer("load", "--resubmit", "rejects.csv")["state"] == "known"
    assert own.answer("rejects", batch)["by_status"] == {"open": 0, "resubmitted": 0, "settled": 1}
    lines = own.answer("batches")["batches"]
    assert [(line["batch"], line["resubmits"]) for line in lines] == [(batch, None), (again["batch"], batch)]
    assert own.answer("rejects", batch, "--out", "rest.csv")["rejects"] == 0
    assert own.answer("rejects", batch, "--out", "all.csv", "--settled")["rejects"] == 1


def test_what_to_load_is_said_in_one_way(own: CommandLine) -> None:
    for words in ((), ("canonical",), ("canonical", "tables", "--resubmit", "rejects.csv")):
        code, error = own.error("load", *words)
        assert (code, error["code"]) == (2, "query.usage")


def test_feeds_that_did_not_come_are_shown(own: CommandLine) -> None:
    half_wrong(own)
    batch = own.answer("load", "canonical", "tables")["batch"]
    text = '[[feed]]\nname = "{0}"\nsource = "{0}"\nevery = "day"\ndue = "00:00"\nzone = "UTC"\n'
    (own.folder / "feeds.toml").write_text(text.format("canonical") + text.format("tasks"), encoding="utf-8")
    known = CommandLine(own.folder, environment={"TAXGRAPH_FEEDS": "feeds.toml"})
    late, came = known.answer("feeds")["feeds"]
    assert (late["name"], late["state"], late["late_since"]) == ("tasks", "late", late["due_at"])
    assert (came["name"], came["state"], came["batch"]) == ("canonical", "came_late", batch)
    assert known.answer("feeds", "--on", "2020-01-01")["feeds"][0]["state"] == "late"
    assert known.run("feeds").returncode == 0
    assert own.error("feeds")[1]["code"] == "settings.feeds"


@contextmanager
def held(own: CommandLine) -> Iterator[subprocess.Popen[str]]:
    """Another process has the store open; closing its input ends it."""
    command = [sys.executable, "-c", HOLDER, str(own.folder / "graph.duckdb")]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        yield holder


def test_a_load_waits_for_the_process_that_has_the_store_and_then_gives_up(own: CommandLine) -> None:
    half_wrong(own)
    own.answer("load", "canonical", "tables", "--max-rejects", "50%")
    write_tables(own.folder / "more", {"invoices": [invoice("9", "X1", "X2", "2026-01-06")]})
    with held(own) as holder:
        began = time.monotonic()
        code, error = own.error("load", "canonical", "more", "--wait", "0.5")
        assert (code, error["code"]) == (5, "store.busy")
        assert time.monotonic() - began >= 0.5
        with own.start("load", "canonical", "more") as load:
            assert load.stderr is not None
            told = load.stderr.readline()
            assert holder.stdin is not None
            holder.stdin.close()
            _, rest = load.communicate(timeout=120)
    assert load.returncode == 0, rest
    assert told == f"Process {holder.pid} has the store open; waiting for its end, 600 s at most.\n"
    assert len(own.answer("batches")["batches"]) == 2


def wait_until_open(own: CommandLine, load: subprocess.Popen[str]) -> None:
    """Until this process has the store."""
    until = time.monotonic() + 60
    while (owner := read_owner(own.folder / "graph.duckdb")) is None or owner.pid != load.pid:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table whose load takes long enough to be interrupted."""
    rows = [invoice(str(place), f"S{place % 50}", f"B{place % 70}", "2026-01-05") for place in range(MANY)]
    return write_tables(tmp_path_factory.mktemp("many") / "tables", {"invoices": rows})


BEFORE = {"taxpayers": [{"id": "T", "name": "甲", "tax_number": "T"}]}


@pytest.fixture(scope="module")
def undisturbed(many: Path) -> str:
    """The digest of the graph after both loads."""
    line = CommandLine(many.parent)
    write_tables(line.folder / "before", BEFORE)
    line.answer("load", "canonical", "before")
    line.answer("load", "canonical", str(many))
    return str(line.answer("doctor", "--digest")["digest"])


@pytest.mark.parametrize(
    ("number", "code"),
    tried([(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130)], 2),
)
def test_an_interrupted_load_leaves_what_was_and_the_same_command_completes_it(
    own: CommandLine, many: Path, undisturbed: str, number: signal.Signals, code: int
) -> None:
    write_tables(own.folder / "before", BEFORE)
    own.answer("load", "canonical", "before")
    was = own.answer("doctor", "--digest")["digest"]
    ended = []
    for delay in (0.0, 0.8):
        with own.start("load", "canonical", str(many), "--json") as load:
            wait_until_open(own, load)
            time.sleep(delay)
            load.send_signal(number)
            _, told = load.communicate(timeout=120)
        ended.append(load.returncode)
        if load.returncode == 0:
            break  # a quick machine
        assert (load.returncode, own.answer("doctor", "--digest")["digest"]) == (code, was)
        assert number == signal.SIGKILL or json.JSONDecoder().raw_decode(told)[0]["error"]["code"] == "limit.cancelled"
    assert code in ended
    assert own.answer("load", "canonical", str(many))["state"] in {"committed", "known"}
    assert own.answer("doctor", "--digest")["digest"] == undisturbed
