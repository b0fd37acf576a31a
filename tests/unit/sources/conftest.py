"""Exports written by hand, read by the real readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from loaders.readers import read_file
from loaders.readers.tables import RawFile

ExportMaker: TypeAlias = Callable[..., RawFile]


@pytest.fixture
def export(tmp_path: Path) -> ExportMaker:
    """Writes lines of comma-separated text to a file and reads it: `export("a.csv", "head", "row", …)`."""

    def make(name: str, *lines: str, encoding: str = "utf-8") -> RawFile:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return read_file(path)

    return make
