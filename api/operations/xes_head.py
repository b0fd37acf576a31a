"""What an event log says before its traces: version, extensions, globals, classifiers, attributes. Used by `xes`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TextIO

from api.operations import markup
from api.operations.xes_attributes import write_attribute, write_attributes
from graph.trail.canonical import canonical_json

_NAMESPACE: Final = "http://www.xes-standard.org/"
_EXTENSIONS: Final = {"Concept": "concept", "Time": "time", "Organizational": "org"}
OWN: Final[Mapping[str, Any]] = {
    "log": [{"xes.version": "1849-2016", "xes.features": "nested-attributes"}],
    "extension": [
        {"name": name, "prefix": prefix, "uri": f"{_NAMESPACE}{prefix}.xesext"} for name, prefix in _EXTENSIONS.items()
    ],
    "classifier": [{"name": "Activity", "keys": "concept:name"}],
}


class Heads:
    """The heads of several logs as one: what they say alike is said once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self.log: dict[str, str] = {}
        self.elements: dict[str, list[Any]] = {"extension": [], "global": [], "classifier": []}
        self.attributes: list[tuple[str, Any]] = []

    @property
    def empty(self) -> bool:
        """Whether none was added."""
        return not self._seen

    def add(self, head: Mapping[str, Any]) -> None:
        """Add what this head says and none before it said."""
        for said in head.get("log", ()):
            self._seen.add("log")
            self.log = {**said, **self.log}
        for name, own in self.elements.items():
            own.extend(each for each in head.get(name, ()) if self._new(name, each))
        pairs = head.get("attributes", {}).items()
        self.attributes.extend((key, value) for key, value in pairs if self._new("attribute", [key, value]))

    def _new(self, name: str, said: Any) -> bool:
        told = canonical_json([name, said])
        new = told not in self._seen
        self._seen.add(told)
        return new


def write_head(file: TextIO, heads: Heads) -> None:
    """The log's start, up to its first trace."""
    markup.line(file, '<?xml version="1.0" encoding="UTF-8"?>')
    markup.line(file, markup.start("log", {**heads.log, "xmlns": _NAMESPACE}))
    for extension in heads.elements["extension"]:
        markup.line(file, markup.empty("extension", extension), depth=1)
    for each in heads.elements["global"]:
        scope = {} if each["scope"] is None else {"scope": each["scope"]}
        markup.line(file, markup.start("global", scope), depth=1)
        write_attributes(file, each["attributes"], depth=2)
        markup.line(file, "</global>", depth=1)
    for classifier in heads.elements["classifier"]:
        markup.line(file, markup.empty("classifier", classifier), depth=1)
    for key, value in heads.attributes:
        write_attribute(file, key, value, depth=1)
