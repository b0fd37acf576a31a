"""What patterns plant, before it becomes documents: reserved firms, their sales, and rows of other exports.

Pattern modules write into a `Book`; `reserve`, `generate` and `patterns.tables` read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from loaders.synthetic.documents import NORMAL, Details, is_special
from loaders.synthetic.industries import INDUSTRIES
from loaders.synthetic.places import counties, county_weights
from loaders.synthetic.trade import DIGITAL_SPECIAL, SECONDS_A_DAY, Trade

if TYPE_CHECKING:
    from loaders.synthetic.patterns.cases import Cases
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.text import Booleans, Integers

NONE = -1
PERSONS = 3  # representative, agent, former representative of each reserved firm
REPRESENTATIVE, AGENT, FORMER = range(PERSONS)
STATUS_NORMAL, STATUS_ABNORMAL = range(2)
DEDUCTION, EXPORT_REBATE = range(2)
_MORNING, _STEP = 9 * 3600, 600
_NO_LIMIT_CENTS = 9_000_000_000_00
_WHOLESALE = "5164"


def industry(code: str) -> int:
    """Place of an industry in the table."""
    return next(place for place, row in enumerate(INDUSTRIES) if row.code == code)


@dataclass(frozen=True, slots=True)
class Firms:
    """Reserved firms by their order; the patterns write into these arrays.

    Persons count from the first reserved one: firm j has 3j, 3j + 1 and 3j + 2. `phone` and `address` name the firm
    whose they are. `stops`: no filing is made from this day on. Days of `NONE` mean never.
    """

    county: Integers
    industry: Integers
    registered: Integers
    status: Integers
    general: Booleans
    representative: Integers
    changed: Integers
    finance: Integers
    phone: Integers
    address: Integers
    moved: Integers
    stops: Integers
    pays: Booleans
    quota: Integers
    quota_count: Integers
    face_cap: Integers

    @property
    def count(self) -> int:
        """How many firms are reserved."""
        return len(self.county)


_DEFAULTS = {"goods": NONE, "rate": NONE, "quantity": 0, "use": DEDUCTION, "status": NORMAL, "red_at": NONE, "kept": 0}


@dataclass(slots=True)
class Book:
    """Everything planted so far. `sales` are columns of equal length; rows of `records` wait for invoice numbers."""

    plan: Plan
    firms: Firms
    sales: dict[str, list[Integers]] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    truths: list[Truth] = field(default_factory=list)
    officers: list[Cases] = field(default_factory=list)
    sold: int = 0

    def set(self, what: str, places: Integers, values: Any) -> None:
        """Write a trait of reserved firms, named by their place in the population."""
        getattr(self.firms, what)[places - self.plan.ordinary] = values

    def person(self, places: Integers, part: int) -> Integers:
        """A person of each firm, as `Firms` counts them."""
        return (places - self.plan.ordinary) * PERSONS + part

    def sell(
        self, cases: Cases, *, day: Any, seller: Any, buyer: Any, net: Any, evidence: bool = True, **more: Any
    ) -> Integers:
        """Add invoices and return their order, shaped (cases, invoices a case).

        Arguments are numbers, one a case, or rows a case; `day` may be replaced by `at` (civil seconds). `claimed` is
        the day on which the buyer claims the credit, by default the next one for special invoices.
        """
        kind = more.setdefault("kind", DIGITAL_SPECIAL)
        more.setdefault("claimed", np.where(is_special(np.asarray(kind)), _column(day) + 1, NONE))
        given = {**_DEFAULTS, **more, "day": day, "seller": seller, "buyer": buyer, "net": net}
        given |= {"case": cases.number, "evidence": int(evidence)}
        arrays = np.broadcast_arrays(*(_column(value) for value in given.values()), np.zeros((cases.count, 1)))
        made = dict(zip(given, (np.ascontiguousarray(each) for each in arrays[:-1]), strict=True))
        shape = arrays[0].shape
        made["at"] = made.pop("day") * SECONDS_A_DAY + _MORNING + _STEP * np.arange(shape[1])
        for name, values in made.items():
            self.sales.setdefault(name, []).append(values.reshape(-1).astype(np.int64))
        order = self.sold + np.arange(shape[0] * shape[1], dtype=np.int64).reshape(shape)
        self.sold += order.size
        return order

    @property
    def trade(self) -> Trade:
        """All sales as trade."""
        return Trade(*(self.column(name) for name in ("at", "seller", "buyer", "net", "kind")))

    def details(self, first: int) -> Details:
        """What is fixed about the sales' documents, if they lie in the trade from place `first` on."""
        return Details(first, *(self.column(name) for name in ("goods", "rate", "quantity", "status", "red_at")))

    def column(self, name: str) -> Integers:
        """One column of all sales."""
        return np.concatenate([np.zeros(0, np.int64), *self.sales.get(name, [])])

    def record(self, table: str, **columns: Any) -> None:
        """Add rows to an export; columns are broadcast against each other, text columns are lists or words."""
        self.records.setdefault(table, []).append(columns)

    def judge(self, cases: Cases, *, anchor: Integers, members: Integers, ring: bool = False, **more: Any) -> None:
        """Add rows of truth; `members` are firms, a row a case, `NONE` for no firm; `ring`: turned to its smallest."""
        self.truths.append(Truth(cases, anchor, members, ring=ring, more=more))


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth about the cases of one pattern, without numbers of invoices yet."""

    cases: Cases
    anchor: Integers
    members: Integers
    ring: bool
    more: dict[str, Any]


def _column(value: Any) -> Any:
    array = np.asarray(value)
    return array[:, None] if array.ndim == 1 else array


def empty_book(plan: Plan) -> Book:
    """Reserved firms with people, telephone and address of their own, registered long ago, and nothing sold yet."""
    count = plan.reserved
    chance = plan.chance("reserved")
    order = np.arange(count, dtype=np.int64)
    never = np.full(count, NONE, dtype=np.int64)
    firms = Firms(
        county=chance.choice(len(counties()), count, p=county_weights()),
        industry=np.full(count, industry(_WHOLESALE), dtype=np.int64),
        registered=plan.first_day - chance.integers(400, 3000, count),
        status=np.full(count, STATUS_NORMAL, dtype=np.int64),
        general=np.ones(count, dtype=bool),
        representative=order * PERSONS + REPRESENTATIVE,
        changed=never.copy(),
        finance=order * PERSONS + AGENT,
        phone=order.copy(),
        address=order.copy(),
        moved=never.copy(),
        stops=never.copy(),
        pays=np.ones(count, dtype=bool),
        quota=np.full(count, _NO_LIMIT_CENTS, dtype=np.int64),
        quota_count=never.copy(),
        face_cap=never.copy(),
    )
    return Book(plan, firms)
