"""Files with a GraphQL request: the multipart request specification (`operations`, `map`, then the files).

Called by the route, after the caller has proved that it may load. The parser keeps what is large on disk.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.gql.questions import Question, bounded, question_of
from api.loads.uploads import ArrivingFile
from graph.errors import LimitError, QueryError

TYPE: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What a request with files may bring: bytes of all files, how many files, bytes of the document."""

    all_bytes: int
    files: int
    document_bytes: int


def brings_files(request: Request) -> bool:
    """Whether the request is one of this specification."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == TYPE


@asynccontextmanager
async def question_with_files(request: Request, limits: FileLimits) -> AsyncIterator[Question]:
    """The question with an `ArrivingFile` for each variable that stands for one; they are gone after the block.

    Raises:
        LimitError: `limit.body`, `limit.files`.
        QueryError: `query.multipart` for a body that does not follow the specification.
    """
    form = await _form(request, limits)
    try:
        operations = _placed(_json(form, "operations"), _json(form, "map"), form, limits)
        yield question_of(operations, request)
    finally:
        await form.close()


async def _form(request: Request, limits: FileLimits) -> FormData:
    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in bounded(request, limits.all_bytes + limits.document_bytes):
            yield chunk
        yield b""

    parser = MultiPartParser(
        request.headers,
        chunks(),  # type: ignore[arg-type]  # any asynchronous iterator does
        max_files=limits.files,
        max_fields=8,
        max_part_size=limits.document_bytes,
    )
    try:
        return await parser.parse()
    except MultiPartException as error:
        if "Too many files" in error.message:
            raise LimitError(
                f"An upload has at most {limits.files} files.", code="limit.files", next_step="Send several uploads."
            ) from None
        raise _refused("The body is not multipart/form-data, or a part of it is too long.") from None
    except KeyError:
        raise _refused("The content type names no boundary.") from None


def _json(form: FormData, name: str) -> Any:
    written = form.get(name)
    try:
        parsed = json.loads(written) if isinstance(written, str) else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise _refused(f"The part `{name}` is not a JSON object.")
    return parsed


def _placed(operations: Any, mapping: dict[str, Any], form: FormData, limits: FileLimits) -> Any:
    places = list(_places(mapping))
    if len(places) > limits.files:
        raise _refused("The part `map` names too many places.")
    for part, path in places:
        file = form.get(part)
        if not isinstance(file, UploadFile):
            raise _refused("The part `map` names a file that is not there.")
        _put(operations, path, ArrivingFile(file.filename or "", file.file))
    return operations


def _places(mapping: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for part, paths in mapping.items():
        for path in paths if isinstance(paths, list) else ():
            words = path.split(".") if isinstance(path, str) else []
            if len(words) < 2 or words[0] != "variables":  # noqa: PLR2004 - variables.NAME
                raise _refused("A path of the part `map` does not begin with `variables.`.")
            yield part, words


def _put(operations: Any, path: list[str], file: ArrivingFile) -> None:
    try:
        target = operations
        for word in path[:-1]:
            target = target[int(word)] if isinstance(target, list) else target[word]
        last = int(path[-1]) if isinstance(target, list) else path[-1]
        if target[last] is not None:
            raise _refused("A path of the part `map` leads to a value that is not null.")
        target[last] = file
    except (KeyError, IndexError, ValueError, TypeError):
        raise _refused("A path of the part `map` leads nowhere.") from None


def _refused(what: str) -> QueryError:
    return QueryError(
        what,
        code="query.multipart",
        next_step="Follow the GraphQL multipart request specification: `operations`, `map`, then the files.",
    )
