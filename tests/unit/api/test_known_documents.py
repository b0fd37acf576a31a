"""The book of documents that were found valid."""

from __future__ import annotations

from graphql import parse

from api.gql.documents import MOST_SIGNS, DocumentBook


def test_a_kept_document_is_found_by_its_text_alone() -> None:
    book, document = DocumentBook(), parse("{ a }")
    book.keep("{ a }", document)
    assert book.find("{ a }") is document
    assert book.find("{ b }") is None
    assert book.find(None) is None


def test_the_document_that_was_not_asked_for_longest_goes_first() -> None:
    book, document = DocumentBook(most=2), parse("{ a }")
    for text in ("one", "two"):
        book.keep(text, document)
    book.find("one")
    book.keep("three", document)
    assert [book.find(text) is not None for text in ("one", "two", "three")] == [True, False, True]


def test_a_very_long_text_is_not_kept() -> None:
    book, text = DocumentBook(), "x" * (MOST_SIGNS + 1)
    book.keep(text, parse("{ a }"))
    assert book.find(text) is None
