"""Invoices and what hangs on them, filings and payments, and the documents of neighbouring authorities."""

from __future__ import annotations

from datetime import date, datetime

from graph.model.fields import Kind, Personal, key, prop
from graph.model.types import Node, node

K, P = Kind, Personal
INVOICE_STATUS = ("normal", "reversed_in_part", "reversed", "void")


@node(en="an invoice, blue or red", zh="发票", event_time="issued_at", search=("number", "code", "id"))
class Invoice(Node):
    """Seller, buyer and issuer are three roles: SOLD, BOUGHT_BY and ISSUED."""

    id: str = key("code‖number, or number; abroad seller's number‖number‖red flag", "发票标识")
    code: str | None = prop(K.TEXT, "invoice code", "发票代码")
    number: str | None = prop(K.TEXT, "invoice number", "发票号码", indexed=True)
    kind: str | None = prop(K.TEXT, "kind of invoice", "发票票种")
    issued_at: datetime = prop(K.CIVIL_TIME, "issued at, civil time", "开票时间", required=True)
    issued_precision: str | None = prop(K.TEXT, "day or second", "时间精度", order=("day", "second"))
    net_cents: int = prop(K.CENTS, "net amount", "金额", required=True)
    tax_cents: int = prop(K.CENTS, "tax", "税额", required=True)
    total_cents: int | None = prop(K.CENTS, "gross amount", "价税合计")
    currency: str = prop(K.TEXT, "currency (ISO 4217)", "币种", required=True)
    status: str | None = prop(K.TEXT, "status", "发票状态", order=INVOICE_STATUS)
    red: bool | None = prop(K.BOOLEAN, "red: a credit note", "是否红字", order=("false", "true"))
    blue_code: str | None = prop(K.TEXT, "declared code of the blue invoice", "对应蓝字发票代码")
    blue_number: str | None = prop(K.TEXT, "declared number of the blue invoice", "对应蓝字发票号码")
    business_kind: str | None = prop(K.TEXT, "specific business kind", "特定业务类型")
    risk_level: str | None = prop(K.TEXT, "risk level given by the source", "发票风险等级")
    channel: str | None = prop(K.TEXT, "where the invoice came from", "发票来源")
    issuer_name: str | None = prop(K.TEXT, "person who issued it, as written", "开票人", personal=P.PERSONAL)
    remark: str | None = prop(K.TEXT, "remark", "备注", personal=P.PERSONAL)


@node(en="another number of an invoice", zh="发票别名")
class InvoiceAlias(Node):
    """A paper form of a fully digital invoice carries both numbers: either leads to the one invoice."""

    id: str = key("the other number", "别名号码")
    invoice: str | None = prop(K.TEXT, "key of the invoice", "发票标识")


@node(en="a kind of goods or service", zh="商品", search=("name",))
class Commodity(Node):
    """Keyed by the 19-digit classification code, or `name:` and the normalised name where a line has none."""

    id: str = key("classification code, or name", "税收分类编码")
    name: str | None = prop(K.TEXT, "smallest name seen with it", "货物或应税劳务名称")


@node(en="a periodic tax filing", zh="申报", event_time="filed_on", taxpayer_fact=True)
class Filing(Node):
    """One return for one tax and period."""

    id: str = key("source and id", "申报标识")
    tax_kind: str | None = prop(K.TEXT, "tax", "税种")
    period_from: date | None = prop(K.DATE, "period from", "所属期起")
    period_to: date | None = prop(K.DATE, "period to (last day)", "所属期止")
    filed_on: date | None = prop(K.DATE, "filed on", "申报日期")
    sales_cents: int | None = prop(K.CENTS, "sales", "销售额")
    output_tax_cents: int | None = prop(K.CENTS, "output tax", "销项税额")
    input_tax_cents: int | None = prop(K.CENTS, "input tax", "进项税额")
    payable_cents: int | None = prop(K.CENTS, "tax payable", "应纳税额")
    currency: str | None = prop(K.TEXT, "currency", "币种")


@node(en="a payment of tax", zh="税款缴纳", event_time="paid_on", taxpayer_fact=True)
class TaxPayment(Node):
    """Money that reached the treasury."""

    id: str = key("source and id", "缴款标识")
    tax_kind: str | None = prop(K.TEXT, "tax", "税种")
    period_from: date | None = prop(K.DATE, "period from", "所属期起")
    period_to: date | None = prop(K.DATE, "period to (last day)", "所属期止")
    paid_on: date | None = prop(K.DATE, "paid on", "缴款日期")
    amount_cents: int | None = prop(K.CENTS, "amount", "金额")
    currency: str | None = prop(K.TEXT, "currency", "币种")


