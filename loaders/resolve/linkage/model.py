"""A trained model as a value: weights, frequencies, thresholds, and the digest of all of it. Made by `training`.

Written as JSON with sorted keys, so that equal models are equal bytes; a file whose digest is not its own is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from graph.errors import SettingsError
from loaders.resolve.linkage.comparisons import COMPARISONS

VERSION = 1
_SHIPPED = "firms-model.json"


@dataclass(frozen=True, slots=True)
class Model:
    """What scoring needs to know.

    Attributes:
        version: of this form; another one is refused.
        prior: probability that two registrations taken at random are one firm.
        levels: field → level → (m, u): how often two registrations of one firm, and of two firms, compare so.
        frequencies: column → value → share of registrations that bear it, the frequent values only.
        rare: column → share of any value that is not frequent.
        link: least weight, in bits, that makes a pair whose names agree one firm.
        review: least weight of any other pair that is kept for a person's decision.
        block: most registrations that are compared with each other because they share one value.
        trained: on how many registrations, pairs of one firm and pairs of two.
    """

    prior: float
    levels: Mapping[str, Mapping[str, tuple[float, float]]]
    frequencies: Mapping[str, Mapping[str, float]]
    rare: Mapping[str, float]
    link: float
    review: float
    block: int = 100
    trained: Mapping[str, int] = field(default_factory=dict)
    version: int = VERSION

    @property
    def digest(self) -> str:
        """32 hex digits of sha256 over everything."""
        return hashlib.sha256(_text(asdict(self)).encode()).hexdigest()[:32]

    def weight(self, comparison: str, level: str) -> float:
        """Bits that a level adds, before frequencies: log2(m / u) (Fellegi and Sunter 1969, J. Am. Stat. Assoc. 64)."""
        m, u = self.levels[comparison][level]
        return math.log2(m / u)

    def with_thresholds(self, *, link: float, review: float) -> Model:
        """The same model with other thresholds: a decision of the operator, hence another digest."""
        return replace(self, link=link, review=review)

    def write(self, path: Path) -> None:
        """Write it to a file."""
        path.write_text(_text({**asdict(self), "digest": self.digest}, indent=1) + "\n", encoding="utf-8")


def read_model(path: Path | None = None) -> Model:
    """The model of a file, or the one that is shipped, trained on a generated country.

    Raises:
        SettingsError: `settings.identity_model`, if the file is no model of this version or was altered.
    """
    source = path or files("loaders.resolve.linkage").joinpath(_SHIPPED)
    try:
        told: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
        digest = told.pop("digest")
        levels = {name: {level: (m, u) for level, (m, u) in of.items()} for name, of in told.pop("levels").items()}
        model = Model(levels=levels, **told)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as unreadable:
        raise _refused(source, "is not a model of identities") from unreadable
    wanted = {one.field: {level.name for level in one.levels} for one in COMPARISONS}
    if {name: set(of) for name, of in levels.items()} != wanted:
        raise _refused(source, "was trained for other comparisons")
    if model.version != VERSION or model.digest != digest:
        raise _refused(source, "is of another version, or was altered after it was written")
    return model


def _refused(source: Any, why: str) -> SettingsError:
    return SettingsError(
        f"the identity model {why}",
        code="settings.identity_model",
        next_step="train the model again, or leave the setting out to use the one that is shipped",
        file=str(source),
    )


def _text(value: Any, *, indent: int | None = None) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=indent)
