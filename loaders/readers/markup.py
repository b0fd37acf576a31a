"""XML behind one gate: no DTD, no entities, caps on size and depth, errors with file and line. Used by the XML readers.

A document of limited size becomes a small tree of `Element`; an event log is streamed through a `MarkupHandler`.
Namespace prefixes are dropped: which vocabulary a document speaks is settled once, by its root (`find_root`).
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from graph.errors import DataError
from loaders.readers.charsets import UTF_8, allowed_encoding, marked_encoding, undecodable
from loaders.readers.limits import chunks, open_content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from xml.sax.xmlreader import AttributesImpl  # the type of a callback's argument only

    from loaders.readers.limits import ReadLimits

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_HEAD_BYTES = 1024
_LONGEST_NAME = 1000


@dataclass(slots=True)
class Element:
    """One element of a document: mutable, because its text and children come after its start."""

    name: str
    attributes: Mapping[str, str]
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in document order."""
        pending = [self]
        while pending:
            element = pending.pop()
            yield element
            pending.extend(reversed(element.children))

    def named(self, name: str) -> Iterator[Element]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)


@dataclass(frozen=True, slots=True)
class Root:
    """A document's root: its local name, its own namespace, and every namespace that it declares."""

    name: str
    namespace: str
    declared: tuple[str, ...]


class _EnoughError(Exception):
    """Raised by a handler that has seen what it wants; never leaves this module."""


class MarkupHandler(ContentHandler):
    """Base of the handlers: counts depth, drops prefixes. Subclasses define `opened`, `closed` and `said`."""

    def __init__(self, *, file: str, limits: ReadLimits) -> None:
        super().__init__()
        self.file = file
        self.limits = limits
        self.depth = 0
        self._place: DefusedExpatParser | None = None

    def setDocumentLocator(self, locator: DefusedExpatParser) -> None:  # type: ignore[override]  # noqa: N802 - SAX's name
        """Keep the parser, which knows the line."""
        self._place = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's name
        """Count depth, then tell the subclass."""
        self.depth += 1
        if self.depth > self.limits.max_xml_depth:
            raise DataError(
                f"{self.file}, line {self.line}: the document is nested deeper than allowed",
                code="data.xml.depth",
                next_step="check the document, or raise max_xml_depth",
                file=self.file,
                line=self.line,
                max_xml_depth=self.limits.max_xml_depth,
            )
        self.check_name(name)
        self.opened(local_name(name), {local_name(key): value for key, value in attrs.items()})

    def check_name(self, name: str) -> None:
        """Refuse a giant name: readers join the names on the way to a value, and would multiply it by the depth."""
        if len(name) > _LONGEST_NAME:
            raise DataError(
                f"{self.file}, line {self.line}: the document has a name of more than {_LONGEST_NAME} signs",
                code="data.xml.name",
                next_step="check the document: no format that is read has such names",
                file=self.file,
                line=self.line,
            )

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX's name
        """Count depth, after telling the subclass."""
        self.closed(local_name(name))
        self.depth -= 1

    def characters(self, content: str) -> None:
        """Tell the subclass."""
        self.said(content)

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def closed(self, name: str) -> None:
        """An element ends."""

    def said(self, text: str) -> None:
        """A piece of text."""

    @property
    def line(self) -> int:
        """The line that is being read, 1-based."""
        return (self._place.getLineNumber() or 0) if self._place is not None else 0


def local_name(name: str) -> str:
    """A qualified name without its prefix."""
    return name.rpartition(":")[2]


def stream_markup(path: Path, handler: MarkupHandler, *, limits: ReadLimits) -> None:
    """Parse a whole document into `handler`.

    Raises:
        DataError: `data.xml.broken`, `data.xml.forbidden`, `data.xml.depth`, `data.file.*`.
    """
    with open_content(path, limits=limits) as content:
        _parse(_decoded(content, file=path.name), handler, file=path.name)


def read_document(path: Path, *, limits: ReadLimits) -> Element:
    """A whole document as a tree.

    Raises:
        DataError: as `stream_markup`; `data.file.too_large` beyond `max_document_bytes`; `data.xml.elements`.
    """
    handler = _TreeHandler(file=path.name, limits=limits)
    with open_content(path, limits=limits) as content:
        capped = _capped(chunks(content), file=path.name, limits=limits)
        _parse(_decoded_chunks(content.peek(_HEAD_BYTES), capped, file=path.name), handler, file=path.name)
    return handler.root


