"""Where each business term of EN 16931 stands in UBL 2.1 (CEN/TS 16931-3-2). Read by `en16931`; paths as in `paths`.

Invoice and CreditNote differ in a few names only; both alternatives stand in one path.
"""

from __future__ import annotations

_SELLER = "AccountingSupplierParty/Party"
_BUYER = "AccountingCustomerParty/Party"
_TOTAL = "LegalMonetaryTotal"
_VAT = "PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID"
# The bank's creditor identifier (BT-90) stands among the party's identifiers, under scheme SEPA.
_PARTY_ID = "PartyIdentification[ID@schemeID!=SEPA]"

UBL_LINES = ("InvoiceLine", "CreditNoteLine")
UBL_SUB_LINES = ("SubInvoiceLine", "SubCreditNoteLine")  # the XRechnung extension's nested lines
UBL_VAT = "TaxTotal/TaxSubtotal"


def _party(
    party: str, names: tuple[str, str], ids: tuple[str, str], address: tuple[str, ...], contact: tuple[str, ...]
) -> dict[str, str]:
    """The terms that seller and buyer have in common; numbers of the terms in the order of the paths below."""
    street, more, third, city, post_code, region, country = address
    point, telephone, email = contact
    place = f"{party}/PostalAddress"
    return {
        names[0]: f"{party}/PartyLegalEntity/RegistrationName",
        names[1]: f"{party}/PartyName/Name",
        ids[0]: f"{party}/{_PARTY_ID} -> ID",
        f"{ids[0]}-1": f"{party}/{_PARTY_ID} -> ID@schemeID",
        ids[1]: f"{party}/PartyLegalEntity/CompanyID",
        f"{ids[1]}-1": f"{party}/PartyLegalEntity/CompanyID@schemeID",
        street: f"{place}/StreetName",
        more: f"{place}/AdditionalStreetName",
        third: f"{place}/AddressLine/Line",
        city: f"{place}/CityName",
        post_code: f"{place}/PostalZone",
        region: f"{place}/CountrySubentity",
        country: f"{place}/Country/IdentificationCode",
        point: f"{party}/Contact/Name",
        telephone: f"{party}/Contact/Telephone",
        email: f"{party}/Contact/ElectronicMail",
    }


