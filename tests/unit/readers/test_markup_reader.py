"""The gate for XML: what is refused, with file and line, and the encodings that are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graph.errors import DataError
from loaders.readers.limits import ReadLimits
from loaders.readers.markup import find_root, read_document

if TYPE_CHECKING:
    from pathlib import Path

    from loaders.readers.markup import Element


def read(folder: Path, content: bytes | str, **limits: int) -> Element:
    file = folder / "document.xml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(file, limits=ReadLimits(**limits))


def refusal(folder: Path, content: bytes | str, **limits: int) -> DataError:
    with pytest.raises(DataError) as caught:
        read(folder, content, **limits)
    assert caught.value.next_step
    assert caught.value.facts["file"] == "document.xml"
    return caught.value


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd">',
        "<!DOCTYPE a>",
    ],
)
def test_a_document_type_is_refused_with_its_line(tmp_path: Path, declaration: str) -> None:
    error = refusal(tmp_path, f"<?xml version='1.0'?>\n{declaration}\n<a/>")
    assert (error.code, error.facts["line"]) == ("data.xml.forbidden", 2)


@pytest.mark.parametrize("content", ["<a>\n<b>\n</a>", "<a>\n<b/>\n", "<a>\n&unknown;\n</a>", "<a>\n<b></b>\n</a><c/>"])
def test_broken_and_cut_off_documents_name_the_line(tmp_path: Path, content: str) -> None:
    error = refusal(tmp_path, content)
    assert error.code == "data.xml.broken"
    assert isinstance(error.facts["line"], int)
    assert error.facts["line"] >= 2


def test_nesting_is_capped(tmp_path: Path) -> None:
    error = refusal(tmp_path, "<a>\n" * 11 + "</a>" * 11, max_xml_depth=10)
    assert (error.code, error.facts["line"]) == ("data.xml.depth", 11)


def test_elements_are_capped(tmp_path: Path) -> None:
    assert refusal(tmp_path, f"<a>{'<b/>' * 10}</a>", max_xml_elements=10).code == "data.xml.elements"


def test_the_size_of_a_document_is_capped(tmp_path: Path) -> None:
    assert refusal(tmp_path, f"<a>{'b' * 200}</a>", max_document_bytes=100).code == "data.file.too_large"


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "GBK", "gb2312"])
def test_the_declared_encoding_is_followed(tmp_path: Path, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?><a>示例商贸有限公司</a>'.encode(encoding)
    assert read(tmp_path, content).text == "示例商贸有限公司"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_followed(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "<a>示例</a>".encode(encoding)).text == "示例"


def test_an_encoding_that_is_not_read_is_named_as_the_fault(tmp_path: Path) -> None:
    content = '<?xml version="1.0" encoding="EBCDIC-CP-US"?><a/>'
    assert refusal(tmp_path, content).code == "data.file.encoding"


def test_text_that_is_not_in_its_declared_encoding_is_refused(tmp_path: Path) -> None:
    content = b'<?xml version="1.0" encoding="UTF-8"?><a>\xff\xfe</a>'
    assert refusal(tmp_path, content).code == "data.file.encoding"


def test_prefixes_are_dropped_and_comments_do_not_cut_text(tmp_path: Path) -> None:
    root = read(tmp_path, '<x:a xmlns:x="urn:x" x:k="1"> p<!-- c -->q <x:b/></x:a>')
    assert (root.name, root.attributes["k"], root.text, root.children[0].name) == ("a", "1", "pq", "b")


def test_the_root_is_found_without_reading_on(tmp_path: Path) -> None:
    file = tmp_path / "document.xml"
    file.write_text('<x:a xmlns:x="urn:x" xmlns="urn:y">broken <', encoding="utf-8")
    root = find_root(file, limits=ReadLimits())
    assert (root.name, root.namespace, root.declared) == ("a", "urn:x", ("urn:x", "urn:y"))
