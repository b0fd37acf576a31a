"""One small document of each XML format and one event log as a table: seeds that need no public sample."""

from __future__ import annotations

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
_CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"

EINVOICE = """<EInvoice><Header><EIid>23440000000000000001</EIid><InherentLabel><InIssuType><LabelCode>Y</LabelCode>
</InIssuType></InherentLabel></Header><EInvoiceData><SellerInformation><SellerIdNum>91350100M000100Y43</SellerIdNum>
<SellerName>示例商贸有限公司</SellerName></SellerInformation><BuyerInformation><BuyerName>虚构采购有限公司</BuyerName>
<BuyerIdNum>91350100M000200Y00</BuyerIdNum></BuyerInformation><BasicInformation><TotalAmWithoutTax>100.00
</TotalAmWithoutTax><TotalTaxAm>13.00</TotalTaxAm><RequestTime>2026-03-01 10:00:00</RequestTime></BasicInformation>
<IssuItemInformation><ItemName>小麦</ItemName><Quantity>2</Quantity><UnPrice>50</UnPrice><Amount>100.00</Amount>
<TaxRate>0.13</TaxRate><ComTaxAm>13.00</ComTaxAm></IssuItemInformation></EInvoiceData></EInvoice>"""

XBRL = """<xbrl xmlns:e="http://example.org/taxonomy/einv"><context id="c1"><entity>
<identifier>91350100M000200Y00</identifier></entity></context><unit id="u"><measure>iso4217:CNY</measure></unit>
<e:InvoiceNumber contextRef="c1">23440000000000000002</e:InvoiceNumber><e:IssueTime>2026-03-01</e:IssueTime>
<e:SellerIdNum>91350100M000100Y43</e:SellerIdNum><e:TotalAmWithoutTax unitRef="u">100.00</e:TotalAmWithoutTax>
<e:TotalTaxAm>13.00</e:TotalTaxAm></xbrl>"""

UBL = f"""<Invoice xmlns="{_UBL}"><ID>7</ID><IssueDate>2026-03-01</IssueDate><InvoiceTypeCode>380</InvoiceTypeCode>
<DocumentCurrencyCode>EUR</DocumentCurrencyCode><AccountingSupplierParty><Party><PartyTaxScheme>
<CompanyID>DE123456789</CompanyID><TaxScheme><ID>VAT</ID></TaxScheme></PartyTaxScheme><PartyLegalEntity>
<RegistrationName>Muster Handel GmbH</RegistrationName></PartyLegalEntity></Party></AccountingSupplierParty>
<AccountingCustomerParty><Party><PartyLegalEntity><RegistrationName>Beispiel Einkauf AG</RegistrationName>
</PartyLegalEntity></Party></AccountingCustomerParty><TaxTotal><TaxAmount currencyID="EUR">19.00</TaxAmount></TaxTotal>
<LegalMonetaryTotal><TaxExclusiveAmount currencyID="EUR">100.00</TaxExclusiveAmount>
<TaxInclusiveAmount currencyID="EUR">119.00</TaxInclusiveAmount></LegalMonetaryTotal><InvoiceLine><ID>1</ID>
<InvoicedQuantity unitCode="C62">2</InvoicedQuantity><LineExtensionAmount currencyID="EUR">100.00
</LineExtensionAmount><Item><Name>Weizen</Name></Item><Price><PriceAmount currencyID="EUR">50</PriceAmount></Price>
</InvoiceLine></Invoice>"""

CII = f"""<r:CrossIndustryInvoice xmlns:r="{_CII}"><ExchangedDocument><ID>8</ID><TypeCode>380</TypeCode><IssueDateTime>
<DateTimeString format="102">20260301</DateTimeString></IssueDateTime></ExchangedDocument><SupplyChainTradeTransaction>
<IncludedSupplyChainTradeLineItem><AssociatedDocumentLineDocument><LineID>1</LineID></AssociatedDocumentLineDocument>
<SpecifiedTradeProduct><Name>Weizen</Name></SpecifiedTradeProduct></IncludedSupplyChainTradeLineItem>
<ApplicableHeaderTradeAgreement><SellerTradeParty><Name>Muster Handel GmbH</Name><SpecifiedTaxRegistration>
<ID schemeID="VA">DE123456789</ID></SpecifiedTaxRegistration></SellerTradeParty><BuyerTradeParty>
<Name>Beispiel Einkauf AG</Name></BuyerTradeParty></ApplicableHeaderTradeAgreement><ApplicableHeaderTradeSettlement>
<InvoiceCurrencyCode>EUR</InvoiceCurrencyCode><SpecifiedTradeSettlementHeaderMonetarySummation>
<TaxBasisTotalAmount>100.00</TaxBasisTotalAmount><TaxTotalAmount currencyID="EUR">19.00</TaxTotalAmount>
<GrandTotalAmount>119.00</GrandTotalAmount></SpecifiedTradeSettlementHeaderMonetarySummation>
</ApplicableHeaderTradeSettlement></SupplyChainTradeTransaction></r:CrossIndustryInvoice>"""

XES = """<log xmlns="http://www.xes-standard.org/"><trace><string key="concept:name" value="case 1"/><event>
<string key="concept:name" value="open"/><date key="time:timestamp" value="2026-03-01T00:00:00Z"/>
<string key="org:resource" value="officer 1"/><int key="cost" value="5"/></event><event>
<string key="concept:name" value="close"/><date key="time:timestamp" value="2026-03-02T00:00:00+08:00"/></event>
</trace></log>"""

EVENTS = """case,activity,timestamp,resource,note
case 1,open,2026-03-01 10:00:00,officer 1,首次登记说明
case 1,close,2026-03-02 10:00:00,officer 2,
case 2,open,2026-03-03T10:00:00+08:00,officer 1,补充材料说明
"""

# File name, source, text.
DOCUMENTS = (
    ("small-einvoice.xml", "einvoice", EINVOICE),
    ("small-xbrl.xml", "einvoice", XBRL),
    ("small-ubl.xml", "en16931", UBL),
    ("small-cii.xml", "en16931", CII),
    ("small-log.xes", "event-log", XES),
    ("small-events.csv", "event-log", EVENTS),
)
