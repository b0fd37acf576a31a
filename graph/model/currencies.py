"""ISO 4217: how many decimals an amount of a currency has. Used by loaders and interfaces."""

from __future__ import annotations

from collections.abc import Mapping

HUNDREDTHS = 2
"""The exponent of every currency that is not named in `OTHER_EXPONENTS`."""
_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
OTHER_EXPONENTS: Mapping[int, tuple[str, ...]] = {
    0: tuple(_WITHOUT.split()),
    3: tuple(_THOUSANDTHS.split()),
    4: ("CLF", "UYW"),
}
_EXPONENT = {code: exponent for exponent, codes in OTHER_EXPONENTS.items() for code in codes}


def exponent_of(currency: str) -> int:
    """Decimals of the minor unit of a currency (its three capitals): 2 for CNY, 0 for JPY."""
    return _EXPONENT.get(currency, HUNDREDTHS)
