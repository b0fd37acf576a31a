"""Every relationship type, declared once. Endpoints named Taxpayer are stored on the party (docs/adr/0004)."""

from __future__ import annotations

from datetime import date, datetime

from graph.model.fields import Kind, Personal, prop
from graph.model.types import Relationship, relationship
from graph.model.work_relationships import WORK_RELATIONSHIPS

K, P = Kind, Personal
TP = ("Taxpayer",)
ROLE_SOURCES = ("Person",)
CONTACT_TYPES = ("Address", "Phone", "Device", "NetworkAddress", "BankAccount")
TAXPAYER_FACTS = (
    "Filing",
    "TaxPayment",
    "InputTransferOut",
    "QuotaGrant",
    "RiskLevel",
    "CreditGrade",
    "CustomsDeclaration",
    "RebateClaim",
    "Waybill",
)
# --- identity


@relationship(
    "PARTY_OF",
    sources=("Party",),
    targets=TP,
    resolved=True,
    en="this party is that taxpayer",
    zh="当事方归属",
)
class PartyOf(Relationship):
    """The versioned table that identity resolution writes; one row a party."""

    rule: str | None = prop(K.TEXT, "match rule", "匹配规则")
    score: int | None = prop(K.MILLIONTHS, "score", "匹配得分")


@relationship("REGISTERS", sources=("Registration",), targets=TP, resolved=True, en="a registration of", zh="登记于")
class Registers(Relationship):
    """One row a registration."""

    rule: str | None = prop(K.TEXT, "match rule", "匹配规则")
    score: int | None = prop(K.MILLIONTHS, "score", "匹配得分")


@relationship(
    "SCORED",
    sources=("Registration",),
    targets=("Registration",),
    resolved=True,
    en="was weighed against",
    zh="比对得分",
)
class Scored(Relationship):
    """The evidence about two registrations, the smaller key first, by the model that the ledger names.

    Kept so that a batch is weighed alone; pairs below the model's thresholds are not kept.
    """

    weight: int | None = prop(K.MILLIONTHS, "weight of the evidence, bits", "证据权重", personal=P.RESTRICTED)
    verdict: str | None = prop(K.TEXT, "same, or review: a person should decide", "比对结论", personal=P.RESTRICTED)


@relationship(
    "PERSON_OF",
    sources=("Person",),
    targets=("Person",),
    resolved=True,
    en="this record is that person",
    zh="自然人归并",
)
class PersonOf(Relationship):
    """The versioned table that resolution of persons writes; one row a record that is not the person's own.

    A person's own record is the smallest key of those that are one; every key ever given stays a node.
    """

    rule: str | None = prop(K.TEXT, "match rule", "匹配规则")
    score: int | None = prop(K.MILLIONTHS, "score", "匹配得分")


@relationship("CHANGED", sources=("RegistrationChange",), targets=TP, en="a change of", zh="变更")
class Changed(Relationship):
    """An event of the taxpayer's life."""


# --- people and control


@relationship(
    "LEGAL_REPRESENTATIVE_OF",
    sources=ROLE_SOURCES,
    targets=TP,
    dated=True,
    en="legal representative",
    zh="法定代表人",
)
class LegalRepresentativeOf(Relationship):
    """One of the four officers."""


@relationship("FINANCE_OFFICER_OF", sources=ROLE_SOURCES, targets=TP, dated=True, en="finance officer", zh="财务负责人")
class FinanceOfficerOf(Relationship):
    """One of the four officers."""


@relationship("TAX_HANDLER_OF", sources=ROLE_SOURCES, targets=TP, dated=True, en="tax handler", zh="办税员")
class TaxHandlerOf(Relationship):
    """One of the four officers."""


@relationship("INVOICE_COLLECTOR_OF", sources=ROLE_SOURCES, targets=TP, dated=True, en="invoice collector", zh="购票员")
class InvoiceCollectorOf(Relationship):
    """One of the four officers."""


