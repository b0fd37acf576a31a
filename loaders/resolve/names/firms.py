"""A firm's name in parts: region, brand, trade, legal form, branch. Called by `loaders.resolve.linkage.fields`.

`南京恒源（江苏）商贸有限责任公司苏州分公司`: what a clerk reads in it, so that forms of one name
fall together and sisters (another trade, a second firm, a branch) fall apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from loaders.resolve.columns import pc
from loaders.resolve.names.affixes import Parts, without_region
from loaders.resolve.names.folding import folded
from loaders.resolve.names.words import BRANCHES, CITIES, FORM_KINDS, NUMERALS, PROVINCES, TRADES

if TYPE_CHECKING:
    from loaders.resolve.columns import Text

_NOTHING = pa.scalar(None, pa.string())
_MOST_TRADES = 4  # words of trade in one name
_FORMS = tuple(FORM_KINDS)
_ANY_BRANCH = "(?:" + "|".join(BRANCHES) + ")"
_REGIONS = "(?:" + "|".join(sorted({*PROVINCES, *CITIES}, key=lambda word: (-len(word), word))) + ")"
_BRACKETED_REGION = rf"^([^(]+?) ?\( ?({_REGIONS}) ?(?:省|市)? ?\)"
# After which words of a name its branch begins; a company is looked for first, then what may stand in its name.
_HEADS = (
    rf"^(?P<head>.+?公司)(?P<branch>.*{_ANY_BRANCH})$",
    rf"^(?P<head>.+?(?:银行|合作社|集团|厂|事务所))(?P<branch>.*{_ANY_BRANCH})$",
)
_PLAIN_BRANCH = rf"^(?P<head>.+?)(?P<branch>{_ANY_BRANCH}| branch(?: office)?)$"


def firm_names(names: Text) -> pa.Table:
    """The parts of each name, all in folded text, null where absent.

    Returns:
        `whole`: all of it; `region`: city, else province, at its head or in its brackets; `brand`; `trade`; `kind`: of
        the legal form (公司, 合伙, 商行 …); `stem`: brand and trade; `branch`: what it is a branch as, after
        the head office's name; `numerals`: the numbers in it, in digits.
    """
    bracketed = folded(names, brackets=True)
    moved = _where(bracketed, r"\(", lambda some: pc.replace_substring_regex(some, _BRACKETED_REGION, r"\2\1"))
    whole = _where(moved, r"[()]", lambda some: folded(pc.replace_substring_regex(some, "[()]", " ")))
    head, branch = _without_branch(whole)
    rest, form = Parts.of(head).without_tail(_FORMS)
    stem, region = without_region(rest)
    brand = stem
    for _ in range(_MOST_TRADES):
        brand, _trade = brand.without_tail(TRADES)
    return pa.table(
        {
            "whole": whole,
            "region": region,
            "brand": brand.texts(),
            "trade": stem.behind(brand).texts(empty=False),
            "kind": pa.array(list(FORM_KINDS.values())).take(pa.array(form, mask=form < 0)),
            "stem": stem.texts(),
            "branch": branch,
            "numerals": _numerals(whole),
        }
    )


def _where(texts: Text, pattern: str, change: Any) -> Text:
    """The texts, those with the pattern changed: few have it."""
    mask = pc.match_substring_regex(texts, pattern).fill_null(False)
    if not mask.true_count:
        return texts
    found: Text = pc.replace_with_mask(texts, mask, change(texts.filter(mask)))
    return found


def _without_branch(whole: Text) -> tuple[Text, Text]:
    """The head office's name, and what follows it in the name of a branch."""
    mask = pc.match_substring_regex(whole, rf"{_ANY_BRANCH}$| branch(?: office)?$").fill_null(False)
    some = whole.filter(mask)
    parts = pc.coalesce(*(pc.extract_regex(some, pattern) for pattern in (*_HEADS, _PLAIN_BRANCH)))
    head = pc.replace_with_mask(whole, mask, pc.coalesce(pc.struct_field(parts, "head"), some))
    nothing: Any = pa.nulls(len(whole), pa.string())
    branch = pc.utf8_trim_whitespace(pc.struct_field(parts, "branch"))
    return head, pc.replace_with_mask(nothing, mask, branch)


def _numerals(whole: Text) -> Text:
    """The numerals of a name as digits."""

    def digits(some: Text) -> Text:
        only = pc.replace_substring_regex(some, f"[^0-9{''.join(NUMERALS)}]+", "")
        for written, value in NUMERALS.items():
            only = pc.replace_substring(only, written, value)
        return only

    found = _where(whole, f"[0-9{''.join(NUMERALS)}]", digits)
    return pc.if_else(pc.equal(found, whole), _NOTHING, found)
