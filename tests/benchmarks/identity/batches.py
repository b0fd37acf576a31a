"""A batch of registrations resolved against what is there, and compared with everything resolved at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from graph.kernels.warm import KERNELS
from loaders.resolve.clusters import Clusters, clusters
from loaders.resolve.columns import in_order
from loaders.resolve.firms import links_of
from loaders.resolve.linkage.fields import prepare
from loaders.resolve.linkage.model import read_model
from loaders.resolve.linkage.scoring import Scored, score, score_more
from loaders.synthetic.identities.draw import identities
from loaders.synthetic.identities.plan import IdentityPlan
from tests.benchmarks.clock import peak_megabytes, spent
from tests.benchmarks.identity.sizes import MEASURED_SEED, Register


def resolve_a_batch(size: Register, folder: Path) -> dict[str, float]:
    """Facts of a batch; the folder is not used.

    Raises:
        SystemExit: if the batch ends elsewhere than everything at once.
    """
    del folder
    for name in ("edits", "affixes"):
        KERNELS[name]()
    drawn = identities(IdentityPlan(size.largest + size.batch, MEASURED_SEED))
    order = np.random.default_rng(MEASURED_SEED).permutation(size.largest + size.batch)
    model = read_model()
    known = in_order(prepare(drawn.registrations.take(order[size.batch :]), drawn.changes))
    before = score(known, model)
    batch = drawn.registrations.take(order[: size.batch])

    def resolve() -> tuple[pa.Table, Scored, Clusters]:
        fresh = prepare(batch, drawn.changes)
        said = score_more(known, before, fresh, model)
        return fresh, said, clusters(said.identifiers, links_of(said))

    (fresh, said, now), took = spent(resolve)
    peak = peak_megabytes()
    everything = score(pa.concat_tables([known, fresh]), model)
    whole = clusters(everything.identifiers, links_of(everything))
    if not (said.pairs.equals(everything.pairs) and now.members.equals(whole.members)):
        raise SystemExit("The batch ends elsewhere than everything at once: nothing was measured.")
    return {**took.facts("batch"), "batch.registrations": size.batch, "batch.peak_megabytes": peak}
