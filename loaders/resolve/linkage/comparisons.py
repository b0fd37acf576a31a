"""How two registrations are compared, field by field, from the strongest agreement down. Read by every other module.

A telephone, address or name that many firms bear is a level of its own: what an agent's fifty clients share tells
little, whatever a model was trained on. Levels are SQL on the columns of both registrations.
"""

from __future__ import annotations

from dataclasses import dataclass

from loaders.resolve.linkage.database import EDITS


@dataclass(frozen=True, slots=True)
class Level:
    """One outcome of a comparison; `sql` of the last one is empty. `frequency`: column whose rare values tell more."""

    name: str
    sql: str
    frequency: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field with its levels; `unknown` is when nothing can be said."""

    field: str
    unknown: str
    levels: tuple[Level, ...]


# Up to OWN firms a value is somebody's own; up to FEW it is shared; beyond, it is known to everybody.
OWN_FIRMS, FEW_FIRMS = 4, 20
USES = ("stem", "phone", "address")


def _alike(column: str) -> str:
    """Equal, or one says nothing."""
    return f"coalesce({column}_l = {column}_r, true)"


def _same(column: str) -> str:
    """Equal, or both say nothing."""
    return f"{column}_l IS NOT DISTINCT FROM {column}_r"


def _borne(column: str) -> tuple[Level, ...]:
    """Equal values by how many firms bear them."""
    equal = f"{column}_l = {column}_r"
    return (
        Level("same, its own", f"{equal} AND {column}_use_l = 0"),
        Level("same, shared by few", f"{equal} AND {column}_use_l = 1"),
        Level("same, shared by many", equal),
    )


_PLACE = f"{_alike('named_region')} AND {_alike('kind')}"
_FORM = f"{_PLACE} AND {_same('branch')}"
# Head office and branch are never compared, so both are branches here, or neither is.
_OFFICE = f"coalesce({EDITS}(branch_l, branch_r) <= 1, true)"
_OTHER = Level("different", "")
_REST = f"trade_l = trade_r AND {_same('named_region')} AND {_same('kind')}"
# What a slip leaves of a known trade is its end.
_OTHER_TRADE = f"{EDITS}(trade_l, trade_r) > 1 AND NOT suffix(trade_l, trade_r) AND NOT suffix(trade_r, trade_l)"
# Half of its signs at least are others; a sign left out or two swapped are slips.
_LENGTHS = "length(brand_l), length(brand_r)"
_SIGNS = "list_sort(string_split(brand_{side}, ''))"
_REPLACED = (
    f"{EDITS}(brand_l, brand_r) * 2 >= greatest({_LENGTHS}) "
    f"AND {EDITS}(brand_l, brand_r) > greatest({_LENGTHS}) - least({_LENGTHS}) "
    f"AND {_SIGNS.format(side='l')} <> {_SIGNS.format(side='r')}"
)
_EDITED = ((1, "one edit"), (2, "two edits"), (3, "three edits"))
NAME = Comparison(
    "name",
    "stem_l IS NULL OR stem_r IS NULL",
    (
        Level("same, its own", f"stem_l = stem_r AND {_FORM} AND stem_use_l = 0"),
        Level("same, shared", f"stem_l = stem_r AND {_FORM}"),
        Level("former name", "list_contains(former_titles_l, title_r) OR list_contains(former_titles_r, title_l)"),
        # One brand in another trade, region or form, or its second firm: what one owner, or nobody, runs side by side.
        Level(
            "sister name",
            f"brand_l = brand_r AND NOT ({_PLACE} AND {_OFFICE} AND {_same('trade')} AND {_same('numerals')})",
        ),
        Level("another trade", _OTHER_TRADE),
        Level("same sound", f"sound_l = sound_r AND {_FORM}"),
        # 恒源商贸 and 恒泰商贸 may be one owner's two firms as well as one firm and a slip: names do not tell.
        Level("another brand", f"{_REST} AND {_REPLACED}"),
        *(Level(name, f"{_same('numerals')} AND {EDITS}(whole_l, whole_r) = {edits}") for edits, name in _EDITED),
        _OTHER,
    ),
)
# Names that agree; with three edits they do if the representatives do.
NAMED = ("same, its own", "same, shared", "former name", "same sound", "one edit", "two edits")
NEARLY_NAMED = ("three edits",)
REPRESENTED = ("same document", "former one", "same name")
_DOCUMENTS = "person_key_l IS NOT NULL AND person_key_r IS NOT NULL"
PERSON = Comparison(
    "representative",
    f"(person_l IS NULL OR person_r IS NULL) AND NOT ({_DOCUMENTS})",
    (
        Level("same document", "person_key_l = person_key_r"),
        Level("former one", "list_contains(former_people_l, person_r) OR list_contains(former_people_r, person_l)"),
        Level("another document", _DOCUMENTS),
        Level("same name", "person_l = person_r", frequency="person"),
        _OTHER,
    ),
)
PHONE = Comparison("phone", "phone_l IS NULL OR phone_r IS NULL", (*_borne("phone"), _OTHER))
ADDRESS = Comparison("address", "address_l IS NULL OR address_r IS NULL", (*_borne("address"), _OTHER))
_APART = "abs(date_diff('day', registered_on_l, registered_on_r))"
DAY = Comparison(
    "registered_on",
    "registered_on_l IS NULL OR registered_on_r IS NULL",
    (Level("same day", f"{_APART} = 0"), Level("within three years", f"{_APART} <= 1096"), _OTHER),
)
COMPARISONS = (NAME, PERSON, PHONE, ADDRESS, DAY)
COMPARED = (
    *(
        "stem",
        "brand",
        "trade",
        "kind",
        "named_region",
        "branch",
        "numerals",
        "whole",
        "sound",
        "title",
        "former_titles",
    ),
    *("person", "person_key", "former_people", "phone", "address", "registered_on"),
)
