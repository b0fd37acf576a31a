"""XML written line by line, for exports that are too large to be built in memory. Used by `graphml` and `xes`."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import TextIO

# Characters that XML 1.0 (section 2.2) cannot hold in any form.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


# A reader makes blanks of these inside quotes (section 3.3.3), unless they are written as numbers.
_BLANKS = {9: "&#9;", 10: "&#10;", 13: "&#13;"}


def text(value: object) -> str:
    """Any value, safe between tags and inside double quotes."""
    return html.escape(_IMPOSSIBLE.sub("", str(value)), quote=True).translate(_BLANKS)


def start(name: str, attributes: Mapping[str, object]) -> str:
    """`<name a="1">`."""
    return f"<{name}{_written(attributes)}>"


def empty(name: str, attributes: Mapping[str, object]) -> str:
    """`<name a="1"/>`."""
    return f"<{name}{_written(attributes)}/>"


def line(out: TextIO, markup: str, *, depth: int = 0) -> None:
    """A line of its own."""
    out.write(f"{'  ' * depth}{markup}\n")


def _written(attributes: Mapping[str, object]) -> str:
    return "".join(f' {name}="{text(value)}"' for name, value in attributes.items())
