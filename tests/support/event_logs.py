"""An event log by an independent reading of its XML: content alone, whatever its writing. For tests of round trips."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

Content = dict[str, Any]
KINDS = ("string", "date", "int", "float", "boolean", "id", "list", "container")
DATE_TIME = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def content_of(path: Path) -> Content:
    """Head, and traces as attributes and events, both in any order but the events'."""
    raw = path.read_bytes()
    log = ET.fromstring(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)  # noqa: S314 - a file of the test
    return {
        "log": dict(log.attrib),
        "extensions": unordered(sorted(each.attrib.items()) for each in children(log, ("extension",))),
        "classifiers": unordered(sorted(each.attrib.items()) for each in children(log, ("classifier",))),
        "globals": unordered((each.get("scope"), attributes(each)) for each in children(log, ("global",))),
        "attributes": attributes(log),
        "traces": unordered(
            (attributes(trace), [attributes(event) for event in children(trace, ("event",))])
            for trace in children(log, ("trace",))
        ),
    }


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def children(element: ET.Element, names: Iterable[str]) -> list[ET.Element]:
    return [child for child in element if local(child) in set(names)]


def attributes(element: ET.Element) -> list[Any]:
    return unordered(attribute(child) for child in children(element, KINDS))


def attribute(element: ET.Element) -> tuple[Any, ...]:
    kind, inner = local(element), children(element, KINDS)
    if kind in ("list", "container"):
        wrapped = children(element, ("values",))
        items = [attribute(child) for child in (children(wrapped[0], KINDS) if wrapped else inner)]
        return (kind, element.get("key"), items, unordered(map(attribute, inner)) if wrapped else [])
    return (kind, element.get("key"), value(kind, element.get("value")), attributes(element))


def value(kind: str, text: str | None) -> object:
    """What a text means: 5 is 05, noon in Shanghai is noon in Shanghai however its offset is written."""
    if text is None:
        return None
    if kind == "date" and DATE_TIME.fullmatch(text):
        fraction = re.search(r"\.(\d+)", text)
        moment = datetime.fromisoformat(re.sub(r"\.\d+", "", text))
        return (moment.isoformat(), (fraction.group(1) if fraction else "").rstrip("0"))
    if kind == "float":
        return Decimal(text)
    return int(text) if kind == "int" else text


def unordered(found: Iterable[Any]) -> list[Any]:
    return sorted(found, key=repr)


def faults_of_form(path: Path) -> list[str]:
    """Where a log breaks the schema of IEEE 1849: order and names of elements, keys, values by type."""
    log = ET.parse(path).getroot()  # noqa: S314 - a file of the test
    order = {"extension": 0, "global": 1, "classifier": 2, **dict.fromkeys(KINDS, 3), "trace": 4, "event": 5}
    places = [order.get(local(child), 99) for child in log]
    faults = [] if places == sorted(places) and 99 not in places else ["the log's elements stand in another order"]
    faults += [f"log has no {name}" for name in ("xes.version", "xes.features") if name not in log.attrib]
    for element in log.iter():
        if local(element) in KINDS:
            faults += _of_attribute(element)
    return faults


def _of_attribute(element: ET.Element) -> list[str]:
    kind, text = local(element), element.get("value")
    if element.get("key") is None:
        return ["an attribute without a key"]
    if kind in ("list", "container"):
        return [] if text is None else ["a collection with a value"]
    forms = {"int": r"[+-]?\d+", "boolean": "true|false|0|1", "float": r"[+-]?(\d+(\.\d*)?|\.\d+)(E[+-]?\d+)?"}
    fits = DATE_TIME.fullmatch(text or "") if kind == "date" else re.fullmatch(forms.get(kind, "(?s).*"), text or "")
    return [] if text is not None and fits else [f"{kind} {element.get('key')} is {text}"]
