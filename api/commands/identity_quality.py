"""The report on identities as tables. Called by `identity` with the JSON of an operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.commands.showing import console, facts, share, table, text

Answer = Mapping[str, Any]


def show_report(answer: Answer) -> None:
    """What stands by which model, how large taxpayers are, what speaks for pairs, and what labels tell."""
    out, model = console(), answer["model"]
    out.print(
        facts(
            "Identities",
            {
                "registrations": f"{answer['registrations']:,}",
                "taxpayers": f"{answer['taxpayers']:,}",
                "resolved by": answer["resolved_by"] or "–",
                "model": f"{model['digest']} (version {model['version']})",
                "thresholds": f"link {model['link']:+.2f} bits, review {model['review']:+.2f} bits",
            },
        )
    )
    if answer["next_load_resolves_anew"]:
        out.print(text("The settings name another model: the next load will resolve everything anew."))
    sizes = [(f"{row['registrations']:,}", f"{row['taxpayers']:,}") for row in answer["sizes"]]
    out.print(table("Sizes", {"registrations": "right", "taxpayers": "right"}, sizes))
    for title, rows, counted in (("Rules", "rules", "pairs"), ("Belonging", "matched_by", "registrations")):
        cells = [(row["rule"], f"{row[counted]:,}") for row in answer[rows]]
        out.print(table(title, {"rule": "left", counted: "right"}, cells))
    reviews = [(row["state"], row["reason"], f"{row['pairs']:,}") for row in answer["reviews"]]
    out.print(table("Reviews", {"state": "whole", "reason": "left", "pairs": "right"}, reviews))
    _show_strata(answer)
    for path in answer["files"]:
        out.print(text(f"Written: {path}"), soft_wrap=True)


def _show_strata(answer: Answer) -> None:
    out = console()
    columns = {"": "whole", "speaks for them": "whole", "pairs": "right", "labelled": "right", "same firm": "left"}
    rows = [
        (
            "one taxpayer" if row["joined"] else "two",
            row["basis"],
            f"{row['pairs']:,}",
            f"{row['labelled']:,}",
            _interval(row["share"]),
        )
        for row in answer["strata"]
    ]
    out.print(table("Pairs", columns, rows))
    told = {name: _estimate(answer[name]) for name in ("precision", "recall")}
    labels = answer["labels"]
    told["labels"] = (
        f"{labels['placed']:,} placed, {labels['unknown']:,} of unknown registrations, "
        f"{labels['never_compared']:,} never compared ({labels['never_compared_same']:,} the same firm)"
    )
    out.print(facts("Estimated from labels (95 %)", told))


def _interval(found: Mapping[str, int] | None) -> str:
    if found is None:
        return "–"
    return f"{share(found['estimate'])} ({share(found['low'])} to {share(found['high'])})"


def _estimate(found: Mapping[str, int] | None) -> str:
    return f"{_interval(found)}, of strata with {share(found['covers'])} of the pairs" if found else "no labels"
