"""The sentence that defines each pattern, in English and Chinese, without the value of any threshold. Read by the page.

The exact definitions stand in the modules of `queries.patterns`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """One sentence in English and one in Chinese."""

    en: str
    zh: str


DEFINITIONS = {
    "ring_invoicing": Definition(
        "Firms invoice each other in a circle, or two of them mutually, within a window of time and with amounts that "
        "hardly differ.",
        "若干企业在一定时间内首尾相接开票(两户则互相对开),且金额相近。",
    ),
    "missing_trader": Definition(
        "A new firm sells with tax, pays next to none of it and stops filing, while its buyers sell on.",
        "新办企业销售有税,税款几乎未缴,随后停止申报,而其购方继续转售。",
    ),
    "violent_issuing": Definition(
        "A firm issues soon after its registration, uses up its quota without purchases that could explain it, and "
        "shows a further sign: a peak day, buyers elsewhere, invoices just below the cap, or a quota raised meanwhile.",
        "企业登记后很快开票,在没有相应进项的情况下用尽发票额度,并有单日峰值、购方多在外地、顶额开具或期间提额之一。",
    ),
    "pipeline_firm": Definition(
        "In a month as much goes out of a firm as came in, after a short stay, with a tax burden at the bottom of its "
        "industry, almost no expenses, and a flagged voucher not far upstream.",
        "企业当月进销金额相当,货物停留时间短,税负处于行业末位,几乎没有费用进项,且上游不远处有异常凭证。",
    ),
    "commodity_switch": Definition(
        "A trading firm sells kinds of goods that it never bought, and does not sell on as much of others that it did "
        "buy; for manufacturers the bill of materials explains what became of them.",
        "商贸企业销售从未购进的品类,而购进的其他品类有相当金额未再售出;生产企业按物料清单对应投入与产出。",
    ),
    "changed_shell": Definition(
        "After a change of its representative, a share, its address or its scope, a firm issues many times what it did "
        "before, or wakes from a long sleep.",
        "企业变更法定代表人、股权、地址或经营范围后,开票金额成倍增加,或从长期休眠中恢复开票。",
    ),
    "shared_control": Definition(
        "Several firms have the same people in their offices, or the same addresses, telephones, devices or accounts, "
        "by more than one kind of link or with crossed roles.",
        "多户企业由相同人员任职,或共用地址、电话、设备、账户,且有两类以上联系或交叉任职。",
    ),
    "affiliated_trade": Definition(
        "Seller and buyer of a trade both stand under one antecedent, by trails of roles, shares, control and kin.",
        "交易的销方与购方均可沿任职、持股、控制或亲属关系追溯到同一上级主体。",
    ),
    "abnormal_voucher": Definition(
        "Abnormal vouchers make up so much of the input tax that a firm claimed in a span that its own special "
        "invoices become abnormal too, and so on along the chain.",
        "企业同期申报抵扣的进项税额中异常凭证占比和累计税额均达到标准,其开具的专用发票亦列入异常凭证范围,并沿链条传递。",
    ),
    "time_inversion": Definition(
        "A firm sells a good part of its goods long before it buys them.",
        "企业相当一部分货物先销售、很久以后才购进。",
    ),
    "burst_before_vanishing": Definition(
        "A firm issues most of what it ever issued in its last days of trade, and then falls silent.",
        "企业在停止开票前的短期内开具了其全部金额的大部分,此后不再开票。",
    ),
    "farm_purchase": Definition(
        "A buyer writes its own farm-purchase invoices: very much from one farmer, in amounts just below the cap, at "
        "prices that hardly vary.",
        "收购企业自开农产品收购发票:向同一农户大量收购,单份金额接近限额,单价几乎不变。",
    ),
    "export_rebate": Definition(
        "An exporter declares many times what it bought, has a flagged voucher not far upstream, and claims a rebate.",
        "出口企业报关金额数倍于其购进金额,上游不远处有异常凭证,并申报退税。",
    ),
    "malicious_reversal": Definition(
        "A seller reverses invoices that the buyer has claimed, and the buyer does not transfer the credit out.",
        "购方抵扣后销方红冲发票,而购方未作进项税额转出。",
    ),
    "fund_return": Definition(
        "The payment of an invoice comes back, almost whole and within days, to the payer or to those who control it.",
        "发票价款在短期内几乎全额回流至付款方或其控制人。",
    ),
}
