"""XML that is written line by line is whole, whatever the data holds."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from api.operations import markup

IMPOSSIBLE = {chr(code) for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_as_far_as_xml_can_hold_it(value: str) -> None:
    read = ET.fromstring(markup.empty("string", {"key": value}))  # noqa: S314 - written by ourselves
    assert read.get("key") == "".join(sign for sign in value if sign not in IMPOSSIBLE)
