"""The SQL of whole columns says what `graph.identifiers` and `decimal` say of one value."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import identifiers
from loaders.staging.engine import Staging, StagingOptions, open_staging
from tests.support.batches import KEY

NUMBERS = st.text("0123456789X", min_size=15, max_size=20)
CODES = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=18, max_size=18)


@pytest.fixture(scope="module")
def staging() -> Iterator[Staging]:
    with open_staging(StagingOptions(threads=1), hmac_key=KEY, zone="Asia/Shanghai") as opened:
        yield opened


@settings(deadline=None, max_examples=60)
@given(number=NUMBERS | st.just("11010519491231002X") | st.just("110105491231002"))
def test_resident_ids_are_found_and_lengthened_alike(staging: Staging, number: str) -> None:
    found = staging.rows("SELECT holds_resident(?), long_resident(?)", [number, number])[0]
    assert found == (identifiers.holds_resident_id(number), identifiers.long_resident_id(number))


@settings(deadline=None, max_examples=60)
@given(code=CODES | st.just("91350100M000100Y43"))
def test_check_digits_of_credit_codes_agree(staging: Staging, code: str) -> None:
    assert staging.value("SELECT uscc_wrong(?)", [code]) == (not uscc_check(code))


def uscc_check(code: str) -> bool:
    """GB 32100-2015, written the slow way."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return signs[(31 - total % 31) % 31] == code[17]


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=40))
def test_the_hmac_is_that_of_the_library(staging: Staging, text: str) -> None:
    plain = text.replace("\0", "")
    expected = hmac.new(KEY, plain.encode(), hashlib.sha256).hexdigest()
    assert staging.value("SELECT hmac(?)", [plain]) == expected


@settings(deadline=None, max_examples=100)
@given(amount=st.decimals(min_value=-(10**12), max_value=10**12, places=5), exponent=st.sampled_from([0, 2, 3]))
def test_money_is_exact_to_the_minor_unit(staging: Staging, amount: Decimal, exponent: int) -> None:
    expected = int((amount * 10**exponent).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    assert staging.value("SELECT money(?, ?)", [f"{amount:f}", exponent]) == expected


@settings(deadline=None, max_examples=60)
@given(value=st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_decimal_text_is_canonical(staging: Staging, value: Decimal) -> None:
    text = staging.value("SELECT decimal_text(?)", [f"{value:f}"])
    assert Decimal(text) == value
    assert text == staging.value("SELECT decimal_text(?)", [text])
    assert not ("." in text and text.endswith(("0", ".")))


@settings(deadline=None, max_examples=40)
@given(number=st.text("0123456789", min_size=1, max_size=12), red=st.none() | st.booleans())
def test_foreign_invoice_keys_agree(staging: Staging, number: str, red: bool | None) -> None:
    key = identifiers.invoice_key(number=number, scheme="foreign", seller="no:A", red=red)
    assert staging.value("SELECT foreign_key('no:A', ?, ?)", [number, red]) == key


def test_taxpayer_ids_agree(staging: Staging) -> None:
    assert staging.value("SELECT taxpayer_of('no:A')") == identifiers.taxpayer_id("no:A")
