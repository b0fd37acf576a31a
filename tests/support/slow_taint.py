"""Bad sources upstream, by following purchases backwards from one firm. The slow reference of `tainted`."""

from __future__ import annotations

from tests.support.detection import LoadedCountry


def hops_to_a_flag(country: LoadedCountry, firm: str, *, most: int) -> int:
    """How many hops upstream the nearest flagged invoice is; 0 if it is further or nowhere."""
    reached = {firm}
    for hop in range(1, most + 1):
        bought = [invoice for each in sorted(reached) for invoice in country.purchases(each)]
        if any(invoice.number in country.told.flagged for invoice in bought):
            return hop
        reached = {country.taxpayer_of[invoice.seller] for invoice in bought}
    return 0
