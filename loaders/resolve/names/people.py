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
    several = pc.match_substring(text, " ").fill_null(False)
    if not several.true_count:  # a class of so many signs is slow to look for
        return text
    latin = pc.match_substring_regex(text.filter(several), f"^[^{HAN}]* [^{HAN}]*$")
    several = pc.replace_with_mask(several, several, latin)
    if not several.true_count:
        return text
    ordered = [" ".join(sorted(name.split(" "))) for name in map(str, text.filter(several).to_pylist())]
    return pa.array(pc.replace_with_mask(text, several, pa.array(ordered, pa.string())))
