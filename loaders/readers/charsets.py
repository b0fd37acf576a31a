"""Which encoding a text is in, and its bytes as UTF-8. Used by the delimited and the XML readers.

Bureau exports come as GB18030 (or its subsets GBK and GB2312), UTF-8 with or without byte order mark, and UTF-16 with
one. Without a mark the whole text is tried, because a first megabyte of plain ASCII says nothing about the rest.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, BinaryIO

from graph.errors import DataError
from loaders.readers.limits import chunks, open_content

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import WriteableBuffer

    from loaders.readers.limits import ReadLimits

UTF_8 = "utf-8"
GB18030 = "gb18030"
_MARKED_UTF_8 = "utf-8-sig"
_MARKS = ((codecs.BOM_UTF8, _MARKED_UTF_8), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# So many non-ASCII characters in valid UTF-8 do not happen in another encoding by chance: the text is damaged UTF-8.
_SURELY_UTF_8 = 8
_SAMPLE_CHARACTERS = 2000
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# Codecs that may be asked for: text encodings only (Python's registry also holds zip, hex, rot13 …).
ALLOWED = {
    "utf-8": UTF_8,
    "utf8": UTF_8,
    "utf-8-sig": "utf-8-sig",
    "us-ascii": UTF_8,
    "ascii": UTF_8,
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "gb18030": GB18030,
    "gbk": GB18030,
    "gb2312": GB18030,
    "cp936": GB18030,
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
}


def marked_encoding(head: bytes, *, file: str) -> str | None:
    """The encoding that a byte order mark names, or None.

    Raises:
        DataError: `data.file.encoding` for UTF-32, whose mark begins as that of UTF-16 does.
    """
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise undecodable(file, "UTF-8 or GB18030 but UTF-32", None)
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def allowed_encoding(name: str, *, file: str) -> str:
    """Python's name of an encoding that is asked for by name.

    Raises:
        DataError: `data.file.encoding` when it is none of `ALLOWED`.
    """
    encoding = ALLOWED.get(name.strip().lower().replace("_", "-"))
    if encoding is None:
        raise DataError(
            f"{file} names an encoding that is not read",
            code="data.file.encoding",
            next_step=f"save the file in one of {', '.join(ALLOWED)}",
            file=file,
        )
    return encoding


def find_encoding(path: Path, *, limits: ReadLimits) -> str:
    """The encoding of a whole text file: by its mark, else UTF-8 if it is valid, else GB18030 if it reads as Chinese.

    Raises:
        DataError: `data.file.encoding` with the byte where decoding failed.
    """
    with open_content(path, limits=limits) as stream:
        marked = marked_encoding(stream.peek(4)[:4], file=path.name)
    if marked is not None:
        return marked
    failed_at, characters = _try_decoding(path, UTF_8, limits=limits)
    if failed_at is None:
        return UTF_8
    if len(characters) >= _SURELY_UTF_8:
        raise undecodable(path.name, "UTF-8", failed_at)
    failed_at, characters = _try_decoding(path, GB18030, limits=limits)
    if failed_at is not None or not _reads_as_chinese(characters):
        raise undecodable(path.name, "UTF-8 or GB18030", failed_at)
    return GB18030


def undecodable(file: str, encoding: str, failed_at: int | None) -> DataError:
    """The error for text that is not in `encoding`; `failed_at` is the byte, where it is known."""
    place = {} if failed_at is None else {"byte": failed_at}
    return DataError(
        f"{file} is not {encoding} text",
        code="data.file.encoding",
        next_step="export the file again as UTF-8 or GB18030, or name its encoding",
        file=file,
        **place,
    )


def _try_decoding(path: Path, encoding: str, *, limits: ReadLimits) -> tuple[int | None, str]:
    """The byte at which decoding failed (None: nowhere) and a sample of the characters beyond ASCII before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done, sample = 0, ""
    with open_content(path, limits=limits) as stream:
        for chunk in chunks(stream):
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return done - pending + error.start, sample + _beyond_ascii(chunk[: error.start], encoding)
            if len(sample) < _SAMPLE_CHARACTERS and not text.isascii():
                sample += "".join(_BEYOND_ASCII.findall(text))
            done += len(chunk)
    if decoder.getstate()[0]:
        return done, sample
    return None, sample


def _beyond_ascii(data: bytes, encoding: str) -> str:
    return "".join(sign for sign in data.decode(encoding, errors="ignore") if not sign.isascii())


def _reads_as_chinese(characters: str) -> bool:
    """Whether most of these are of GB 2312: Latin-1 text that happens to be valid GB18030 gives rare signs instead."""
    sample = characters[:_SAMPLE_CHARACTERS]
    common = len(sample.encode("gb2312", errors="ignore")) // 2
    return common * 2 >= len(sample)


class Utf8Stream(io.RawIOBase):
    """A text's bytes as UTF-8 without byte order mark, `ending` added after the last one.

    Every byte is checked here, so that who reads the stream need not check it again.
    """

    def __init__(self, source: BinaryIO, *, encoding: str, file: str, ending: bytes = b"") -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._file = file
        self._encoding = encoding
        self._plain = encoding in {UTF_8, _MARKED_UTF_8}  # checked as it passes, but not written anew
        self._mark = codecs.BOM_UTF8 if encoding == _MARKED_UTF_8 else b""
        self._ending = ending
        self._pending = b""
        self._done = False

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` with UTF-8.

        Raises:
            DataError: `data.file.encoding`, `data.file.binary`.
        """
        view = memoryview(buffer)
        while not self._pending and not self._done:
            self._refill(len(view))
        count = min(len(view), len(self._pending))
        view[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()

    def _refill(self, size: int) -> None:
        chunk = self._source.read(size)
        try:
            text = self._decoder.decode(chunk, final=not chunk)
            self._pending = chunk.removeprefix(self._mark) if self._plain else text.encode()
            self._mark = b""
        except UnicodeError as error:  # also a lone surrogate, which UTF-16 may carry
            raise undecodable(self._file, self._encoding.upper(), None) from error
        if b"\x00" in self._pending:
            raise DataError(
                f"{self._file} holds NUL bytes, which are no text",
                code="data.file.binary",
                next_step="export or copy the file again: a cut copy is often filled up with them",
                file=self._file,
            )
        if not chunk:
            self._pending += self._ending
            self._done = True
