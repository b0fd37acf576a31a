"""Names of people as they are compared. Called by `loaders.resolve.linkage.fields` and `loaders.resolve.persons`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from loaders.resolve.columns import pc
from loaders.resolve.names.folding import HAN, folded

if TYPE_CHECKING:
    from loaders.resolve.columns import Text


def person_names(names: Text) -> Text:
    """Folded names; words of Latin names in their alphabetical order, as registers put either name first."""
    text = folded(names)
    several = pc.match_substring_regex(text, f"^[^{HAN}]* [^{HAN}]*$").fill_null(False)
    if not pc.any(several).as_py():
        return text
    ordered = [" ".join(sorted(name.split(" "))) for name in map(str, text.filter(several).to_pylist())]
    return pa.array(pc.replace_with_mask(text, several, pa.array(ordered, pa.string())))
