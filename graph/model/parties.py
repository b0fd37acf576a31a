"""Taxpayers, the registrations and parties they are made of, the people behind them and their contacts."""

from __future__ import annotations

from datetime import date

from graph.model.fields import Kind, Personal, key, prop
from graph.model.types import Node, node

K, P = Kind, Personal
STATUS = ("normal", "suspended", "abnormal", "cancelled", "revoked")


@node(
    en="the unique subject of tax after identity resolution",
    zh="纳税人",
    search=("name", "tax_number", "id"),
    taxpayer_fact=True,
)
class Taxpayer(Node):
    """Derived from registrations by `loaders.resolve`; a stub where no registration is known."""

    id: str = key("public id: a function of its canonical record", "纳税人标识")
    tax_number: str | None = prop(
        K.TEXT, "current tax number (USCC)", "纳税人识别号", personal=P.BUSINESS, indexed=True
    )
    name: str | None = prop(K.TEXT, "current name", "名称", personal=P.BUSINESS)
    kind: str | None = prop(K.TEXT, "enterprise, individual business, natural person, foreign", "纳税人类型")
    status: str | None = prop(K.TEXT, "registration status", "登记状态", order=STATUS)
    vat_status: str | None = prop(K.TEXT, "general or small-scale VAT taxpayer", "增值税纳税人类型")
    industry: str | None = prop(K.TEXT, "industry code (GB/T 4754)", "行业代码")
    region: str | None = prop(K.TEXT, "region code (GB/T 2260)", "行政区划代码")
    bureau: str | None = prop(K.TEXT, "authority code of the bureau in charge", "主管税务机关", indexed=True)
    registered_on: date | None = prop(K.DATE, "first registration", "登记日期")
    stub: bool | None = prop(K.BOOLEAN, "known only from documents of others", "仅见于单据")


@node(en="what a fact bears: a tax number, a bureau serial or, without either, a name", zh="当事方")
class Party(Node):
    """Facts hang here; `PARTY_OF` leads to the taxpayer (docs/adr/0004)."""

    id: str = key("kind and token, e.g. `no:91350100M000100Y43`", "当事方标识", personal=P.BUSINESS)
    kind: str | None = prop(K.TEXT, "number, serial or name", "标识类型")
    number: str | None = prop(K.TEXT, "the tax number as borne", "识别号", personal=P.BUSINESS)
    name: str | None = prop(K.TEXT, "smallest name seen with it on documents", "名称", personal=P.BUSINESS)
    country: str | None = prop(K.TEXT, "country (ISO 3166)", "国家")
    postcode: str | None = prop(K.TEXT, "postcode", "邮政编码")
    taxpayer_id: str | None = prop(
        K.TEXT,
        "the taxpayer id this party would give: every id ever given is one of these",
        "候选标识",
        indexed=True,
    )


@node(en="one record of a source's register of taxpayers", zh="登记", search=("name", "tax_number"))
class Registration(Node):
    """Many may belong to one taxpayer; the bureau's serial survives changes of number."""

    id: str = key("source and source id", "登记标识")
    source: str | None = prop(K.TEXT, "source system", "来源系统")
    source_id: str | None = prop(K.TEXT, "the source's own serial (DJXH)", "登记序号")
    tax_number: str | None = prop(K.TEXT, "taxpayer number (NSRSBH)", "纳税人识别号", personal=P.BUSINESS)
    uscc: str | None = prop(K.TEXT, "unified social credit code (SHXYDM)", "统一社会信用代码", personal=P.BUSINESS)
    name: str | None = prop(K.TEXT, "name (NSRMC)", "纳税人名称", personal=P.BUSINESS)
    kind: str | None = prop(K.TEXT, "kind of taxpayer", "纳税人类型")
    status: str | None = prop(K.TEXT, "status (NSRZT)", "纳税人状态", order=STATUS)
    vat_status: str | None = prop(K.TEXT, "general or small-scale", "增值税纳税人类型")
    industry: str | None = prop(K.TEXT, "industry code (HY_DM)", "行业代码")
    region: str | None = prop(K.TEXT, "region code", "行政区划代码")
    bureau: str | None = prop(K.TEXT, "authority code in charge", "主管税务机关代码")
    legal_representative: str | None = prop(
        K.TEXT, "name of the legal representative as written", "法定代表人姓名", personal=P.PERSONAL
    )
    address: str | None = prop(K.TEXT, "registered address", "注册地址", personal=P.BUSINESS)
    phone: str | None = prop(K.TEXT, "telephone", "电话", personal=P.RESTRICTED)
    registered_on: date | None = prop(K.DATE, "registered on", "登记日期")
    cancelled_on: date | None = prop(K.DATE, "cancelled on", "注销日期")
    country: str | None = prop(K.TEXT, "country (ISO 3166)", "国家")
    postcode: str | None = prop(K.TEXT, "postcode", "邮政编码")


