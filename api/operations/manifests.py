"""The manifest of a backup: what the folder holds, and by which checksums a restore knows it again.

Written and read by `backups`. The manifest carries a checksum of itself, so that no line of it can be changed unseen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from graph.errors import DataError
from graph.model.vocabulary import SCHEMA_VERSION
from graph.store.ledger import from_columns, to_columns
from graph.store.port import BatchRecord

FORMAT: Final = 2
CURRENT_ONLY: Final = 1  # the first format: current versions, no checksums; it can still be restored
MANIFEST: Final = "manifest.json"
FILE_OF: Final = "{}.parquet"
_SEAL: Final = "sha256"
_INSTANTS: Final = ("started_at", "committed_at", "withdrawn_at")
_COMMITTED: Final = "committed"
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of the backup; without a checksum where its format had none."""

    rows: int
    bytes: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: digest of what was current, settings, ledger, files by type."""

    digest: str
    settings: Mapping[str, str]
    ledger: tuple[BatchRecord, ...]
    files: Mapping[str, FileFacts]


def checksum(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest last: a folder without one is no backup."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "schema": SCHEMA_VERSION,
        "digest": manifest.digest,
        "settings": dict(manifest.settings),
        "ledger": [_line(line) for line in manifest.ledger],
        "files": {name: asdict(facts) for name, facts in manifest.files.items()},
    }
    text = json.dumps(content | {_SEAL: _seal(content)}, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        DataError: `data.backup.manifest` if there is none, `data.backup.schema` for another release's,
            `data.backup.file` if it was altered.
    """
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        form, schema = content["format"], content["schema"]
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(
            "This folder is no backup.",
            code="data.backup.manifest",
            next_step=f"Name the folder in which `taxgraph backup` wrote {MANIFEST}.",
        ) from None
    if form not in (CURRENT_ONLY, FORMAT) or schema != SCHEMA_VERSION:
        raise DataError(
            "The backup was written by another release.",
            code="data.backup.schema",
            next_step="Restore it with the release that wrote it.",
            wanted=SCHEMA_VERSION,
        )
    try:
        return _of_first_format(content) if form == CURRENT_ONLY else _sealed(content)
    except (ValueError, KeyError, TypeError):
        raise damaged(MANIFEST) from None


def damaged(name: str) -> DataError:
    """The refusal of a file that is missing, cut or altered."""
    return DataError(
        f"The backup's file of {name} is missing or damaged.",
        code="data.backup.file",
        next_step="Restore from another backup.",
        file=name,
    )


def _sealed(content: dict[str, Any]) -> Manifest:
    seal = content.pop(_SEAL)
    if seal != _seal(content):
        raise ValueError
    files = {name: FileFacts(**facts) for name, facts in content["files"].items()}
    return Manifest(content["digest"], content["settings"], tuple(map(_record, content["ledger"])), files)


def _of_first_format(content: dict[str, Any]) -> Manifest:
    lines = tuple(line for line in map(_record, content["ledger"]) if line.state == _COMMITTED)
    files = {name: FileFacts(rows, 0, None) for name, rows in content["rows"].items()}
    return Manifest(content["digest"], content["settings"], lines, files)


def _seal(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _line(line: BatchRecord) -> dict[str, Any]:
    row = to_columns(line)
    return row | {name: row[name] and row[name].isoformat() for name in _INSTANTS}


def _record(line: Mapping[str, Any]) -> BatchRecord:
    instants = {name: line.get(name) and datetime.fromisoformat(line[name]) for name in _INSTANTS}
    return from_columns({**line, **instants})
