"""The generated reference is what the tree would write today, and links in the guides lead somewhere."""

from __future__ import annotations

import re

from api.docs.pages import pages
from tests.architecture.tree import ROOT, tracked_files

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def test_the_reference_is_fresh() -> None:
    folder = ROOT / "docs" / "reference"
    stale = [name for name, text in pages().items() if (folder / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs`"


def test_every_link_between_documents_leads_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in tracked_files()
        if page.suffix == ".md"
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []
