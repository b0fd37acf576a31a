"""One bureau serial, or one number through its recorded changes, is one taxpayer, unless an officer decided otherwise.

Tokens (a registration's serial, its numbers, the numbers that its changes name) are vertices, a registration or
change joins its own; a connected component is a taxpayer. Names and legal representatives are never used. The default
`Resolver`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from loaders.resolve.base import LINKS, NOBODY, REVIEWS, SCORES, Assigned, Before, Facts
from loaders.resolve.columns import Text
from loaders.resolve.decided import parted, standing, walked

Texts = Any  # pa.Array of strings; its stubs know no joins of arrays with text
_CERTAIN = 1_000_000
_NUMBERED = ("tax_number", "uscc")


class DeterministicResolver:
    """Connected components over tokens; see the module."""

    reads: tuple[str, ...] = ()
    weighs = False
    version: str = "numbers"

    def weigh(
        self,
        registrations: pa.Table,
        changes: pa.Table,
        decisions: pa.Table,
        *,
        before: Before | None = None,
        beside: Path | None = None,
    ) -> ByNumbers:
        """Nothing is weighed; see `Resolver.weigh`."""
        del registrations, changes, before, beside
        return ByNumbers(decisions)


@dataclass(frozen=True, slots=True)
class ByNumbers:
    """`base.Weighed` of a resolver that weighs nothing."""

    decisions: pa.Table

    @property
    def reviews(self) -> pa.Table:
        """None."""
        return REVIEWS.empty_table()

    @property
    def scores(self) -> pa.Table:
        """None."""
        return SCORES.empty_table()

    @property
    def links(self) -> pa.Table:
        """Decisions of either kind."""
        return self.decisions.select(LINKS.names).cast(LINKS)

    @property
    def stirred(self) -> Text | None:
        """Nobody."""
        return NOBODY

    def assign(self, facts: Facts) -> Assigned:
        """Connected components of these facts."""
        known = known_tokens(facts.registrations, facts.changes, facts.parties)
        component, decided = _components(known, facts.registrations, self.decisions)
        return Assigned(assigned(known, facts.registrations, facts.parties, Groups(component, decided)), NOBODY)


@dataclass(frozen=True, slots=True)
class Known:
    """Tokens by code; codes of the parties' own, of the registrations' serials, and of both ends of every edge."""

    tokens: Texts
    own: np.ndarray
    serials: np.ndarray
    left: np.ndarray
    right: np.ndarray


@dataclass(frozen=True, slots=True)
class Groups:
    """Which tokens are one taxpayer, and why.

    Attributes:
        component: int64[n], a number from 0 for each token.
        decided: bool by component: a decision made it what it is.
        evidence: int64 by component, millionths: how probable it is where evidence joins it; 0 where rules do.
    """

    component: np.ndarray
    decided: np.ndarray
    evidence: np.ndarray | None = None


def known_tokens(registrations: pa.Table, changes: pa.Table, parties: pa.Table) -> Known:
    """All tokens, and the edges between them that registrations and changes state."""
    serial, edges = _edges(registrations, changes)
    tokens = pa.chunked_array([parties.column("id").combine_chunks(), *edges[0], *edges[1]])
    encoded = tokens.combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy().astype(np.int64)
    places: Any = pc.index_in(serial, encoded.dictionary)
    left, right = np.split(codes[parties.num_rows :], 2)
    return Known(encoded.dictionary, codes[: parties.num_rows], places.to_numpy().astype(np.int64), left, right)


def assigned(known: Known, registrations: pa.Table, parties: pa.Table, groups: Groups) -> pa.Table:
    """For each party its taxpayer, the rule and the score: `Resolved.taxpayers`."""
    canonical = _canonical(registrations, known.serials, groups.component, known.tokens)
    given = parties.column("taxpayer_id").combine_chunks()
    place = np.empty(len(known.tokens), dtype=np.int64)
    place[known.own] = np.arange(parties.num_rows)
    of_party = groups.component[known.own]
    taxpayer = given.take(pa.array(place[canonical[of_party]]))
    alone = np.bincount(of_party, minlength=len(canonical))[of_party] == 1
    rule = pc.if_else(pa.array(alone), "own number", "serial and numbers")
    score = np.full(parties.num_rows, _CERTAIN)
    if groups.evidence is not None:
        weighed = groups.evidence[of_party]
        rule = pc.if_else(pa.array(weighed > 0), "evidence", rule)
        score = np.where(weighed > 0, weighed, score)
    rule = pc.if_else(pa.array(groups.decided[of_party]), "decision", rule)
    return pa.table({"party": _column(parties, "id"), "taxpayer": taxpayer, "rule": rule, "score": pa.array(score)})


def _edges(registrations: pa.Table, changes: pa.Table) -> tuple[Texts, tuple[list[Texts], list[Texts]]]:
    """Serial token of each registration, and edges as two lists of equally long token arrays."""
    source, source_id = _column(registrations, "source"), _column(registrations, "source_id")
    serial = _joined("serial", source, source_id)
    canonical = pc.if_else(pc.equal(source, pa.scalar("canonical")), source_id, pa.scalar(None, pa.string()))
    pairs = [(serial, _number(_column(registrations, name))) for name in _NUMBERED]
    pairs.append((serial, _number(canonical)))
    numbered = changes.filter(pc.is_in(changes.column("item"), pa.array(_NUMBERED)))
    owner = _joined("serial", _column(numbered, "registration"))
    old, new = _number(_column(numbered, "old_value")), _number(_column(numbered, "new_value"))
    pairs.extend([(owner, old), (owner, new), (old, new)])
    kept = [_both(left, right) for left, right in pairs]
    return serial, ([left for left, _ in kept], [right for _, right in kept])


def _column(table: pa.Table, name: str) -> Texts:
    return table.column(name).combine_chunks()


def _number(values: Texts) -> Texts:
    return _joined("no", values)


def _joined(*parts: Texts) -> Texts:
    """The parts with colons between them; null where any is null."""
    everything: list[Any] = [*parts, ":"]
    return pc.binary_join_element_wise(*everything)


def _both(left: Texts, right: Texts) -> tuple[Texts, Texts]:
    mask = pc.and_(pc.is_valid(left), pc.is_valid(right))
    return left.filter(mask), right.filter(mask)


def _components(known: Known, registrations: pa.Table, decisions: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Component of each token, and of each component whether a decision made it what it is."""
    said = standing(decisions, known.tokens, prefix="serial:")
    same = np.array(said.same, np.int64).reshape(-1, 2)
    left, right = np.concatenate([known.left, same[:, 0]]), np.concatenate([known.right, same[:, 1]])
    size = len(known.tokens)
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    component = np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
    apart = [pair for pair in said.apart if component[pair[0]] == component[pair[1]]]
    if apart:
        held = np.isin(component, component[[one for one, _ in apart]])
        order = first_registered(known, registrations, held)
        component = parted(component, [*said.same, *walked(known.left, known.right, held, order)], apart)
    decided = np.zeros(int(component.max(initial=-1)) + 1, dtype=np.bool_)
    decided[component[np.array([*said.same, *apart], np.int64).ravel()]] = True
    return component, decided


def first_registered(known: Known, registrations: pa.Table, held: np.ndarray) -> Callable[[int], Any]:
    """Orders held tokens (bool by code): serials by day of registration, the first first; then the others by text."""
    rows = np.flatnonzero(held[known.serials])
    at: Any = pa.array(rows)
    days = registrations.column("registered_on").take(at).to_pylist()
    on = {code: day or date.max for code, day in zip(known.serials[rows].tolist(), days, strict=True)}

    def order(code: int) -> tuple[int, date, str]:
        return (0 if code in on else 1, on.get(code, date.max), known.tokens[code].as_py())

    return order


def _canonical(registrations: pa.Table, serial_codes: np.ndarray, component: np.ndarray, tokens: Texts) -> np.ndarray:
    """The canonical token of each component.

    The serial of its registration with the smallest (registered on, source, source id), dates before none; without a
    registration its smallest number, else its smallest token. Texts are sorted only where there is a choice.
    """
    size = int(component.max()) + 1 if len(component) else 0
    chosen = np.full(size, -1, dtype=np.int64)
    owner = component[serial_codes]
    registered = np.bincount(owner, minlength=size)
    unregistered = np.flatnonzero(registered[component] == 0)
    _choose(
        chosen,
        component[unregistered],
        unregistered,
        lambda places: _by_number(tokens.take(pa.array(unregistered[places]))),
    )
    _choose(chosen, owner, serial_codes, lambda places: _by_date(registrations.take(pa.array(places))))
    return chosen


def _choose(
    chosen: np.ndarray, component: np.ndarray, codes: np.ndarray, order: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Give each component named its code; of several the first by the `order` of their places."""
    several = np.flatnonzero(np.bincount(component, minlength=len(chosen))[component] > 1)
    chosen[component] = codes
    if len(several):
        last = several[order(several)[::-1]]  # the one written last stays
        chosen[component[last]] = codes[last]


def _by_number(tokens: Texts) -> np.ndarray:
    """Numbers before other tokens, each kind in order of text."""
    kind = pc.if_else(pc.starts_with(tokens, "no:"), 0, 1)
    order = pc.sort_indices(pa.table({"k": kind, "t": tokens}), [("k", "ascending"), ("t", "ascending")])
    return np.asarray(order.to_numpy())


def _by_date(registrations: pa.Table) -> np.ndarray:
    keys: Any = [(name, "ascending") for name in ("registered_on", "source", "source_id")]
    return np.asarray(pc.sort_indices(registrations, keys).to_numpy())