def find_root(path: Path, *, limits: ReadLimits) -> Root:
    """The root of a document, reading no further than its start tag.

    Raises:
        DataError: as `stream_markup`.
    """
    handler = _RootHandler(file=path.name, limits=limits)
    with suppress(_EnoughError):
        stream_markup(path, handler, limits=limits)
    return handler.root


def _decoded(content: BinaryIO, *, file: str) -> Iterator[str]:
    head = content.peek(_HEAD_BYTES)  # type: ignore[attr-defined]
    return _decoded_chunks(head, chunks(content), file=file)


def _decoded_chunks(head: bytes, pieces: Iterable[bytes], *, file: str) -> Iterator[str]:
    """The document as text: Python decodes, because expat does not know GB18030 and should not know the rest."""
    encoding = _document_encoding(head, file=file)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise undecodable(file, encoding.upper(), None) from error


def _document_encoding(head: bytes, *, file: str) -> str:
    marked = marked_encoding(head, file=file)
    if marked is not None:
        return marked
    declared = _DECLARED.match(head)
    return allowed_encoding(declared.group(1).decode("ascii"), file=file) if declared else UTF_8


def _capped(pieces: Iterable[bytes], *, file: str, limits: ReadLimits) -> Iterator[bytes]:
    given = 0
    for piece in pieces:
        given += len(piece)
        if given > limits.max_document_bytes:
            raise DataError(
                f"{file} is a larger document than allowed",
                code="data.file.too_large",
                next_step="check the document, or raise max_document_bytes",
                file=file,
                max_document_bytes=limits.max_document_bytes,
            )
        yield piece


def _parse(text: Iterable[str], handler: MarkupHandler, *, file: str) -> None:
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setContentHandler(handler)  # type: ignore[arg-type]  # a locator of its own, see below
    handler.setDocumentLocator(parser)  # SAX itself tells it only to whole files, not to pieces
    try:
        for piece in text:
            parser.feed(piece)
        parser.close()
    except DefusedXmlException as error:
        raise DataError(
            f"{file}, line {handler.line}: the document has a document type or entity declaration, which is refused",
            code="data.xml.forbidden",
            next_step="remove the declaration (<!DOCTYPE …>) or ask the sender for a plain document",
            file=file,
            line=handler.line,
        ) from error
    except (SAXException, ValueError) as error:
        line = error.getLineNumber() if isinstance(error, SAXParseException) else handler.line
        raise DataError(
            f"{file}, line {line}: the XML is not well-formed or is cut off",
            code="data.xml.broken",
            next_step="export or copy the document again",
            file=file,
            line=line,
        ) from error


class _TreeHandler(MarkupHandler):
    """Builds the tree; text is collected in pieces and joined, stripped, at the element's end."""

    def __init__(self, *, file: str, limits: ReadLimits) -> None:
        super().__init__(file=file, limits=limits)
        self._open: list[tuple[Element, list[str]]] = []
        self._count = 0
        self.root = Element(name="", attributes={}, line=0)

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        self._count += 1
        if self._count > self.limits.max_xml_elements:
            raise DataError(
                f"{self.file}, line {self.line}: the document has more elements than allowed",
                code="data.xml.elements",
                next_step="split the document, or raise max_xml_elements",
                file=self.file,
                line=self.line,
                max_xml_elements=self.limits.max_xml_elements,
            )
        element = Element(name=name, attributes=attributes, line=self.line)
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self.root = element
        self._open.append((element, []))

    def said(self, text: str) -> None:
        if self._open:
            self._open[-1][1].append(text)

    def closed(self, name: str) -> None:  # noqa: ARG002 - the handler's interface
        element, pieces = self._open.pop()
        element.text = "".join(pieces).strip()


class _RootHandler(MarkupHandler):
    """Keeps the first start tag, then stops the parser."""

    def __init__(self, *, file: str, limits: ReadLimits) -> None:
        super().__init__(file=file, limits=limits)
        self.root = Root(name="", namespace="", declared=())

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's name
        """Take the root with its namespaces and stop."""
        spaces = {key: value for key, value in attrs.items() if key == "xmlns" or key.startswith("xmlns:")}
        prefix, colon, local = name.rpartition(":")
        own = spaces.get(f"xmlns{colon}{prefix}", "")
        self.root = Root(name=local, namespace=own, declared=tuple(sorted(spaces.values())))
        raise _EnoughError
