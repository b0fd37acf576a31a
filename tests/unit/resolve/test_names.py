"""Firm names, people, addresses and telephones: many writings, one form; sisters stay apart."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.resolve.names.affixes import Parts, words_at
from loaders.resolve.names.contacts import addresses, phones
from loaders.resolve.names.firms import firm_names
from loaders.resolve.names.folding import folded
from loaders.resolve.names.people import person_names
from loaders.resolve.names.pinyin import pinyin

PARTS = ("region", "brand", "trade", "kind", "branch", "numerals")
FIRMS = {
    "南京恒源商贸有限公司": ("南京", "恒源", "商贸", "公司", None, None),
    "江苏省南京市恒源商贸有限责任公司": ("南京", "恒源", "商贸", "公司", None, None),
    "恒源（南京）商贸有限公司": ("南京", "恒源", "商贸", "公司", None, None),
    "南京恒源商贸（有限合伙）": ("南京", "恒源", "商贸", "合伙", None, None),
    "南京恒源商贸有限公司苏州分公司": ("南京", "恒源", "商贸", "公司", "苏州分公司", None),
    "南京恒源商贸有限公司第二分公司": ("南京", "恒源", "商贸", "公司", "第二分公司", "2"),
    "中国工商银行股份有限公司南京分行": (None, "工商银行", None, "公司", "南京分行", None),
    "南京恒源建材批发经营部": ("南京", "恒源", "建材批发", "经营部", None, None),
    "内蒙古自治区包头市恒源十二店": ("包头", "恒源十二", None, "店", None, "102"),
    "恒源个体工商户": (None, "恒源", None, None, None, None),
    "華爲技術有限公司": (None, "华为", "技术", "公司", None, None),
    "ＡＣＭＥ　Trading　Ｃｏ．，　Ｌｔｄ．": (None, "acme trading", None, "公司", None, None),
    "Müller GmbH & Co. KG": (None, "muller", None, "合伙", None, None),
    "Visa": (None, "visa", None, None, None, None),
    "Acme Ltd Branch Office": (None, "acme", None, "公司", "branch office", None),
    "有限公司": (None, "有限", None, "公司", None, None),
    "南京": (None, "南京", None, None, None, None),
    "服务": (None, "服务", None, None, None, None),
    " （）": (None, None, None, None, None, None),
}
PHONES = {
    "139 1234 5678": "13912345678",
    "+86-139-1234-5678": "13912345678",
    "008613912345678": "13912345678",
    "025-83211234": "2583211234",
    "(025)83211234转8001": "2583211234",
    "+86 (0)25 8321 1234 ext. 5": "2583211234",
    "8621-1234": "86211234",
    "12345": None,
    "无": None,
}
ADDRESSES = {
    "江苏省南京市玄武区人民路12号3幢405室": "玄武区人民路 12 3 405",
    "南京市玄武区人民路１２－３－４０５": "玄武区人民路 12 3 405",
    "玄武区人民路12号": "玄武区人民路 12",
    "广东省": "广东省",
    "--": None,
}
PEOPLE = {"张 三": "张三", "歐陽娜娜": "欧阳娜娜", "Smith, John": "john smith", "JOHN SMITH": "john smith", "": None}
COLUMNS: list[Callable[[Any], Any]] = [folded, addresses, phones, person_names, lambda texts: pinyin(folded(texts))]
TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("南京恒源有限公司分12一( )（）號ß.,ΣLtd")),
    max_size=24,
)


@pytest.mark.parametrize(("written", "parts"), FIRMS.items())
def test_a_firm_name_has_these_parts(written: str, parts: tuple[str | None, ...]) -> None:
    assert tuple(firm_names(pa.array([written])).select(PARTS).to_pylist()[0].values()) == parts


@pytest.mark.parametrize(
    ("form", "table"),
    [(phones, PHONES), (addresses, ADDRESSES), (person_names, PEOPLE)],
    ids=["phone", "address", "person"],
)
def test_many_writings_have_one_form(form: Callable[[Any], Any], table: dict[str, str | None]) -> None:
    assert form(pa.array(list(table))).to_pylist() == list(table.values())


def test_homophones_sound_alike_and_other_signs_stay() -> None:
    assert pinyin(pa.array(["恒源a1", "横圆a1", None])).to_pylist() == ["heng'yuan'a1", "heng'yuan'a1", None]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), TEXTS), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_every_text_has_a_form_that_depends_on_its_own_row_alone(texts: list[str | None], random: Any) -> None:
    order = random.sample(range(len(texts)), len(texts))
    for form in [*COLUMNS, firm_names]:
        column = pa.array(texts, pa.string())
        assert form(column.take(order)).to_pylist() == form(column).take(order).to_pylist()
        assert len(form(column)) == len(texts)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_the_form_of_a_form_is_itself(texts: list[str]) -> None:
    for form in (folded, person_names):
        once = form(pa.array(texts, pa.string()))
        assert form(once).equals(once)
    whole = firm_names(pa.array(texts, pa.string()))["whole"].combine_chunks()
    assert firm_names(whole)["whole"].combine_chunks().equals(whole)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), TEXTS, st.text(st.sampled_from("恒源發é a(Aﬁ\u0301#\n"))), min_size=1, max_size=8))
def test_what_needs_no_folding_is_as_if_it_was_folded(texts: list[str | None]) -> None:
    marked = [None if text is None else f"{text}!" for text in texts]  # a sign that becomes a blank, and vanishes
    for brackets in (False, True):
        plain, told = (folded(pa.array(each, pa.string()), brackets=brackets) for each in (texts, marked))
        assert plain.equals(told)
        # A column may hide texts where it says nothing.
        hiding = pa.array(["Ａ-" if text is None else text for text in texts], pa.string())
        known = pa.array([text is not None for text in texts]).buffers()[1]
        hidden = pa.Array.from_buffers(pa.string(), len(texts), [known, *hiding.buffers()[1:]])
        assert folded(hidden, brackets=brackets).equals(told)


def test_folding_twice_is_folding_once_for_every_sign_there_is() -> None:
    signs = [
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) not in {"Cs", "Cn", "Co"}
    ]
    once = folded(pa.array(signs, pa.string()))
    assert folded(once).equals(once)


def test_nothing_has_a_form_of_nothing() -> None:
    empty = pa.array([], pa.string())
    assert [len(form(empty)) for form in [*COLUMNS, firm_names]] == [0] * 6


def test_the_longest_known_tail_is_cut_off_once_and_never_the_whole() -> None:
    words = ("公司", "有限公司")
    rest, tail = Parts.of(pa.array(["甲有限公司", "有限公司", None])).without_tail(words)
    assert rest.texts().to_pylist() == ["甲", "有限", None]
    assert words_at(tail, words).to_pylist() == ["有限公司", "公司", None]
