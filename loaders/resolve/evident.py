"""Identity by certain rules and weighed evidence: the `Resolver` of a deployment that has a trained model.

Registrations are clustered by `firms.resolve_firms`; numbers then follow the registrations that bear them. A number
that registrations of several taxpayers bear stays with the one registered first, as where an officer parts them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from loaders.resolve.base import LINKS, MANY, Assigned, Before, Facts
from loaders.resolve.clusters import APART
from loaders.resolve.columns import Text, pc, places_of, texts, whole
from loaders.resolve.decided import Edge, standing, walked
from loaders.resolve.deterministic import Groups, Known, assigned, first_registered, known_tokens
from loaders.resolve.firms import Again, Firms, links_of, resolve_again, resolve_firms
from loaders.resolve.linkage.fields import REGISTRATIONS
from loaders.resolve.linkage.kept_rows import KeptRows
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.scoring import SAME as SAME_FIRM
from loaders.resolve.reviews import reviews_of

Longs = npt.NDArray[np.int64]
_WAY = "kept scores of model"  # releases that kept none said `model`
_MILLION = 1_000_000
_BIT = 1_000_000  # weights are millionths of a bit


class EvidenceResolver:
    """Clusters of registrations by a model, numbers by the registrations that bear them."""

    reads: tuple[str, ...] = ("name", "region", "legal_representative", "address", "phone")
    weighs = True

    def __init__(self, model: Model) -> None:
        self._model = model
        self.version = f"{_WAY} {model.digest}"

    def weigh(
        self,
        registrations: pa.Table,
        changes: pa.Table,
        decisions: pa.Table,
        *,
        before: Before | None = None,
        beside: Path | None = None,
    ) -> ByEvidence:
        """See `Resolver.weigh`. Registrations have all columns of `linkage.fields`, but `id`."""
        told = _told(registrations)
        kept = None if beside is None else KeptRows(beside)
        if before is None:
            found = Again(resolve_firms(told, changes, self._model, decisions=decisions, kept=kept))
        else:
            stood = replace(before, registrations=_told(before.registrations))
            found = resolve_again(told, changes, self._model, decisions=decisions, before=stood, kept=kept)
        return ByEvidence(
            found, decisions, reviews_of(found.firms.scored, found.firms.clusters, decisions, self._model)
        )


@dataclass(frozen=True, slots=True)
class ByEvidence:
    """`base.Weighed` of clusters of registrations."""

    found: Again
    decisions: pa.Table
    reviews: pa.Table

    @property
    def scores(self) -> pa.Table:
        """Pairs weighed."""
        return self.found.firms.scored.pairs

    @property
    def links(self) -> pa.Table:
        """Rules, what a rule would join and may not, evidence, and decisions of either kind."""
        scored = self.found.firms.scored
        named = (scored.rules, scored.refused, links_of(scored).pairs, self.decisions)
        return pa.concat_tables([table.select(LINKS.names).cast(LINKS) for table in named])

    @property
    def stirred(self) -> Text | None:
        """Whose evidence changed, and all that evidence rests on where that is to be told."""
        again, beside = self.found, self._beside
        return again.stirred if again.stirred is None or beside is None else pa.concat_arrays([again.stirred, beside])

    @property
    def _beside(self) -> Text | None:
        """What evidence rests on; None where that is too much to be told."""
        beside = self.found.beside
        return None if beside is None or len(beside) > MANY else beside

    def assign(self, facts: Facts) -> Assigned:
        """Taxpayers of the clusters of these registrations."""
        firms, registrations = self.found.firms, facts.registrations
        known = known_tokens(registrations, facts.changes, facts.parties)
        members = firms.clusters.members
        place = places_of(whole(members, "id"), _ids(registrations))[0].to_numpy()
        named, cluster = np.unique(_codes(members)[place], return_inverse=True)
        component = owned(known, registrations, cluster)
        count = int(component.max(initial=-1)) + 1
        evidence = np.zeros(count, np.int64)
        evidence[component[known.serials]] = probabilities(firms)[named][cluster]
        decided = np.zeros(count, np.bool_)
        decided[component[_decided(known, firms, self.decisions)]] = True
        taxpayers = assigned(known, registrations, facts.parties, Groups(component, decided, evidence))
        ground = None if self._beside is None else _ground(known, firms, self.decisions, self._beside)
        return Assigned(taxpayers, ground)


def _ground(known: Known, firms: Firms, decisions: pa.Table, beside: Text) -> Text:
    """Ids of all registrations that numbers, evidence or decisions lead to from those beside what a batch changed."""
    same = links_of(firms.scored).pairs
    ends = [_serials(known, whole(same, name)) for name in ("left", "right")]
    decided = np.array(standing(decisions, known.tokens, prefix="serial:").same, np.int64).reshape(-1, 2)
    left = np.concatenate([known.left, ends[0], decided[:, 0]])
    right = np.concatenate([known.right, ends[1], decided[:, 1]])
    size = len(known.tokens)
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    label = np.asarray(connected_components(graph, directed=False)[1], np.int64)
    stirred = np.zeros(size, np.bool_)
    stirred[label[_serials(known, beside)]] = True
    chosen: Any = pa.array(known.serials[stirred[label[known.serials]]])
    return pc.utf8_slice_codeunits(known.tokens.take(chosen), len("serial:"))


def _serials(known: Known, ids: Text) -> Longs:
    """Codes of the serials of registrations; those that are no token are left out."""
    named = pc.binary_join_element_wise("serial", ids, ":")
    return np.asarray(pc.index_in(named, known.tokens).drop_null().to_numpy(), np.int64)


def _told(registrations: pa.Table) -> pa.Table:
    """Registrations as linkage takes them; what the register does not tell is null."""
    columns: dict[str, Any] = {"id": _ids(registrations)}
    for field in REGISTRATIONS:
        if field.name in registrations.column_names:
            columns[field.name] = registrations.column(field.name)
    nothing = {f.name: pa.nulls(registrations.num_rows, f.type) for f in REGISTRATIONS if f.name not in columns}
    return pa.table({**columns, **nothing}).select(REGISTRATIONS.names)


def _ids(registrations: pa.Table) -> Text:
    """Keys of registrations: source, colon, the source's own serial."""
    return pc.binary_join_element_wise(*(whole(registrations, name) for name in ("source", "source_id")), ":")