UBL_HEADER: dict[str, str] = {
    "BT-1": "ID",
    "BT-2": "IssueDate",
    "BT-3": "InvoiceTypeCode | CreditNoteTypeCode",
    "BT-5": "DocumentCurrencyCode",
    "BT-6": "TaxCurrencyCode",
    "BT-7": "TaxPointDate",
    "BT-9": "DueDate | PaymentMeans/PaymentDueDate",
    "BT-10": "BuyerReference",
    "BT-11": "ProjectReference/ID | AdditionalDocumentReference[DocumentTypeCode=50]/ID",
    "BT-12": "ContractDocumentReference/ID",
    "BT-13": "OrderReference/ID",
    "BT-14": "OrderReference/SalesOrderID",
    "BT-20": "PaymentTerms/Note",
    "BT-21": "Note",
    "BT-22": "Note",
    "BT-23": "ProfileID",
    "BT-24": "CustomizationID",
    "BT-25": "BillingReference/InvoiceDocumentReference -> ID",
    "BT-26": "BillingReference/InvoiceDocumentReference -> IssueDate",
    **_party(
        _SELLER,
        names=("BT-27", "BT-28"),
        ids=("BT-29", "BT-30"),
        address=("BT-35", "BT-36", "BT-162", "BT-37", "BT-38", "BT-39", "BT-40"),
        contact=("BT-41", "BT-42", "BT-43"),
    ),
    "BT-31": f"{_SELLER}/{_VAT}",
    "BT-32": f"{_SELLER}/PartyTaxScheme[TaxScheme/ID!=VAT]/CompanyID",
    "BT-33": f"{_SELLER}/PartyLegalEntity/CompanyLegalForm",
    "BT-34": f"{_SELLER}/EndpointID",
    **_party(
        _BUYER,
        names=("BT-44", "BT-45"),
        ids=("BT-46", "BT-47"),
        address=("BT-50", "BT-51", "BT-163", "BT-52", "BT-53", "BT-54", "BT-55"),
        contact=("BT-56", "BT-57", "BT-58"),
    ),
    "BT-48": f"{_BUYER}/{_VAT}",
    "BT-49": f"{_BUYER}/EndpointID",
    "BT-59": "PayeeParty/PartyName/Name",
    "BT-60": f"PayeeParty/{_PARTY_ID}/ID",
    "BT-61": "PayeeParty/PartyLegalEntity/CompanyID",
    "BT-62": "TaxRepresentativeParty/PartyName/Name",
    "BT-63": f"TaxRepresentativeParty/{_VAT}",
    "BT-70": "Delivery/DeliveryParty/PartyName/Name",
    "BT-72": "Delivery/ActualDeliveryDate",
    "BT-73": "InvoicePeriod/StartDate",
    "BT-74": "InvoicePeriod/EndDate",
    "BT-78": "Delivery/DeliveryLocation/Address/PostalZone",
    "BT-80": "Delivery/DeliveryLocation/Address/Country/IdentificationCode",
    "BT-81": "PaymentMeans/PaymentMeansCode",
    "BT-83": "PaymentMeans/PaymentID",
    "BT-84": "PaymentMeans/PayeeFinancialAccount/ID",
    "BT-91": "PaymentMeans/PaymentMandate/PayerFinancialAccount/ID",
    "BT-106": f"{_TOTAL}/LineExtensionAmount",
    "BT-107": f"{_TOTAL}/AllowanceTotalAmount",
    "BT-108": f"{_TOTAL}/ChargeTotalAmount",
    "BT-109": f"{_TOTAL}/TaxExclusiveAmount",
    "BT-110": "TaxTotal/TaxAmount[@currencyID=$BT-5] | TaxTotal/TaxAmount[@currencyID=]",
    "BT-111": "TaxTotal/TaxAmount[@currencyID=$BT-6]",
    "BT-112": f"{_TOTAL}/TaxInclusiveAmount",
    "BT-113": f"{_TOTAL}/PrepaidAmount",
    "BT-114": f"{_TOTAL}/PayableRoundingAmount",
    "BT-115": f"{_TOTAL}/PayableAmount",
}

UBL_LINE: dict[str, str] = {
    "BT-126": "ID",
    "BT-127": "Note",
    "BT-129": "InvoicedQuantity | CreditedQuantity",
    "BT-130": "InvoicedQuantity@unitCode | CreditedQuantity@unitCode",
    "BT-131": "LineExtensionAmount",
    "BT-132": "OrderLineReference/LineID",
    "BT-134": "InvoicePeriod/StartDate",
    "BT-135": "InvoicePeriod/EndDate",
    "BT-146": "Price/PriceAmount",
    "BT-147": "Price/AllowanceCharge/Amount",
    "BT-148": "Price/AllowanceCharge/BaseAmount",
    "BT-149": "Price/BaseQuantity",
    "BT-150": "Price/BaseQuantity@unitCode",
    "BT-151": "Item/ClassifiedTaxCategory/ID",
    "BT-152": "Item/ClassifiedTaxCategory/Percent",
    "BT-153": "Item/Name",
    "BT-154": "Item/Description",
    "BT-155": "Item/SellersItemIdentification/ID",
    "BT-156": "Item/BuyersItemIdentification/ID",
    "BT-157": "Item/StandardItemIdentification/ID",
    "BT-157-1": "Item/StandardItemIdentification/ID@schemeID",
    "BT-158": "Item/CommodityClassification -> ItemClassificationCode",
    "BT-158-1": "Item/CommodityClassification -> ItemClassificationCode@listID",
    "BT-159": "Item/OriginCountry/IdentificationCode",
}

UBL_VAT_TERMS: dict[str, str] = {
    "BT-116": "TaxableAmount",
    "BT-117": "TaxAmount",
    "BT-118": "TaxCategory/ID",
    "BT-119": "TaxCategory/Percent",
    "BT-120": "TaxCategory/TaxExemptionReason",
    "BT-121": "TaxCategory/TaxExemptionReasonCode",
}
