"""Where each business term of EN 16931 stands in CII D16B (CEN/TS 16931-3-3).

Read by `en16931`; paths as in `paths`.
"""

from __future__ import annotations

_DOCUMENT = "ExchangedDocument"
_CONTEXT = "ExchangedDocumentContext"
_TRADE = "SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRADE}/ApplicableHeaderTradeAgreement"
_DELIVERY = f"{_TRADE}/ApplicableHeaderTradeDelivery"
_SETTLEMENT = f"{_TRADE}/ApplicableHeaderTradeSettlement"
_TOTAL = f"{_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"
_MEANS = f"{_SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans"
_PRECEDING = f"{_SETTLEMENT}/InvoiceReferencedDocument"
_SELLER = f"{_AGREEMENT}/SellerTradeParty"
_BUYER = f"{_AGREEMENT}/BuyerTradeParty"
_SHIP_TO = f"{_DELIVERY}/ShipToTradeParty"
_VAT = "SpecifiedTaxRegistration/ID[@schemeID=VA]"
_NET = "SpecifiedLineTradeAgreement/NetPriceProductTradePrice"
_GROSS = "SpecifiedLineTradeAgreement/GrossPriceProductTradePrice"
_LINE_TAX = "SpecifiedLineTradeSettlement/ApplicableTradeTax"
_LINE_PERIOD = "SpecifiedLineTradeSettlement/BillingSpecifiedPeriod"
_CLASS = "SpecifiedTradeProduct/DesignatedProductClassification"

CII_LINES = f"{_TRADE}/IncludedSupplyChainTradeLineItem"
CII_PARENT_LINE = "AssociatedDocumentLineDocument/ParentLineID"
CII_VAT = f"{_SETTLEMENT}/ApplicableTradeTax"


def _party(
    party: str, names: tuple[str, str], ids: tuple[str, str], address: tuple[str, ...], contact: tuple[str, ...]
) -> dict[str, str]:
    """The terms that seller and buyer have in common; numbers of the terms in the order of the paths below."""
    street, more, third, city, post_code, region, country = address
    point, telephone, email = contact
    place, person = f"{party}/PostalTradeAddress", f"{party}/DefinedTradeContact"
    return {
        names[0]: f"{party}/Name",
        names[1]: f"{party}/SpecifiedLegalOrganization/TradingBusinessName",
        ids[0]: f"{party}/ID | {party}/GlobalID",
        f"{ids[0]}-1": f"{party}/ID@schemeID | {party}/GlobalID@schemeID",
        ids[1]: f"{party}/SpecifiedLegalOrganization/ID",
        f"{ids[1]}-1": f"{party}/SpecifiedLegalOrganization/ID@schemeID",
        street: f"{place}/LineOne",
        more: f"{place}/LineTwo",
        third: f"{place}/LineThree",
        city: f"{place}/CityName",
        post_code: f"{place}/PostcodeCode",
        region: f"{place}/CountrySubDivisionName",
        country: f"{place}/CountryID",
        point: f"{person}/PersonName | {person}/DepartmentName",
        telephone: f"{person}/TelephoneUniversalCommunication/CompleteNumber",
        email: f"{person}/EmailURIUniversalCommunication/URIID",
    }


