"""Registrations about which a person should decide, under `tests.support.registrations.small_model`."""

from __future__ import annotations

from datetime import date

from tests.support.registrations import CODES

OLD_NUMBER = "320102600123456"
CONTACTS = {
    "legal_representative": "欧阳建国",
    "phone": "13912345678",
    "address": "南京市玄武区人民路12号405室",
    "registered_on": date(2020, 1, 1),
    "region": "320102",
}
ONE = {"id": "T1", "name": "南京恒源商贸有限公司", "tax_number": OLD_NUMBER, "uscc": CODES["A"], "bureau": "4401"}
OTHER = {"id": "T2", "name": "南京恒源商贸有限公司", "tax_number": OLD_NUMBER, "uscc": CODES["B"], "bureau": "4401"}
BRANCH = {"id": "T3", "name": "南京恒源商贸有限公司苏州分公司", "tax_number": CODES["A"], "bureau": "4402"}
SHELL = {
    "id": "T4",
    "name": "苏州金桥咨询有限公司",
    "tax_number": "320102600123457",
    "bureau": "4401",
    **CONTACTS,
}
RENAMED = {
    "id": "T5",
    "name": "南京华宇物流有限公司",
    "tax_number": "320102600123458",
    "bureau": "4401",
    **CONTACTS,
}
BUREAUS = [{"id": "4401", "name": "甲局"}, {"id": "4402", "name": "乙局"}]