@relationship("AGENT_OF", sources=("Person", "Taxpayer"), targets=TP, dated=True, en="licensed agent of", zh="涉税中介")
class AgentOf(Relationship):
    """Serves many firms legitimately."""

    licence: str | None = prop(K.TEXT, "licence", "执业证书")
    credit_grade: str | None = prop(K.TEXT, "credit grade", "信用等级")
    blacklisted: bool | None = prop(K.BOOLEAN, "on the blacklist", "是否列入黑名单")


@relationship("HOLDS_SHARE", sources=("Person", "Taxpayer"), targets=TP, dated=True, en="holds a share of", zh="持股")
class HoldsShare(Relationship):
    """Exact ratio, or a range."""

    ratio: int | None = prop(K.MILLIONTHS, "exact ratio", "持股比例")
    ratio_min: int | None = prop(K.MILLIONTHS, "at least", "比例下限")
    ratio_max: int | None = prop(K.MILLIONTHS, "at most", "比例上限")
    direct: bool | None = prop(K.BOOLEAN, "direct", "是否直接持股")


@relationship("CONTROLS", sources=("Person", "Taxpayer"), targets=TP, dated=True, en="controls", zh="控制")
class Controls(Relationship):
    """Control otherwise than by shares."""

    means: str | None = prop(K.TEXT, "votes, board, trustee, nominee, other", "控制方式", identity=True)


@relationship("RELATED_TO", sources=("Person",), targets=("Person",), dated=True, en="is kin of", zh="亲属或同一人")
class RelatedTo(Relationship):
    """Kin, or the same person."""

    kind: str | None = prop(K.TEXT, "kin or same person", "关系类型", identity=True)


@relationship("SAME_PERSON", sources=("Officer",), targets=("Person",), en="is the person", zh="同一人")
class SamePerson(Relationship):
    """For recusal and internal control."""


@relationship("BRANCH_OF", sources=TP, targets=TP, dated=True, en="is a branch of", zh="分支机构")
class BranchOf(Relationship):
    """Head office and branches stay apart as taxpayers."""


@relationship("USES", sources=("Taxpayer", "Person"), targets=CONTACT_TYPES, dated=True, en="uses", zh="使用")
class Uses(Relationship):
    """A contact in use."""


# --- trade


@relationship("SOLD", sources=TP, targets=("Invoice",), en="sold", zh="销售")
class Sold(Relationship):
    """Seller of an invoice."""

    name: str | None = prop(K.TEXT, "name as written on the invoice", "销方名称", personal=P.BUSINESS)


@relationship("BOUGHT_BY", sources=("Invoice",), targets=TP, en="bought by", zh="购买")
class BoughtBy(Relationship):
    """Buyer of an invoice."""

    name: str | None = prop(K.TEXT, "name as written on the invoice", "购买方名称", personal=P.BUSINESS)


@relationship("ISSUED", sources=TP, targets=("Invoice",), en="issued", zh="开具")
class Issued(Relationship):
    """Issuer, where it is not the seller: farm purchases, reverse invoicing, agency invoices."""


@relationship("LISTS", sources=("Invoice",), targets=("Commodity",), en="lists", zh="明细")
class Lists(Relationship):
    """One line of an invoice."""

    line: int | None = prop(K.INTEGER, "line number", "行号", identity=True)
    name: str | None = prop(K.TEXT, "name as written", "货物或应税劳务名称")
    specification: str | None = prop(K.TEXT, "specification", "规格型号")
    unit: str | None = prop(K.TEXT, "unit", "单位")
    quantity: str | None = prop(K.DECIMAL, "quantity", "数量")
    price: str | None = prop(K.DECIMAL, "unit price", "单价")
    amount_cents: int | None = prop(K.CENTS, "net amount", "金额")
    rate: int | None = prop(K.MILLIONTHS, "tax rate", "税率")
    tax_cents: int | None = prop(K.CENTS, "tax", "税额")


