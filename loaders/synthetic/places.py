"""Provinces, cities and counties (GB/T 2260 codes) of the synthetic country, and the bureau of each.

Used by `population` and `organisation`. Authority codes are 1, the six digits of the region and four digits of the
office below it, so that each level's code is a prefix of the next one's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from loaders.synthetic.text import Floats

# province → (name, weight, city → (name, county → name)); codes as published, weights our own.
_PROVINCES: dict[str, tuple[str, int, dict[str, tuple[str, dict[str, str]]]]] = {
    "32": (
        "江苏",
        20,
        {
            "3201": ("南京", {"320102": "玄武", "320115": "江宁"}),
            "3202": ("无锡", {"320211": "滨湖", "320281": "江阴"}),
            "3205": ("苏州", {"320506": "吴中", "320583": "昆山"}),
        },
    ),
    "33": (
        "浙江",
        18,
        {
            "3301": ("杭州", {"330102": "上城", "330106": "西湖", "330109": "萧山"}),
            "3302": ("宁波", {"330203": "海曙", "330212": "鄞州"}),
            "3303": ("温州", {"330302": "鹿城", "330381": "瑞安"}),
        },
    ),
    "37": (
        "山东",
        15,
        {
            "3701": ("济南", {"370102": "历下", "370112": "历城"}),
            "3702": ("青岛", {"370202": "市南", "370211": "黄岛"}),
            "3706": ("烟台", {"370602": "芝罘"}),
        },
    ),
    "42": (
        "湖北",
        11,
        {
            "4201": ("武汉", {"420102": "江岸", "420111": "洪山"}),
            "4205": ("宜昌", {"420502": "西陵"}),
        },
    ),
    "44": (
        "广东",
        26,
        {
            "4401": ("广州", {"440106": "天河", "440111": "白云", "440113": "番禺"}),
            "4403": ("深圳", {"440305": "南山", "440306": "宝安"}),
            "4406": ("佛山", {"440604": "禅城", "440605": "南海"}),
        },
    ),
    "51": (
        "四川",
        10,
        {
            "5101": ("成都", {"510104": "锦江", "510107": "武侯"}),
            "5107": ("绵阳", {"510703": "涪城"}),
        },
    ),
}


@dataclass(frozen=True, slots=True)
class County:
    """The lowest region; everything above it is in its code."""

    code: str
    name: str
    city: str
    city_name: str
    province: str
    weight: float

    @property
    def bureau(self) -> str:
        """Authority code of the county's bureau."""
        return f"1{self.code}0000"


def counties() -> tuple[County, ...]:
    """All counties, ordered by code."""
    return tuple(
        County(code, name, city, city_name, province, weight / sum(len(towns) for _, towns in cities.values()))
        for province, (_, weight, cities) in _PROVINCES.items()
        for city, (city_name, towns) in cities.items()
        for code, name in towns.items()
    )


def county_weights() -> Floats:
    """Share of taxpayers of each county; sums to one."""
    weights = np.array([county.weight for county in counties()])
    shares: Floats = weights / weights.sum()
    return shares


def provinces() -> tuple[tuple[str, str], ...]:
    """Code and name of each province."""
    return tuple((code, name) for code, (name, _, _) in _PROVINCES.items())


def bureau_rows() -> list[tuple[str, str, int, str, str | None]]:
    """Bureaus of five levels: authority code, name, level, region, code of the bureau above."""
    rows: list[tuple[str, str, int, str, str | None]] = [("10000000000", "国家税务总局", 1, "000000", None)]
    for province, (province_name, _, cities) in _PROVINCES.items():
        above = f"1{province}00000000"
        rows.append((above, f"国家税务总局{province_name}省税务局", 2, f"{province}0000", "10000000000"))
        for city, (city_name, towns) in cities.items():
            middle = f"1{city}000000"
            rows.append((middle, f"国家税务总局{city_name}市税务局", 3, f"{city}00", above))
            for county, county_name in towns.items():
                below = f"1{county}0000"
                rows.append((below, f"国家税务总局{city_name}市{county_name}税务局", 4, county, middle))
                rows.extend(
                    (f"1{county}{office:02d}00", f"{county_name}税务局第{word}税务所", 5, county, below)
                    for office, word in OFFICES
                )
    return rows


OFFICES = ((1, "一"), (2, "二"))
