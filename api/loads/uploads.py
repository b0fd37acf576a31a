"""Uploaded files between their arrival and the end of their load: a private folder, bounded, emptied.

Owned by `api.service`. Only the user of this process may read it (0700); nothing outlives the process, and what a
killed one left beside an embedded store is removed by the next.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from graph.errors import DataError, LimitError, NotFoundError
from graph.store.opening import embedded_path, is_embedded

MOST_WAITING: Final = 50
WAIT_SECONDS: Final = 3600.0
MOST_NAME_BYTES: Final = 200
_CHUNK: Final = 1 << 20
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


@dataclass(frozen=True, slots=True)
class ArrivingFile:
    """A file as the request brings it: the name that the caller gave, and its bytes."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that wait for their load. `who` brought them, and nobody else may load them."""

    id: str
    who: str
    folder: Path
    names: tuple[str, ...]
    size: int
    kept_at: float

    def paths(self) -> list[Path]:
        """The files in order of name."""
        return [self.folder / name for name in self.names]


class UploadBook:
    """The uploads of one server.

    Args:
        base: the folder to keep them in; None: a new one in the system's folder for temporary files.
        alone: whether no other process uses `base`, so that leftovers in it may be removed.
        most_bytes: size of everything that may wait.
    """

    def __init__(self, base: Path | None, *, alone: bool, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        if base is not None and alone:
            shutil.rmtree(base, ignore_errors=True)
        self._base = base
        self._own: Path | None = None
        self._guard = threading.Lock()
        self._waiting: dict[str, Upload] = {}

    def keep(self, files: Sequence[ArrivingFile], *, who: str) -> Upload:
        """Write files into a folder of their own.

        Raises:
            DataError: `data.upload` for no file at all or a name that is no file name.
            LimitError: `limit.busy` when too many uploads wait for their load.
        """
        names = [plain_name(file.name) for file in files]
        if not names or len(set(names)) < len(names):
            raise DataError(
                "An upload has one file or more, each under another name.",
                code="data.upload",
                next_step="Rename the files, or send them as several uploads.",
            )
        with self._guard:
            self._remove_old()
            waiting = sum(each.size for each in self._waiting.values())
            if len(self._waiting) >= MOST_WAITING or waiting >= self._most_bytes:
                raise LimitError("Too many uploads wait.", code="limit.busy", next_step="Load earlier ones first.")
            folder = Path(tempfile.mkdtemp(prefix="upload-", dir=self._place()))
        try:
            size = sum(_write(folder / name, file.content) for name, file in zip(names, files, strict=True))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        upload = Upload(secrets.token_hex(16), who, folder, tuple(sorted(names)), size, time.monotonic())
        with self._guard:
            self._waiting[upload.id] = upload
        return upload

    def take(self, upload_id: str, *, who: str) -> Upload:
        """Take an upload for its load; whoever takes it discards it. NotFoundError `not_found.upload`."""
        with self._guard:
            found = self._waiting.get(upload_id)
            if found is None or found.who != who:
                raise NotFoundError(
                    "There is no such upload of yours; an upload waits for an hour and is loaded once.",
                    code="not_found.upload",
                    next_step="Upload the files again.",
                )
            return self._waiting.pop(upload_id)

    def put_back(self, upload: Upload) -> None:
        """An upload whose load could not be queued waits on."""
        with self._guard:
            self._waiting[upload.id] = upload

    @staticmethod
    def discard(upload: Upload) -> None:
        """Delete the files."""
        shutil.rmtree(upload.folder, ignore_errors=True)

    def close(self) -> None:
        """Delete everything."""
        with self._guard:
            self._waiting.clear()
            if self._own is not None:
                shutil.rmtree(self._own, ignore_errors=True)
            if self._own is not None and self._base is not None and not any(self._base.iterdir()):
                self._base.rmdir()

    def _place(self) -> Path:
        if self._own is None:
            if self._base is not None:
                self._base.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._own = Path(tempfile.mkdtemp(prefix="taxgraph-", dir=self._base))
        return self._own

    def _remove_old(self) -> None:
        now = time.monotonic()
        for old in [each for each in self._waiting.values() if now - each.kept_at > WAIT_SECONDS]:
            self.discard(self._waiting.pop(old.id))


def upload_book(store_url: str, folder: Path | None, *, most_bytes: int) -> UploadBook:
    """Uploads of a store: where the settings say, else beside an embedded store, else in a temporary folder."""
    if folder is not None or not is_embedded(store_url):
        return UploadBook(folder, alone=False, most_bytes=most_bytes)
    store = embedded_path(store_url)
    return UploadBook(store.with_name(store.name + ".uploads"), alone=True, most_bytes=most_bytes)


def plain_name(given: str) -> str:
    """The last part of a name that a caller gave; DataError `data.upload` if nothing of it can name a file."""
    name = PurePosixPath(given.replace("\\", "/")).name.strip()
    fits = 0 < len(name.encode("utf-8", "replace")) <= MOST_NAME_BYTES
    if not fits or name in {".", ".."} or not name.isprintable():
        raise DataError(
            "A file of the upload has no usable name.",
            code="data.upload",
            next_step="Send each file with its file name, of at most 200 bytes and printable signs.",
        )
    return name


def _write(path: Path, content: BinaryIO) -> int:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        content.seek(0)
        shutil.copyfileobj(content, file, _CHUNK)
        return file.tell()
