"""Known words at the ends of texts: as a search through all words says, in any script."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.resolve.names.affixes import Parts, words_at

SIGNS = st.sampled_from("a恒司公 ")
TEXTS = st.lists(st.none() | st.text(SIGNS, max_size=6).map(str.strip), max_size=12)
WORDS = st.lists(st.text(SIGNS, min_size=1, max_size=3), min_size=1, max_size=6, unique=True).map(tuple)


def longest(text: str | None, words: tuple[str, ...], *, head: bool) -> str | None:
    """The longest word at that end of the text, which must not be the whole."""
    if text is None:
        return None
    stands = text.startswith if head else text.endswith
    return max((word for word in words if stands(word) and len(word) < len(text)), key=len, default=None)


def rest(text: str | None, word: str | None, *, head: bool) -> str | None:
    """What is left of a text."""
    if text is None or word is None:
        return text
    return (text[len(word) :] if head else text[: -len(word)]).strip()


@settings(deadline=None)  # the first call compiles
@given(TEXTS, WORDS)
def test_the_longest_word_at_either_end_is_cut_off(texts: list[str | None], words: tuple[str, ...]) -> None:
    parts = Parts.of(pa.array(["before", *texts, "behind"], pa.string())[1:-1])  # in the middle of a buffer
    for head in (True, False):
        left, found = (parts.without_head if head else parts.without_tail)(words)
        wanted = [longest(text, words, head=head) for text in texts]
        assert words_at(found, words).to_pylist() == wanted
        assert left.texts().to_pylist() == [
            rest(text, word, head=head) for text, word in zip(texts, wanted, strict=True)
        ]


@settings(deadline=None)
@given(TEXTS, WORDS)
def test_a_text_that_is_a_word_and_nothing_else_is_known(texts: list[str | None], words: tuple[str, ...]) -> None:
    parts = Parts.of(pa.array(texts, pa.string()))
    assert parts.is_one_of(words).tolist() == [text in words for text in texts]


@settings(deadline=None)
@given(TEXTS, WORDS)
def test_what_stands_behind_is_what_was_cut_off(texts: list[str | None], words: tuple[str, ...]) -> None:
    parts = Parts.of(pa.array(texts, pa.string()))
    left, found = parts.without_tail(words)
    cut = [None if word is None or not word.strip() else word.strip() for word in words_at(found, words).to_pylist()]
    assert parts.behind(left).texts(empty=False).to_pylist() == cut
