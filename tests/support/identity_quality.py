"""How good clusters are: pairs of registrations that were made one firm, against the truth of the generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Quality:
    """Pairs: made, true, and both. Of look-alikes: pairs with one of them or of their hosts at an end."""

    made: int
    true: int
    right: int
    alike_made: int
    alike_right: int

    @property
    def precision(self) -> float:
        """Share of the made pairs that are true."""
        return self.right / max(self.made, 1)

    @property
    def recall(self) -> float:
        """Share of the true pairs that were made."""
        return self.right / max(self.true, 1)

    @property
    def alike_precision(self) -> float:
        """Precision among look-alikes and their hosts alone."""
        return self.alike_right / max(self.alike_made, 1)


def quality(members: pa.Table, truth: pa.Table) -> Quality:
    """Judge clusters (`id, cluster`) by the truth (`id, taxpayer, lookalike, host`) of all registrations."""
    rows = truth.to_pandas().merge(members.to_pandas(), on="id", validate="one_to_one")
    hosts = rows.loc[rows["host"] >= 0, "host"].unique()
    rows["alike"] = (rows["lookalike"] != "") | rows["taxpayer"].isin(hosts)
    both = ["cluster", "taxpayer"]
    return Quality(
        made=_pairs(rows, ["cluster"]),
        true=_pairs(rows, ["taxpayer"]),
        right=_pairs(rows, both),
        alike_made=_pairs(rows, ["cluster"]) - _pairs(rows[~rows["alike"]], ["cluster"]),
        alike_right=_pairs(rows, both) - _pairs(rows[~rows["alike"]], both),
    )


def _pairs(rows: pd.DataFrame, by: list[str]) -> int:
    size = rows.groupby(by).size().to_numpy(np.int64)
    return int((size * (size - 1) // 2).sum())