@node(en="one change of one item of a registration", zh="变更登记", event_time="changed_on", taxpayer_fact=True)
class RegistrationChange(Node):
    """Comes as an event, or from the difference of two snapshots."""

    id: str = key("source and change id, or registration, item and day", "变更标识")
    registration: str | None = prop(K.TEXT, "registration it belongs to", "登记标识")
    item: str | None = prop(K.TEXT, "what changed: name, tax_number, legal_representative, address …", "变更项目")
    old_value: str | None = prop(K.TEXT, "value before", "变更前内容", personal=P.PERSONAL)
    new_value: str | None = prop(K.TEXT, "value after", "变更后内容", personal=P.PERSONAL)
    changed_on: date | None = prop(K.DATE, "day of the change", "变更日期")


@node(en="a natural person", zh="自然人", search=("name",))
class Person(Node):
    """Keyed by HMAC of document kind and number; the number itself is never stored."""

    id: str = key("HMAC of document kind and number, or of source and the source's person id", "自然人标识")
    name: str | None = prop(K.TEXT, "name", "姓名", personal=P.PERSONAL)
    masked_number: str | None = prop(K.TEXT, "last four of the document number", "证件号后四位", personal=P.PERSONAL)
    birth_year: int | None = prop(K.INTEGER, "year of birth", "出生年份", personal=P.PERSONAL)
    region: str | None = prop(K.TEXT, "province code", "省份代码", personal=P.PERSONAL)


@node(en="what a person's document tells, so that typing errors in it are found", zh="证件特征")
class PersonDocument(Node):
    """One a person who is known by a document, or without one by a date of birth.

    Identity resolution alone reads it; no interface shows it.
    """

    id: str = key("the person's", "自然人标识")
    birth_date: date | None = prop(K.DATE, "date of birth", "出生日期", personal=P.RESTRICTED)
    gaps: str | None = prop(
        K.TEXT,
        "keyed hashes of the number and of it without each sign, 12 hex digits each, blanks between",
        "证件号码缺位散列",
        personal=P.RESTRICTED,
    )


@node(en="an address, normalised", zh="地址")
class Address(Node):
    """A contact that firms and persons use."""

    id: str = key("HMAC of the normalised value", "标识")
    value: str | None = prop(K.TEXT, "normalised value", "规范值", personal=P.RESTRICTED)
    region: str | None = prop(K.TEXT, "province code", "省份代码")


@node(en="a telephone number, normalised", zh="电话")
class Phone(Node):
    """A contact that firms and persons use."""

    id: str = key("HMAC of the normalised value", "标识")
    value: str | None = prop(K.TEXT, "normalised value", "规范值", personal=P.RESTRICTED)


@node(en="a device that issued or filed", zh="设备")
class Device(Node):
    """A contact that firms and persons use."""

    id: str = key("HMAC of the normalised value", "标识")
    value: str | None = prop(K.TEXT, "normalised value", "规范值", personal=P.RESTRICTED)


@node(en="a network address", zh="网络地址")
class NetworkAddress(Node):
    """A contact that firms and persons use."""

    id: str = key("HMAC of the normalised value", "标识")
    value: str | None = prop(K.TEXT, "normalised value", "规范值", personal=P.RESTRICTED)


@node(en="a bank account", zh="银行账户")
class BankAccount(Node):
    """A contact that firms and persons use."""

    id: str = key("HMAC of the normalised value", "标识")
    value: str | None = prop(K.TEXT, "normalised value", "规范值", personal=P.RESTRICTED)
    bank: str | None = prop(K.TEXT, "bank name or code", "开户行")


CONTACTS = (Address, Phone, Device, NetworkAddress, BankAccount)
PARTIES = (Taxpayer, Party, Registration, RegistrationChange, Person, PersonDocument, *CONTACTS)
