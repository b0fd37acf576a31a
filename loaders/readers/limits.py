"""What a hostile file may cost, and the streams that enforce it. Used by every reader; set by the loader's caller.

Every byte that a reader sees has come through `open_content`, which counts it: a file that unpacks to more than it may
is refused while it streams, whatever sizes it declares.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, BinaryIO, cast

from graph.errors import DataError, SettingsError
from graph.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from _typeshed import WriteableBuffer

_MEBIBYTE = 1 << 20
CHUNK_BYTES = _MEBIBYTE
GZIP_MAGIC = b"\x1f\x8b"
# Small files may shrink a lot (a page of blanks); the ratio means something only beyond this size.
_RATIO_FROM_BYTES = 4 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Upper bounds of one file.

    Attributes:
        max_file_bytes: size on disk.
        max_uncompressed_bytes: size after unpacking (gzip, the members of a workbook together, Parquet pages).
        max_compression_ratio: unpacked size over packed size, looked at beyond 4 MiB unpacked.
        max_document_bytes: one XML document that is held whole (an invoice); event logs are streamed and exempt.
        max_xml_depth: nesting of elements.
        max_xml_elements: elements of an XML document that is held whole.
        max_cells: rows times columns of one table.
        max_columns: columns of one table; a sheet has at most 16,384.
    """

    max_file_bytes: int = 4096 * _MEBIBYTE
    max_uncompressed_bytes: int = 8192 * _MEBIBYTE
    max_compression_ratio: int = 250
    max_document_bytes: int = 128 * _MEBIBYTE
    max_xml_depth: int = 64
    max_xml_elements: int = 1_000_000
    max_cells: int = 400_000_000
    max_columns: int = 16_384

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise SettingsError(f"{field.name} must be at least 1", code="settings.read_limits", name=field.name)


DEFAULT_LIMITS = ReadLimits()


def limits_from_settings() -> ReadLimits:
    """The limits that the operator has set, the usual ones for the others; SettingsError if one is no number."""
    given = read_settings().model_dump(exclude_none=True)
    return ReadLimits(**given)


class CountedStream(io.RawIOBase):
    """A binary stream that refuses to give more than it may; turns a damaged gzip stream into a DataError."""

    def __init__(self, source: BinaryIO, *, file: str, limits: ReadLimits, packed_bytes: int | None) -> None:
        self._source = source
        self._file = file
        self._limits = limits
        self._packed_bytes = packed_bytes
        self._given = 0

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` from the source, counting.

        Raises:
            DataError: `data.file.too_large`, `data.file.ratio` or `data.file.truncated`.
        """
        view = memoryview(buffer)
        chunk = self._pull(len(view))
        self._given += len(chunk)
        check_unpacked(self._given, file=self._file, limits=self._limits, packed_bytes=self._packed_bytes)
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()

    def _pull(self, size: int) -> bytes:
        try:
            return self._source.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                f"{self._file} is a damaged or truncated gzip file",
                code="data.file.truncated",
                next_step="export or copy the file again",
                file=self._file,
                unpacked_bytes=self._given,
            ) from error


def check_unpacked(given: int, *, file: str, limits: ReadLimits, packed_bytes: int | None) -> None:
    """Refuse `given` unpacked bytes that are too many, or too many for `packed_bytes` packed ones.

    Raises:
        DataError: `data.file.too_large` or `data.file.ratio`.
    """
    if given > limits.max_uncompressed_bytes:
        raise DataError(
            f"{file} unpacks to more than allowed",
            code="data.file.too_large",
            next_step="split the export, or raise max_uncompressed_bytes",
            file=file,
            max_uncompressed_bytes=limits.max_uncompressed_bytes,
        )
    if packed_bytes is None or given <= _RATIO_FROM_BYTES:
        return
    if given > limits.max_compression_ratio * max(packed_bytes, 1):
        raise DataError(
            f"{file} unpacks to far more than its size, as a decompression bomb does",
            code="data.file.ratio",
            next_step="unpack the file yourself if you trust it, or raise max_compression_ratio",
            file=file,
            max_compression_ratio=limits.max_compression_ratio,
        )


def file_size(path: Path, *, limits: ReadLimits) -> int:
    """Bytes of an existing, non-empty, ordinary file within the limit.

    Raises:
        DataError: `data.file.missing`, `data.file.unreadable`, `data.file.empty` or `data.file.too_large`.
    """
    if not path.exists():
        raise DataError(f"{path.name} does not exist", code="data.file.missing", next_step="check the file's path")
    if not path.is_file():
        raise DataError(f"{path.name} is not a file", code="data.file.unreadable", next_step="name a single file")
    size = path.stat().st_size
    if size == 0:
        raise DataError(f"{path.name} is empty", code="data.file.empty", next_step="export or copy the file again")
    if size > limits.max_file_bytes:
        raise DataError(
            f"{path.name} is larger than allowed",
            code="data.file.too_large",
            next_step="split the export, or raise max_file_bytes",
            bytes=size,
            max_file_bytes=limits.max_file_bytes,
        )
    return size


def open_plain(path: Path) -> BinaryIO:
    """The file's own bytes.

    Raises:
        DataError: `data.file.unreadable` when the system refuses.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be opened",
            code="data.file.unreadable",
            next_step="check the file's permissions",
            reason=type(error).__name__,
        ) from error


def open_content(path: Path, *, limits: ReadLimits) -> AbstractContextManager[io.BufferedReader]:
    """The content of a file, unpacked if it is a gzip file, counted against `limits`.

    Raises:
        DataError: when the file is missing, empty, too large or unreadable; while reading, when it is a bomb.
    """
    size = file_size(path, limits=limits)
    packed = is_gzip(path)
    source = _open_gzip(path) if packed else open_plain(path)
    counted = CountedStream(source, file=path.name, limits=limits, packed_bytes=size if packed else None)
    return io.BufferedReader(counted, CHUNK_BYTES)


def _open_gzip(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(path, "rb"))


def is_gzip(path: Path) -> bool:
    """Whether the file begins as a gzip file does."""
    with open_plain(path) as stream:
        return stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream's bytes in chunks of a mebibyte."""
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def file_digest(path: Path) -> str:
    """The sha256 of the file's bytes, hex."""
    digest = hashlib.sha256()
    with open_plain(path) as stream:
        for chunk in chunks(stream):
            digest.update(chunk)
    return digest.hexdigest()