def _codes(members: pa.Table) -> Longs:
    """The cluster of each member, as a number from 0 in order of its first member."""
    ids, cluster = whole(members, "id"), whole(members, "cluster")
    head = pc.equal(ids, cluster).to_numpy(zero_copy_only=False)
    codes: Longs = np.cumsum(head) - 1
    (first,) = places_of(ids, cluster.filter(pa.array(~head)))  # few: most are alone
    codes[~head] = codes[first.to_numpy()]
    return codes


def owned(known: Known, registrations: pa.Table, cluster: Longs) -> Longs:
    """Components of all tokens in which the registrations of a cluster are together, and no two clusters are.

    Args:
        known: tokens and what is stated of them.
        registrations: `registered_on` decides who keeps a number of several clusters.
        cluster: int64[r], a number from 0 for each registration.
    """
    head = np.zeros(int(cluster.max(initial=-1)) + 1, np.int64)
    head[cluster[::-1]] = known.serials[::-1]
    left, right = np.concatenate([known.left, known.serials]), np.concatenate([known.right, head[cluster]])
    size = len(known.tokens)
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    component = np.asarray(connected_components(graph, directed=False)[1], np.int64)
    several = np.bincount(component[head], minlength=size) > 1
    if not several.any():
        return component
    held = several[component]
    edges = walked(known.left, known.right, held, first_registered(known, registrations, held))
    return _apart(component, edges, known.serials, head[cluster])


def _apart(component: Longs, edges: Iterable[Edge], serials: Longs, heads: Longs) -> Longs:
    """The components with those that hold several clusters walked edge by edge; numbered anew from 0."""
    parent = dict(zip(serials.tolist(), heads.tolist(), strict=True))
    owner = {head: head for head in set(heads.tolist())}

    def root(code: int) -> int:
        while (above := parent.get(code, code)) != code:
            code = above
        return code

    touched: set[int] = set()
    for left, right in edges:
        touched |= {left, right}
        one, other = root(left), root(right)
        mine, theirs = owner.get(one), owner.get(other)
        if one != other and (mine is None or theirs is None):
            keeps, joins = (one, other) if theirs is None else (other, one)
            parent[joins] = keeps
    label = component.copy()
    codes = sorted(touched)
    label[codes] = [len(component) + root(code) for code in codes]
    return np.asarray(np.unique(label, return_inverse=True)[1], np.int64)


def probabilities(firms: Firms) -> Longs:
    """How probable each cluster is, by code as `_codes` numbers them: millionths; 0 where rules alone join it.

    It is the probability of its weakest link: of each group that rules make, the best pair with another one of the
    cluster counts.
    """
    ids, group = (whole(firms.scored.identifiers, name) for name in ("id", "group"))
    of = _codes(firms.clusters.members)  # identifiers and members are in order of ids
    pairs = firms.scored.pairs.filter(pc.equal(firms.scored.pairs["verdict"], SAME_FIRM))
    ends = np.concatenate(places_of(ids, *(whole(pairs, name) for name in ("left", "right")))).astype(np.int64)
    groups = group.take(pa.array(ends)).dictionary_encode()
    part = groups.indices.to_numpy().astype(np.int64)
    home = np.zeros(len(groups.dictionary), np.int64)
    home[part] = of[ends]
    (left, right), (one, other) = ends.reshape(2, -1), part.reshape(2, -1)
    between = (of[left] == of[right]) & (one != other)
    best = np.full(len(home), -1.0)
    weight = pairs["weight"].to_numpy()[between]
    for end in (one, other):
        np.maximum.at(best, end[between], weight)
    weighed = np.flatnonzero(best >= 0)
    weakest = np.full(int(of.max(initial=-1)) + 1, np.inf)
    np.minimum.at(weakest, home[weighed], best[weighed])
    chance = np.where(np.isinf(weakest), 0.0, _MILLION / (1 + np.exp2(-weakest / _BIT)))
    return np.rint(chance).astype(np.int64)


def _decided(known: Known, firms: Firms, decisions: pa.Table) -> Longs:
    """Codes of the serials that a decision joined, or kept apart against what else is known."""
    refused = firms.clusters.refused.filter(pc.equal(firms.clusters.refused["reason"], APART))
    if not refused.num_rows and not decisions.num_rows:  # looking up among all tokens costs
        return np.zeros(0, np.int64)
    named = [f"serial:{key}" for name in ("left", "right") for key in refused[name].to_pylist()]
    kept: Longs = pc.index_in(texts(named), known.tokens).drop_null().to_numpy().astype(np.int64)
    joined = np.array(standing(decisions, known.tokens, prefix="serial:").same, np.int64).ravel()
    return np.concatenate([kept, joined])