@node(en="input tax transferred out", zh="进项税额转出", event_time="booked_on", taxpayer_fact=True)
class InputTransferOut(Node):
    """A credit given back, with its reason."""

    id: str = key("source and id", "转出标识")
    period_from: date | None = prop(K.DATE, "period from", "所属期起")
    period_to: date | None = prop(K.DATE, "period to (last day)", "所属期止")
    booked_on: date | None = prop(K.DATE, "booked on", "转出日期")
    reason: str | None = prop(K.TEXT, "reason", "转出原因")
    amount_cents: int | None = prop(K.CENTS, "tax amount", "税额")
    currency: str | None = prop(K.TEXT, "currency", "币种")


@node(en="a grant of invoice quota", zh="票种核定", event_time="granted_on", taxpayer_fact=True)
class QuotaGrant(Node):
    """What may be issued, dated."""

    id: str = key("source and id", "核定标识")
    invoice_kind: str | None = prop(K.TEXT, "kind of invoice", "发票票种")
    count: int | None = prop(K.INTEGER, "monthly number of invoices", "月领用份数")
    face_cap_cents: int | None = prop(K.CENTS, "cap on one invoice (tax-control invoices only)", "单份限额")
    total_cents: int | None = prop(K.CENTS, "monthly total quota", "发票总额度")
    granted_on: date | None = prop(K.DATE, "granted on", "核定日期")
    currency: str | None = prop(K.TEXT, "currency", "币种")


@node(en="a risk level given to a taxpayer", zh="风险等级", event_time="rated_on", taxpayer_fact=True)
class RiskLevel(Node):
    """A rating by a source system, dated."""

    id: str = key("source and id", "评级标识")
    level: str | None = prop(K.TEXT, "level", "等级")
    reason: str | None = prop(K.TEXT, "reason", "原因")
    rated_on: date | None = prop(K.DATE, "rated on", "评定日期")


@node(en="a yearly credit grade", zh="纳税信用等级", event_time="graded_on", taxpayer_fact=True)
class CreditGrade(Node):
    """Credit grade of one taxpayer in one year."""

    id: str = key("source and id, or party and year", "等级标识")
    year: int | None = prop(K.INTEGER, "year", "年度")
    grade: str | None = prop(K.TEXT, "grade A, B, M, C, D", "等级")
    graded_on: date | None = prop(K.DATE, "graded on", "评定日期")


@node(en="a customs declaration", zh="报关单", event_time="declared_on", taxpayer_fact=True)
class CustomsDeclaration(Node):
    """Export or import of goods."""

    id: str = key("source and id", "报关单标识")
    direction: str | None = prop(K.TEXT, "export or import", "进出口")
    amount_cents: int | None = prop(K.CENTS, "declared value", "申报金额")
    currency: str | None = prop(K.TEXT, "currency", "币种")
    declared_on: date | None = prop(K.DATE, "declared on", "申报日期")


@node(en="a claim of export rebate", zh="出口退税申报", event_time="claimed_on", taxpayer_fact=True)
class RebateClaim(Node):
    """Export rebate asked for."""

    id: str = key("source and id", "退税标识")
    amount_cents: int | None = prop(K.CENTS, "rebate claimed", "退税额")
    currency: str | None = prop(K.TEXT, "currency", "币种")
    claimed_on: date | None = prop(K.DATE, "claimed on", "申报日期")


@node(en="a transfer of money", zh="资金划转", event_time="transferred_at")
class FundTransfer(Node):
    """From PAID_BY to PAID_TO."""

    id: str = key("source and id", "划转标识")
    amount_cents: int | None = prop(K.CENTS, "amount", "金额")
    currency: str | None = prop(K.TEXT, "currency", "币种")
    transferred_at: datetime | None = prop(K.CIVIL_TIME, "transferred at", "划转时间")


@node(en="a waybill", zh="运单", event_time="shipped_on", taxpayer_fact=True)
class Waybill(Node):
    """Goods that really moved."""

    id: str = key("source and id", "运单标识")
    weight: str | None = prop(K.DECIMAL, "weight in kg", "重量")
    origin: str | None = prop(K.TEXT, "origin region", "起运地")
    destination: str | None = prop(K.TEXT, "destination region", "到达地")
    shipped_on: date | None = prop(K.DATE, "shipped on", "起运日期")


DOCUMENTS = (
    Invoice,
    InvoiceAlias,
    Commodity,
    Filing,
    TaxPayment,
    InputTransferOut,
    QuotaGrant,
    RiskLevel,
    CreditGrade,
    CustomsDeclaration,
    RebateClaim,
    FundTransfer,
    Waybill,
)
