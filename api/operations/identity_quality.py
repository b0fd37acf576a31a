"""How good the identities of a store are: sizes, rules, weights, doubts, and what labelled pairs tell."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.identity.registers import model_of_loads, weighs
from api.operations.bars import Bar, bars
from api.operations.context import OperationContext
from api.operations.registry import Answer
from graph.errors import DataError, QueryError
from graph.store.port import GraphStore

if TYPE_CHECKING:  # Splink takes a second, and only whoever asks needs it
    import pyarrow as pa

    from loaders.resolve.quality.estimates import Estimate, Judged, Stratum

SAMPLE, REPORT, SIZES, STRATA = "sample.csv", "report.json", "sizes.svg", "strata.svg"
_MILLION = 1_000_000


def identity_report(
    context: OperationContext,
    *,
    labels: str | None = None,
    sample: int | None = None,
    seed: str = "1",
    out: str | None = None,
) -> Answer:
    """Report on identities; with `out` as files too, with `sample` with pairs to be labelled.

    Raises:
        QueryError: `query.sample` for a sample without a folder or of nothing, `query.exists` for a file that is there.
        DataError: `data.labels`, `data.export.path`.
    """
    from loaders.resolve.linkage.scoring import score  # noqa: PLC0415 - heavy, see above
    from loaders.resolve.quality.estimates import judged, read_labels  # noqa: PLC0415 - the same
    from loaders.resolve.quality.population import drawn, population, wide  # noqa: PLC0415 - the same
    from loaders.resolve.register import Register  # noqa: PLC0415 - the same

    folder = _folder(out, sample)
    known = read_labels(Path(labels)) if labels else {}
    model = model_of_loads()
    members = context.store.export("REGISTERS").select(["from_id", "to_id"]).rename_columns(["id", "taxpayer"])
    scored = score(Register.of(context.store).fields, wide(model))
    pairs = population(members, scored)
    found = judged(pairs, map(str, members["id"].to_pylist()), known)
    answer = {
        **_register(context.store, members),
        "model": {"digest": model.digest, "version": model.version, "link": model.link, "review": model.review},
        "rules": _counted(scored.rules["rule"].to_pylist(), "rule", "pairs"),
        "not_compared": scored.oversized.to_pylist(),
        "reviews": _reviews(context.store),
        **_told(found),
        "files": [],
    }
    if folder is not None:
        chosen = drawn(pairs, count=sample, seed=seed) if sample else None
        answer["files"] = _written(folder, answer, chosen)
    context.saw("Export", ["identity-report"])
    return answer


def _folder(out: str | None, sample: int | None) -> Path | None:
    """Where to write; nothing that is there is written over."""
    if sample is not None and (sample < 1 or out is None):
        raise QueryError(
            "A sample has at least one pair and needs a folder.",
            code="query.sample",
            next_step="Write --sample 400 --out FOLDER.",
        )
    if out is None:
        return None
    folder = Path(out)
    for name in (REPORT, SIZES, STRATA, SAMPLE):
        if (folder / name).exists():
            raise QueryError(f"{name} is there.", code="query.exists", next_step="Name another folder.")
    return folder


def _register(store: GraphStore, members: pa.Table) -> dict[str, Any]:
    """Sizes of taxpayers, by what registrations belong, and by which version all stand."""
    from loaders.resolve.choosing import chosen_resolver  # noqa: PLC0415 - heavy, see above
    from loaders.resolve.versions import in_force  # noqa: PLC0415 - the same

    sizes = Counter(Counter(members["taxpayer"].to_pylist()).values())
    stands = in_force(store.batches()).version
    return {
        "registrations": members.num_rows,
        "taxpayers": sum(sizes.values()),
        "resolved_by": stands,
        "next_load_resolves_anew": stands is not None and stands != chosen_resolver().version,
        "loads_weigh": weighs(),
        "sizes": [{"registrations": size, "taxpayers": sizes[size]} for size in sorted(sizes)],
        "matched_by": _counted(store.export("REGISTERS")["rule"].to_pylist(), "rule", "registrations"),
    }


def _counted(values: Sequence[Any], name: str, counted: str) -> list[dict[str, Any]]:
    return [{name: value, counted: count} for value, count in sorted(Counter(map(str, values)).items())]


def _reviews(store: GraphStore) -> list[dict[str, Any]]:
    rows = store.export("IdentityReview")
    found = Counter(zip(rows["state"].to_pylist(), rows["reason"].to_pylist(), strict=True))
    return [{"state": state, "reason": reason, "pairs": count} for (state, reason), count in sorted(found.items())]


def _told(found: Judged) -> dict[str, Any]:
    return {
        "strata": [_stratum(each) for each in found.strata],
        "precision": _estimate(found.precision),
        "recall": _estimate(found.recall),
        "labels": {
            "placed": sum(each.labelled for each in found.strata),
            "never_compared": found.never_compared[0],
            "never_compared_same": found.never_compared[1],
            "unknown": found.unknown,
        },
    }


def _stratum(each: Stratum) -> dict[str, Any]:
    plain = {name: getattr(each, name) for name in ("joined", "basis", "pairs", "labelled", "same")}
    share = each.share
    limits = {"estimate": share.estimate, "low": share.low, "high": share.high} if share else None
    return {**plain, "share": limits and _millionths(limits)}


def _estimate(each: Estimate | None) -> dict[str, int] | None:
    if each is None:
        return None
    found = each.interval
    return _millionths({"estimate": found.estimate, "low": found.low, "high": found.high, "covers": each.covers})


def _millionths(shares: Mapping[str, float]) -> dict[str, int]:
    return {name: round(value * _MILLION) for name, value in shares.items()}


def _written(folder: Path, answer: Answer, sample: pa.Table | None) -> list[str]:
    files = {
        REPORT: json.dumps(answer, ensure_ascii=False, indent=1) + "\n",
        SIZES: bars(
            "Taxpayers by how many registrations they have 归并规模 (log)",
            [Bar(f"{row['registrations']}", row["taxpayers"]) for row in answer["sizes"]],
        ),
        STRATA: bars(
            "Pairs by what speaks for them: one taxpayer (blue), two (brown) 证据分布 (log)",
            [Bar(row["basis"], row["pairs"], other=not row["joined"]) for row in answer["strata"]],
        ),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
        if sample is not None:
            _write_sample(folder / SAMPLE, sample)
    except OSError as error:
        raise DataError(
            f"The report cannot be written: {error.strerror}.",
            code="data.export.path",
            next_step="Name a place that this user may write.",
            file=folder.name,
        ) from None
    return [str(folder / name) for name in (*files, *([SAMPLE] if sample is not None else []))]


def _write_sample(path: Path, sample: pa.Table) -> None:
    """Keys alone: whoever labels looks the pairs up where reads are logged."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("left", "right", "label"))
        writer.writerows((row["left"], row["right"], "") for row in sample.to_pylist())
