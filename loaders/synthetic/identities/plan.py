"""How many registrations are asked for, and the shares of everything that happens to them. Read by every stage."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from graph.errors import SettingsError

# Of all registrations: a second one of the same taxpayer ...
CHANGED_NUMBER_SHARE = 0.10  # under a former number
CROSS_REGION_SHARE = 0.06  # in another region
SECOND_SYSTEM_SHARE = 0.02  # in another register, under the same number
# ... and what is wrong with a registration, whoever's it is.
ONE_EDIT_SHARE, TWO_EDITS_SHARE = 0.05, 0.03
RENAMED_SHARE, MOVED_SHARE, MISSING_SHARE = 0.05, 0.05, 0.02
LOOKALIKE_SHARE = 0.02
# A change of name, representative or number that the register of changes tells of.
RECORDED_SHARE = 0.6
# Former numbers: told by the register of changes, holding the organisation code, telling nothing.
FORMER_NUMBER_SHARES = (0.4, 0.3, 0.3)
SAME_NUMBER_ELSEWHERE_SHARE = 0.5
OTHER_ADDRESS_ELSEWHERE_SHARE, OTHER_PHONE_ELSEWHERE_SHARE = 0.7, 0.3
# Taxpayers without a social credit code: small old businesses, and every second one that looks like another.
CODELESS_SHARE, CODELESS_LOOKALIKE_SHARE = 0.08, 0.5
DOCUMENT_SHARE = 0.6  # of registrations whose representative's document is known
AGENT_FIRMS = 50
LEAST = 1_000


@dataclass(frozen=True, slots=True)
class IdentityPlan:
    """So many registrations, drawn with this seed.

    Raises:
        SettingsError: `settings.synthetic`, if there are too few for every kind of look-alike.
    """

    registrations: int
    seed: int

    def __post_init__(self) -> None:
        if self.registrations < LEAST:
            raise SettingsError(
                f"synthetic identities need at least {LEAST} registrations",
                code="settings.synthetic",
                next_step=f"ask for {LEAST} or more",
                name="registrations",
                value=self.registrations,
            )

    def share(self, share: float) -> int:
        """That share of all registrations."""
        return round(self.registrations * share)

    @property
    def taxpayers(self) -> int:
        """True taxpayers, look-alikes among them."""
        return self.registrations - sum(
            map(self.share, (CHANGED_NUMBER_SHARE, CROSS_REGION_SHARE, SECOND_SYSTEM_SHARE))
        )

    @property
    def lookalikes(self) -> int:
        """Taxpayers that look like another one; they are the last."""
        return self.share(LOOKALIKE_SHARE)

    def chance(self, stage: str) -> np.random.Generator:
        """The stream of one stage."""
        return np.random.default_rng([self.seed, zlib.crc32(b"identities " + stage.encode())])
