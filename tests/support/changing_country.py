"""A small country that changes batch by batch in every way that patterns read, drawn from a seed.

Rules are loose, so that few firms show many findings. Runs after each batch are held against searches of everything.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from queries.detection.rules import RuleBook, Value
from tests.support.small_graph import Draft

START = date(2026, 1, 1)
FIRMS, PEOPLE, GOODS = 9, 4, 5
LOOSE: dict[str, dict[str, Value]] = {
    "ring_invoicing": {"window_days": 12, "gap": 600_000, "high_gap": 300_000, "high_days": 1},
    "missing_trader": {"new_days": 400, "paid_share": 900_000, "due_day": 3},
    "violent_issuing": {"young_days": 60, "quota_share": 1, "input_times": 1, "peak_times": 3, "least_buyers": 1},
    "pipeline_firm": {
        "gap": 900_000,
        "burden_part": 900_000,
        "least_peers": 1,
        "dwell_days": 300,
        "expenses": 1_000_001,
        "least_cents": 1,
        "filing_days": 2,
    },
    "commodity_switch": {"share": 990_000, "digits": 2, "least_cents": 1, "gap": 950_000},
    "changed_shell": {
        "after_days": 30,
        "surge_times": 1,
        "mean_days": 20,
        "month_days": 5,
        "sleep_days": 4,
        "least_known_days": 1,
        "least_count": 1,
        "least_cents": 1,
    },
    "shared_control": {"firms": 2, "least_weight": 200_000},
    "affiliated_trade": {"share": 250_000, "trail": 3},
    "abnormal_voucher": {"share": 100_000, "amount_cents": 0},
    "time_inversion": {"share": 100_000, "grace_days": 1, "least_cents": 1},
    "burst_before_vanishing": {
        "share": 300_000,
        "burst_days": 6,
        "silent_days": 3,
        "quiet_times": 0,
        "times": 0,
        "least_count": 1,
        "least_cents": 1,
        "filing_days": 2,
    },
    "farm_purchase": {
        "face_low_cents": 1,
        "face_share": 300_000,
        "farmer_cents": 1,
        "price_share": 900_000,
        "least_count": 1,
    },
    "export_rebate": {"times": 1, "high_times": 3},
    "malicious_reversal": {"kept_share": 100_000, "booking_days": 2, "least_cents": 1},
    "fund_return": {"return_days": 40, "gap": 700_000},
}
BOOK = RuleBook({name: ((None, values),) for name, values in LOOSE.items()})
ROLES = ("LEGAL_REPRESENTATIVE_OF", "FINANCE_OFFICER_OF", "TAX_HANDLER_OF")


@dataclass
class Country:
    """What was drawn so far; `next_batch` draws on, of kinds of changes in `only` if there are any."""

    chance: random.Random
    today: date = START
    firms: list[str] = field(default_factory=list)
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)
    papers: int = 0
    merged: int = 0
    only: frozenset[str] = frozenset()

    def first_batch(self) -> Draft:
        """Firms, people, goods, links between them and some weeks of trade."""
        draft = Draft().node("Bureau", "11")
        for _ in range(FIRMS):
            self._firm(draft)
        for number in range(PEOPLE):
            draft.node("Person", f"p{number}", name=f"Person {number}")
        for number in range(GOODS):
            draft.node("Commodity", f"{10 + 10 * (number // 2)}{number}", name=f"goods {number}")
        draft.node("Address", "road").node("Phone", "555")
        draft.node("BillOfMaterials", "m", industry="30", product="30", inputs="10")
        for _ in range(25):
            self._invoice(draft)
            self.today += timedelta(self.chance.randint(0, 2))
        self._first_papers(draft)
        return draft

    def _first_papers(self, draft: Draft) -> None:
        for _ in range(20):
            self._person_link(draft)
            self._paper(draft, again=False)
            self._paper(draft, again=False)
        for _ in range(4):
            self._registration_change(draft)
        for key in self.chance.sample(sorted(self.invoices), 16):
            self._claim_of(draft, key)
        for key in self.chance.sample(sorted(self.invoices), 3):
            draft.link("FLAGGED_ABNORMAL", "11", key, seed_class="3")
            self._transfer_for(draft, key)
        for key in self.chance.sample(sorted(self.invoices), 4):
            self._reversal_of(draft, key)

    def next_batch(self) -> Draft:
        """A few changes of any kind."""
        draft, done = Draft(), set()
        if self.chance.random() < 0.5:
            self.today += timedelta(self.chance.choice((1, 1, 2, 12, 30)))
        for _ in range(self.chance.randint(1, 3)):
            change = self.chance.choice(self._changes())
            if change not in done:  # twice the same fact in a batch is no batch
                done.add(change)
                change(draft)
        return draft

    def _changes(self) -> tuple[Callable[[Draft], None], ...]:
        every = self._every_change()
        return tuple(change for change in every if change.__name__.strip("_") in self.only) if self.only else every

    def _every_change(self) -> tuple[Callable[[Draft], None], ...]:
        return (
            *(self._invoice,) * 4,
            *(self._claim,) * 2,
            *(self._paper,) * 3,
            self._registered,
            self._firm,
            self._more_lines,
            self._changed_invoice,
            self._other_seller,
            self._removed_invoice,
            self._reversal,
            *(self._kept_credit,) * 2,
            self._ended_link,
            self._flag,
            self._registration_change,
            self._person_link,
            self._transfer,
            self._goods,
            self._merge,
        )

    # --- kinds of changes

    def _firm(self, draft: Draft) -> None:
        name = f"F{len(self.firms) + self.merged:02}"
        self.firms.append(name)
        draft.firm(name, **self._register())

    def _register(self) -> dict[str, Any]:
        pick = self.chance.choice
        return {
            "registered_on": self.today - timedelta(pick((1, 5, 50, 300))),
            "status": pick(("normal", "normal", "cancelled")),
            "region": pick(("110000", "310000", "440000")),
            "industry": pick(("5100", "5200", "30")),
        }

    def _registered(self, draft: Draft) -> None:
        firm = self._some_firm()
        draft.node("Taxpayer", firm, name=f"Firm {firm}", tax_number=firm, **self._register())

    def _some_firm(self) -> str:
        return self.chance.choice(self.firms)

    def _invoice(self, draft: Draft) -> None:
        seller, buyer = self.chance.sample(self.firms, 2)
        own = {"seller": seller, "buyer": buyer, "on": self._day(15), **self._content()}
        self._put(draft, f"i{len(self.invoices):03}", own)
        if self.chance.random() < 0.5:  # a ring of two or three wants to be closed
            other = buyer if self.chance.random() < 0.5 else self._some_firm()
            if other != seller:
                self._put(draft, f"i{len(self.invoices):03}", {**own, "seller": other, "buyer": seller})

    def _content(self) -> dict[str, Any]:
        pick = self.chance.choice
        cents = pick((8_000, 10_000, 11_000, 30_000))
        return {
            "net_cents": cents,
            "tax_cents": cents // 10,
            "currency": pick(("CNY",) * 6 + ("EUR",)),
            "kind": pick(("special", "ordinary", "digital_special")),
            "business_kind": pick((None, None, "收购")),
            "issued_precision": pick(("second",) * 40 + ("day",)),
        }

    def _put(self, draft: Draft, key: str, own: dict[str, Any]) -> None:
        draft.invoice(key, **own)
        self.invoices[key] = own
        for line in range(self.chance.randint(1, 2)):
            self._line(draft, key, line)

    def _line(self, draft: Draft, key: str, line: int) -> None:
        number = self.chance.randrange(GOODS)
        values = {"line": line, "amount_cents": self.invoices[key]["net_cents"], "quantity": "2", "unit": "kg"}
        draft.link("LISTS", key, f"{10 + 10 * (number // 2)}{number}", **values)

    def _more_lines(self, draft: Draft) -> None:
        self._line(draft, self._some_invoice(), self.chance.randint(3, 5))

    def _day(self, back: int) -> str:
        moment = datetime.combine(self.today, datetime.min.time()) - timedelta(self.chance.randint(0, back))
        return (moment + timedelta(seconds=self.chance.randrange(80_000))).isoformat()

    def _some_invoice(self) -> str:
        return self.chance.choice(sorted(self.invoices))

    def _changed_invoice(self, draft: Draft) -> None:
        key = self._some_invoice()
        own = self.invoices[key]
        content = {name: value for name, value in own.items() if name not in ("seller", "buyer")}
        change = self.chance.choice(({"status": "void"}, {"net_cents": 9_000}, {"on": self._day(20)}, self._content()))
        self.invoices[key] = {**own, **change}
        draft.invoice(key, **{**content, **change})

    def _other_seller(self, draft: Draft) -> None:
        key = self._some_invoice()
        own, seller = self.invoices[key], self._some_firm()
        if seller not in (own["seller"], own["buyer"]):
            draft.end("SOLD", f"no:{own['seller']}", key).link("SOLD", f"no:{seller}", key)
            self.invoices[key] = {**own, "seller": seller}

    def _removed_invoice(self, draft: Draft) -> None:
        key = self._some_invoice()
        own = self.invoices.pop(key)
        draft.end("Invoice", key)
        if self.chance.random() < 0.5:
            draft.end("SOLD", f"no:{own['seller']}", key).end("BOUGHT_BY", key, f"no:{own['buyer']}")
        self.invoices[f"r{key}"] = own
        draft.invoice(f"r{key}", **own)

    def _reversal(self, draft: Draft) -> None:
        self._reversal_of(draft, self._some_invoice())

    def _reversal_of(self, draft: Draft, key: str) -> None:
        own = self.invoices[key]
        if "red" in own:
            return
        red = {**own, "red": True, "on": self._day(5), "net_cents": -self.chance.choice((own["net_cents"], 3_000))}
        self._put(draft, f"i{len(self.invoices):03}x", red)
        name = f"i{len(self.invoices) - 1:03}x"
        draft.link("REVERSES", name, key)
        self.links.append(("REVERSES", name, key, {}))

    def _ended_link(self, draft: Draft) -> None:
        if self.links:
            name, source, target, identity = self.links.pop(self.chance.randrange(len(self.links)))
            draft.end(name, source, target, **identity)

    def _claim(self, draft: Draft) -> None:
        self._claim_of(draft, self._some_invoice())

    def _claim_of(self, draft: Draft, key: str) -> None:
        claimant = self.invoices[key]["buyer"] if self.chance.random() < 0.9 else self._some_firm()
        month = self.today.replace(day=1)
        identity = {"period": month, "kind": self.chance.choice(("deduction", "not_deducted"))}
        draft.link("DEDUCTED", f"no:{claimant}", key, claimed_on=self.today, effective_tax_cents=900, **identity)
        self.links.append(("DEDUCTED", f"no:{claimant}", key, identity))

    def _kept_credit(self, draft: Draft) -> None:
        """A claim, or a transfer out, of an invoice that was reversed."""
        blue = [key for name, _, key, _ in self.links if name == "REVERSES" and key in self.invoices]
        if not blue:
            return
        key = self.chance.choice(blue)
        buyer, month = f"no:{self.invoices[key]['buyer']}", START
        if self.chance.random() < 0.5:
            draft.link(
                "DEDUCTED", buyer, key, period=month, kind="deduction", claimed_on=month, effective_tax_cents=990
            )
        else:
            self.papers += 1
            paper = f"d{self.papers}-InputTransferOut"
            draft.node("InputTransferOut", paper, period_from=month, amount_cents=800, currency="CNY", reason="红冲")
            draft.link("ABOUT", f"InputTransferOut:{paper}", buyer)

    def _flag(self, draft: Draft) -> None:
        until = self.chance.choice((None, self.today, self.today + timedelta(6)))
        draft.link("FLAGGED_ABNORMAL", "11", self._some_invoice(), seed_class="3", valid_to=until)

    def _paper(self, draft: Draft, *, again: bool = True) -> None:
        self.papers += 1
        month = self.today.replace(day=1)
        money = {"currency": "CNY", "amount_cents": self.chance.choice((1_000, 20_000, 500_000))}
        kinds: dict[str, dict[str, Any]] = {
            "Filing": {"period_from": month, "period_to": month, "filed_on": self.today, "sales_cents": 50_000},
            "TaxPayment": {"period_from": month, "period_to": month, "paid_on": self.today, **money},
            "InputTransferOut": {"period_from": month, "booked_on": self.today, "reason": "异常", **money},
            "QuotaGrant": {"granted_on": START, "total_cents": 40_000, "currency": "CNY", "face_cap_cents": 12_000},
            "CreditGrade": {"year": 2025, "grade": "A", "graded_on": self.today},
            "CustomsDeclaration": {"direction": "export", "declared_on": self.today, **money},
            "RebateClaim": {"claimed_on": self.today, **money},
        }
        name = self.chance.choice((*sorted(kinds), "Filing", "QuotaGrant", "RebateClaim"))
        key = f"d{self.papers}-{name}"
        if again and self.chance.random() < 0.3:  # an earlier one says something else now
            key = f"d{self.chance.randint(1, self.papers)}-{name}"
        draft.node(name, key, **kinds[name])
        draft.link("ABOUT", f"{name}:{key}", f"no:{self._some_firm()}")

    def _registration_change(self, draft: Draft) -> None:
        self.papers += 1
        key, day = f"c{self.papers}", self.today - timedelta(self.chance.randint(0, 15))
        draft.node("RegistrationChange", key, item="address", changed_on=day)
        draft.link("CHANGED", key, f"no:{self._some_firm()}")

    def _person_link(self, draft: Draft) -> None:
        pick = self.chance.choice
        until = pick((None, None, self.today + timedelta(4)))
        person, firm = f"p{self.chance.randrange(PEOPLE)}", f"no:{self._some_firm()}"
        kind = pick((*ROLES, "HOLDS_SHARE", "BRANCH_OF", "RELATED_TO", "USES"))
        own: dict[str, Any] = {"valid_to": until}
        source, target = {
            "HOLDS_SHARE": (f"Person:{person}", firm),
            "BRANCH_OF": (f"no:{self._some_firm()}", firm),
            "RELATED_TO": (person, f"p{self.chance.randrange(PEOPLE)}"),
            "USES": (f"Party:{firm}", pick(("Address:road", "Phone:555"))),
        }.get(kind, (person, firm))
        identity = {"kind": "kin"} if kind == "RELATED_TO" else {}
        own |= identity | ({"ratio": pick((100_000, 600_000))} if kind == "HOLDS_SHARE" else {})
        if not any(each[:3] == (kind, source, target) for each in self.links):
            draft.link(kind, source, target, **own)
            self.links.append((kind, source, target, identity))

    def _transfer(self, draft: Draft) -> None:
        self._transfer_for(draft, self._some_invoice())

    def _transfer_for(self, draft: Draft, key: str) -> None:
        own = self.invoices[key]
        self.papers += 1
        there, back = f"t{self.papers}", f"t{self.papers}b"
        for name, payer, payee in ((there, own["buyer"], own["seller"]), (back, own["seller"], own["buyer"])):
            at = datetime.fromisoformat(self._day(5))
            draft.node("FundTransfer", name, amount_cents=10_000, currency="CNY", transferred_at=at)
            draft.link("PAID_BY", name, f"no:{payer}").link("PAID_TO", name, f"no:{payee}")
        draft.link(
            "REFERS_TO", f"FundTransfer:{there}", key if self.chance.random() < 0.7 else f"i{len(self.invoices):03}"
        )

    def _goods(self, draft: Draft) -> None:
        draft.node("Commodity", f"{self.chance.choice((10, 20, 30))}{self.papers}", name=f"more {self.papers}")

    def _merge(self, draft: Draft) -> None:
        if self.merged < 2 and len(self.firms) > 6:
            self.merged += 1
            one, other = self.chance.sample(self.firms, 2)
            draft.end("PARTY_OF", f"no:{one}", one).link("PARTY_OF", f"no:{one}", other)
            self.firms.remove(one)