@relationship("REVERSES", sources=("Invoice",), targets=("Invoice",), en="reverses", zh="冲红")
class Reverses(Relationship):
    """Red invoice → blue invoice."""

    basis: str | None = prop(
        K.TEXT, "declared, or inferred from the remark", "关联依据", order=("inferred", "declared")
    )
    confidence: int | None = prop(K.MILLIONTHS, "confidence", "置信度")


@relationship("DEDUCTED", sources=TP, targets=("Invoice",), en="claimed input tax of", zh="抵扣勾选")
class Deducted(Relationship):
    """The buyer's dated claim of input tax."""

    period: date | None = prop(K.DATE, "first day of the tax period", "所属期", identity=True)
    claimed_on: date | None = prop(K.DATE, "claimed on", "勾选日期")
    effective_tax_cents: int | None = prop(K.CENTS, "effective tax", "有效税额")
    kind: str | None = prop(K.TEXT, "kind of claim", "勾选类型", identity=True)


@relationship(
    "FLAGGED_ABNORMAL",
    sources=("Bureau",),
    targets=("Invoice",),
    dated=True,
    en="flagged abnormal",
    zh="异常凭证",
)
class FlaggedAbnormal(Relationship):
    """A dated state: the deduction of the invoice is suspended."""

    seed_class: str | None = prop(K.TEXT, "seed class", "种子类别", identity=True)
    round: int | None = prop(K.INTEGER, "distance from the seed", "传播轮次")


@relationship("SUPPLIES", sources=TP, targets=TP, derived=True, resolved=True, en="supplies", zh="供应")
class Supplies(Relationship):
    """Derived from net invoices when asked for; never stored (docs/adr/0009)."""

    count: int | None = prop(K.INTEGER, "net invoices", "份数")
    net_cents: int | None = prop(K.CENTS, "net amount", "金额")
    currency: str | None = prop(K.TEXT, "currency", "币种", identity=True)
    first_at: datetime | None = prop(K.CIVIL_TIME, "first invoice", "首次开票")
    last_at: datetime | None = prop(K.CIVIL_TIME, "last invoice", "末次开票")


@relationship("ABOUT", sources=TAXPAYER_FACTS, targets=TP, en="is about", zh="关于")
class About(Relationship):
    """A filing, payment, grant, rating or document of a neighbour → its taxpayer."""

    role: str | None = prop(K.TEXT, "role of the taxpayer, where several take part", "角色", identity=True)


@relationship(
    "REFERS_TO",
    sources=("CustomsDeclaration", "RebateClaim", "FundTransfer", "Waybill"),
    targets=("Invoice",),
    en="refers to",
    zh="引用发票",
)
class RefersTo(Relationship):
    """A document of a neighbour → the invoice it names."""


@relationship("PAID_BY", sources=("FundTransfer",), targets=("Taxpayer", "Person"), en="paid by", zh="付款方")
class PaidBy(Relationship):
    """Payer of a transfer."""


@relationship("PAID_TO", sources=("FundTransfer",), targets=("Taxpayer", "Person"), en="paid to", zh="收款方")
class PaidTo(Relationship):
    """Payee of a transfer."""


RELATIONSHIPS = (
    PartyOf,
    Registers,
    Scored,
    PersonOf,
    Changed,
    LegalRepresentativeOf,
    FinanceOfficerOf,
    TaxHandlerOf,
    InvoiceCollectorOf,
    AgentOf,
    HoldsShare,
    Controls,
    RelatedTo,
    SamePerson,
    BranchOf,
    Uses,
    Sold,
    BoughtBy,
    Issued,
    Lists,
    Reverses,
    Deducted,
    FlaggedAbnormal,
    Supplies,
    About,
    RefersTo,
    PaidBy,
    PaidTo,
    *WORK_RELATIONSHIPS,
)
FOUR_OFFICERS = (LegalRepresentativeOf, FinanceOfficerOf, TaxHandlerOf, InvoiceCollectorOf)
