"""Files → committed → first answer, against DuckDB reading the same files into plain tables of text."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from loaders import LoadOptions, load
from loaders.run import find_files
from queries.rings import RingOptions, rings
from tests.benchmarks.clock import peak_megabytes, timed
from tests.benchmarks.country import bare_file, files_of, opened, projected
from tests.benchmarks.sizes import KEY, LONGEST_RING, WINDOW_DAYS, Size

MARK = b"\xef\xbb\xbf"
PARQUET = ".parquet"


def load_and_answer(_size: Size, folder: Path) -> dict[str, float]:
    """What a user waits for, step by step, and the rings that come first."""
    store = opened(folder, create=True)
    report, loaded = timed(lambda: load(store, "auto", [files_of(folder)], options=LoadOptions(hmac_key=KEY)))
    projection, projected_in = timed(lambda: projected(store, folder))
    options = RingOptions(window=timedelta(days=WINDOW_DAYS), max_length=LONGEST_RING)
    answer, answered = timed(lambda: rings(projection, store, options))
    store.close()
    return {
        "load.seconds": loaded,
        "load.rows": report.read,
        "load.rejected": report.rejected,
        "load.projection_seconds": projected_in,
        "load.rings_seconds": answered,
        "load.total_seconds": loaded + projected_in + answered,
        "load.rings": answer.counts.distinct_rings,
        "load.peak_megabytes": peak_megabytes(),
    }


def read_bare(_size: Size, folder: Path) -> dict[str, float]:
    """Every file of one header into one table of a database file, nothing checked and nothing merged."""
    seconds = read_into_tables(bare_file(folder), find_files([files_of(folder)]))
    return {"bare.seconds": seconds, "bare.peak_megabytes": peak_megabytes()}


def read_into_tables(database: Path, files: list[Path]) -> float:
    """Fill a new database file; the seconds without opening and closing it."""
    database.unlink(missing_ok=True)
    bare = duckdb.connect(database)
    groups = files_by_header(files)
    _, seconds = timed(lambda: _read_groups(bare, groups))
    bare.close()
    return seconds


def files_by_header(files: list[Path]) -> dict[bytes, list[Path]]:
    """Files whose first lines are equal, byte for byte; Parquet files whose columns are."""
    groups: dict[bytes, list[Path]] = {}
    for file in files:
        groups.setdefault(_header(file), []).append(file)
    return groups


def _header(file: Path) -> bytes:
    if file.suffix == PARQUET:
        return PARQUET.encode() + ",".join(pq.read_schema(file).names).encode()
    with file.open("rb") as opened_file:
        return opened_file.readline()


def table_name(file: Path) -> str:
    """The file's name without numbers: `全量发票查询_202601_发票基础信息` → `全量发票查询_发票基础信息`."""
    return re.sub(r"_\d+", "", file.stem)


def _read_groups(bare: duckdb.DuckDBPyConnection, groups: dict[bytes, list[Path]]) -> None:
    for header, files in groups.items():
        if files[0].suffix == PARQUET:
            names = [str(file) for file in files]
            bare.execute(f'CREATE TABLE "{table_name(files[0])}" AS SELECT * FROM read_parquet(?)', [names])
        elif filled := [file for file in files if file.stat().st_size > len(header)]:
            _read_group(bare, header, filled)


def _read_group(bare: duckdb.DuckDBPyConnection, header: bytes, files: list[Path]) -> None:
    """GB18030 is read byte for byte as Latin-1: no byte of it looks like a comma or a quote."""
    utf8 = header.startswith(MARK)
    names = next(csv.reader([header.removeprefix(MARK).decode("utf-8" if utf8 else "gb18030").rstrip("\r\n")]))
    bare.execute(
        f'CREATE TABLE "{table_name(files[0])}" AS SELECT * FROM read_csv(?, header = false, skip = 1, '
        "names = ?, all_varchar = true, delim = ',', quote = '\"', encoding = ?)",
        [[str(file) for file in files], names, "utf-8" if utf8 else "latin-1"],
    )
