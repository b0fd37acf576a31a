"""Random batches of canonical frames over a small world, for tests of order and of repetition.

Few taxpayers, few numbers, clashing contents and dates: what a province shows once in a thousand rows stands here in
every batch.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

KEY = b"a key for tests alone, thirty-two"[:32]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Frames of one batch and their date."""

    frames: Mapping[str, pd.DataFrame]
    as_at: datetime | None


def deliveries(seed: int, *, count: int = 10) -> list[Delivery]:
    """`count` batches, a function of the seed alone."""
    chance = random.Random(seed)  # noqa: S311  # a fixed world, no secret
    return [_delivery(chance, place) for place in range(count)]


def _delivery(chance: random.Random, place: int) -> Delivery:
    frames = {"invoices": _invoices(chance), "invoice_lines": _lines(chance)}
    if chance.random() < 0.7:
        frames["taxpayers"] = _taxpayers(chance)
    if chance.random() < 0.4:
        frames["registration_changes"] = _changes(chance)
    frames["in_grid"] = _rows(chance, 3, lambda: {"taxpayer": _number(chance), "grid": f"G{chance.randrange(3)}"})
    frames["officers"] = _rows(chance, 2, lambda: {"id": f"O{chance.randrange(3)}", "name": chance.choice("甲乙")})
    frames["persons"] = _rows(chance, 3, lambda: _person(chance))
    frames["task_events"] = _events(chance)
    as_at = None if chance.random() < 0.3 else datetime(2026, 1 + chance.randrange(6), 1 + place % 3)  # noqa: DTZ001  # civil, as extracts are dated
    return Delivery(frames, as_at)


def _rows(chance: random.Random, most: int, row: Callable[[], dict[str, object]]) -> pd.DataFrame:
    made = [row() for _ in range(1 + chance.randrange(most))]
    return pd.DataFrame(made)


def _number(chance: random.Random) -> str:
    return f"N{chance.randrange(8)}"


def _invoices(chance: random.Random) -> pd.DataFrame:
    def row() -> dict[str, object]:
        number = f"{chance.randrange(12):08d}"
        seller = _number(chance)
        red = chance.random() < 0.1
        net = chance.choice(["100.00", "250.50", "3"])
        code = chance.choice([None, "1300"])
        return {
            "code": code,
            "number": number,
            "digital_number": f"26{int(number):018d}" if code and chance.random() < 0.3 else None,
            "seller": seller,
            "buyer": _number(chance),
            "seller_name": f"公司{seller}",
            "issued_at": chance.choice(["2026-02-01", "2026-02-01 10:00:00", "2026-03-05"]),
            "net": f"-{net}" if red else net,
            "tax": "0",
            "red": "是" if red else None,
            "status": chance.choice(["normal", "void", None]),
            "blue_number": f"{chance.randrange(12):08d}" if red else None,
        }

    made = [row() for _ in range(6)]
    digital = [{**made[0], "code": None, "number": f"26{chance.randrange(12):018d}", "digital_number": None}]
    return pd.DataFrame(made + digital)


def _lines(chance: random.Random) -> pd.DataFrame:
    return _rows(
        chance,
        4,
        lambda: {
            "invoice_number": chance.choice([f"{chance.randrange(12):08d}", f"26{chance.randrange(12):018d}"]),
            "line": chance.randrange(1, 3),
            "code": chance.choice(["1010101000000000000", "1010102000000000000"]),
            "name": chance.choice(["*谷物*小麦", "*谷物*玉米"]),
            "amount": chance.choice(["1", "2.5"]),
        },
    )


def _taxpayers(chance: random.Random) -> pd.DataFrame:
    def row() -> dict[str, object]:
        place = chance.randrange(6)
        return {
            "id": f"T{place}",
            "tax_number": chance.choice([f"N{place}", f"N{(place + 1) % 8}"]) if place % 2 else f"N{place}",
            "name": chance.choice([f"甲{place}", f"乙{place}", None]),
            "status": chance.choice(["normal", "cancelled", None]),
            "region": "350100",
            "bureau": chance.choice(["13501", "13502"]),
            "registered_on": chance.choice([None, "2020-01-01", "2021-05-05"]),
        }

    return pd.DataFrame([row() for _ in range(3)])


def _person(chance: random.Random) -> dict[str, object]:
    return {
        "document_kind": "passport",
        "document_number": f"E{chance.randrange(3)}",
        "name": chance.choice(["张", "王", None]),
        "source": chance.choice(["canonical", "neighbour"]),
    }


def _changes(chance: random.Random) -> pd.DataFrame:
    def row() -> dict[str, object]:
        place = chance.randrange(6)
        return {
            "registration": f"T{place}",
            "item": "tax_number",
            "old_value": f"N{place}",
            "new_value": f"M{place}",
            "changed_on": f"2026-0{chance.randrange(1, 5)}-01",
        }

    return pd.DataFrame([row() for _ in range(2)])


def _events(chance: random.Random) -> pd.DataFrame:
    return _rows(
        chance,
        5,
        lambda: {
            "task": f"K{chance.randrange(3)}",
            "action": chance.choice(["accept", "close"]),
            "at": f"2026-03-0{chance.randrange(1, 4)} 10:00:00",
            "officer": f"O{chance.randrange(3)}",
            "position": None,
        },
    )