CII_HEADER: dict[str, str] = {
    "BT-1": f"{_DOCUMENT}/ID",
    "BT-2": f"{_DOCUMENT}/IssueDateTime/DateTimeString",
    "BT-3": f"{_DOCUMENT}/TypeCode",
    "BT-5": f"{_SETTLEMENT}/InvoiceCurrencyCode",
    "BT-6": f"{_SETTLEMENT}/TaxCurrencyCode",
    "BT-7": f"{_SETTLEMENT}/ApplicableTradeTax/TaxPointDate/DateString",
    "BT-9": f"{_SETTLEMENT}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString",
    "BT-10": f"{_AGREEMENT}/BuyerReference",
    "BT-11": f"{_AGREEMENT}/SpecifiedProcuringProject/ID",
    "BT-12": f"{_AGREEMENT}/ContractReferencedDocument/IssuerAssignedID",
    "BT-13": f"{_AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID",
    "BT-14": f"{_AGREEMENT}/SellerOrderReferencedDocument/IssuerAssignedID",
    "BT-20": f"{_SETTLEMENT}/SpecifiedTradePaymentTerms/Description",
    "BT-21": f"{_DOCUMENT}/IncludedNote -> SubjectCode",
    "BT-22": f"{_DOCUMENT}/IncludedNote -> Content",
    "BT-23": f"{_CONTEXT}/BusinessProcessSpecifiedDocumentContextParameter/ID",
    "BT-24": f"{_CONTEXT}/GuidelineSpecifiedDocumentContextParameter/ID",
    "BT-25": f"{_PRECEDING} -> IssuerAssignedID",
    "BT-26": f"{_PRECEDING} -> FormattedIssueDateTime/DateTimeString",
    **_party(
        _SELLER,
        names=("BT-27", "BT-28"),
        ids=("BT-29", "BT-30"),
        address=("BT-35", "BT-36", "BT-162", "BT-37", "BT-38", "BT-39", "BT-40"),
        contact=("BT-41", "BT-42", "BT-43"),
    ),
    "BT-31": f"{_SELLER}/{_VAT}",
    "BT-32": f"{_SELLER}/SpecifiedTaxRegistration/ID[@schemeID=FC]",
    "BT-33": f"{_SELLER}/Description",
    "BT-34": f"{_SELLER}/URIUniversalCommunication/URIID",
    **_party(
        _BUYER,
        names=("BT-44", "BT-45"),
        ids=("BT-46", "BT-47"),
        address=("BT-50", "BT-51", "BT-163", "BT-52", "BT-53", "BT-54", "BT-55"),
        contact=("BT-56", "BT-57", "BT-58"),
    ),
    "BT-48": f"{_BUYER}/{_VAT}",
    "BT-49": f"{_BUYER}/URIUniversalCommunication/URIID",
    "BT-59": f"{_SETTLEMENT}/PayeeTradeParty/Name",
    "BT-60": f"{_SETTLEMENT}/PayeeTradeParty/ID | {_SETTLEMENT}/PayeeTradeParty/GlobalID",
    "BT-61": f"{_SETTLEMENT}/PayeeTradeParty/SpecifiedLegalOrganization/ID",
    "BT-62": f"{_AGREEMENT}/SellerTaxRepresentativeTradeParty/Name",
    "BT-63": f"{_AGREEMENT}/SellerTaxRepresentativeTradeParty/{_VAT}",
    "BT-70": f"{_SHIP_TO}/Name",
    "BT-72": f"{_DELIVERY}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString",
    "BT-73": f"{_SETTLEMENT}/BillingSpecifiedPeriod/StartDateTime/DateTimeString",
    "BT-74": f"{_SETTLEMENT}/BillingSpecifiedPeriod/EndDateTime/DateTimeString",
    "BT-78": f"{_SHIP_TO}/PostalTradeAddress/PostcodeCode",
    "BT-80": f"{_SHIP_TO}/PostalTradeAddress/CountryID",
    "BT-81": f"{_MEANS}/TypeCode",
    "BT-83": f"{_SETTLEMENT}/PaymentReference",
    "BT-84": f"{_MEANS}/PayeePartyCreditorFinancialAccount/IBANID"
    f" | {_MEANS}/PayeePartyCreditorFinancialAccount/ProprietaryID",
    "BT-91": f"{_MEANS}/PayerPartyDebtorFinancialAccount/IBANID",
    "BT-106": f"{_TOTAL}/LineTotalAmount",
    "BT-107": f"{_TOTAL}/AllowanceTotalAmount",
    "BT-108": f"{_TOTAL}/ChargeTotalAmount",
    "BT-109": f"{_TOTAL}/TaxBasisTotalAmount",
    "BT-110": f"{_TOTAL}/TaxTotalAmount[@currencyID=$BT-5] | {_TOTAL}/TaxTotalAmount[@currencyID=]",
    "BT-111": f"{_TOTAL}/TaxTotalAmount[@currencyID=$BT-6]",
    "BT-112": f"{_TOTAL}/GrandTotalAmount",
    "BT-113": f"{_TOTAL}/TotalPrepaidAmount",
    "BT-114": f"{_TOTAL}/RoundingAmount",
    "BT-115": f"{_TOTAL}/DuePayableAmount",
}

CII_LINE: dict[str, str] = {
    "BT-126": "AssociatedDocumentLineDocument/LineID",
    "BT-127": "AssociatedDocumentLineDocument/IncludedNote/Content",
    "BT-129": "SpecifiedLineTradeDelivery/BilledQuantity",
    "BT-130": "SpecifiedLineTradeDelivery/BilledQuantity@unitCode",
    "BT-131": "SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
    "BT-132": "SpecifiedLineTradeAgreement/BuyerOrderReferencedDocument/LineID",
    "BT-134": f"{_LINE_PERIOD}/StartDateTime/DateTimeString",
    "BT-135": f"{_LINE_PERIOD}/EndDateTime/DateTimeString",
    "BT-146": f"{_NET}/ChargeAmount",
    "BT-147": f"{_GROSS}/AppliedTradeAllowanceCharge/ActualAmount",
    "BT-148": f"{_GROSS}/ChargeAmount",
    "BT-149": f"{_NET}/BasisQuantity | {_GROSS}/BasisQuantity",
    "BT-150": f"{_NET}/BasisQuantity@unitCode | {_GROSS}/BasisQuantity@unitCode",
    "BT-151": f"{_LINE_TAX}/CategoryCode",
    "BT-152": f"{_LINE_TAX}/RateApplicablePercent",
    "BT-153": "SpecifiedTradeProduct/Name",
    "BT-154": "SpecifiedTradeProduct/Description",
    "BT-155": "SpecifiedTradeProduct/SellerAssignedID",
    "BT-156": "SpecifiedTradeProduct/BuyerAssignedID",
    "BT-157": "SpecifiedTradeProduct/GlobalID",
    "BT-157-1": "SpecifiedTradeProduct/GlobalID@schemeID",
    "BT-158": f"{_CLASS} -> ClassCode",
    "BT-158-1": f"{_CLASS} -> ClassCode@listID",
    "BT-159": "SpecifiedTradeProduct/OriginTradeCountry/ID",
}

CII_VAT_TERMS: dict[str, str] = {
    "BT-116": "BasisAmount",
    "BT-117": "CalculatedAmount",
    "BT-118": "CategoryCode",
    "BT-119": "RateApplicablePercent",
    "BT-120": "ExemptionReason",
    "BT-121": "ExemptionReasonCode",
}
