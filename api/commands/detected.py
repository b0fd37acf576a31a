"""Answers about detection as tables. Called by `detecting` and `asking` with the JSON of an operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.panel import Panel
from rich.text import Text

from api.commands.showing import amount, console, cut_note, facts, moment, named, share, table, text

Answer = Mapping[str, Any]
_WAYS = {
    "skipped": "not again: nothing that it reads changed",
    "touched": "around taxpayers that changed",
    "blocks": "around invoices that changed",
    "whole": "everything",
}


def show_detected(answer: Answer) -> None:
    """How many findings there are, and what changed."""
    out = console()
    changed = {name: f"{count:,}" for name, count in sorted(answer["counts"].items())}
    batch = {"batch": answer["batch"] or "nothing changed"}
    out.print(facts("Detection", {"findings": f"{answer['findings']:,}", **changed, **batch}))
    columns = {"pattern": "whole", "searched": "left", "taxpayers": "right", "blocks": "right"}
    rows = [
        (each["pattern"], _WAYS[each["how"]], f"{each['taxpayers']:,}", f"{each['blocks']:,}")
        for each in answer["searched"]
    ]
    out.print(table("Searched", columns, rows, shown=len(rows)))
    _print_cut(answer)
    if answer["findings"]:
        out.print(text("See them: taxgraph findings"))


def show_findings(answer: Answer) -> None:
    """A table of findings, and how to ask why."""
    out = console()
    columns = {
        "#": "right",
        "pattern": "left",
        "severity": "whole",
        "score": "right",
        "from": "whole",
        "to": "whole",
        "state": "left",
    }
    rows = [_finding(place, each) for place, each in enumerate(answer["findings"], 1)]
    out.print(table(f"Findings ({answer['total']:,} in all)", columns, rows))
    for place, each in enumerate(answer["findings"][:10], 1):
        # One line whatever the width, so that it can be copied.
        out.print(Text(f"{place}. taxgraph why {each['id']}"), soft_wrap=True)
    _print_cut(answer)


def _finding(place: int, each: Answer) -> tuple[object, ...]:
    severity = Text(each["severity"], style="red" if each["severity"] == "high" else "yellow")
    title = f"{each['title_en']} {each['title_zh']}"
    return (
        place,
        title,
        severity,
        share(each["score"]),
        each["first_on"],
        each["last_on"],
        each["label"] or each["state"],
    )


def show_why(answer: Answer) -> None:
    """The sentence in both languages, members, numbers with the invoices behind them, the evidence."""
    out, finding = console(), answer["finding"]
    out.print(Panel(text(answer["sentence_en"]), title=text(f"Why: {answer['title_en']}"), title_align="left"))
    out.print(Panel(text(answer["sentence_zh"]), title=text(f"原因:{answer['title_zh']}"), title_align="left"))
    shown = {name: finding[name] for name in ("severity", "state", "label", "first_on", "last_on") if finding[name]}
    out.print(facts(finding["id"], {**shown, "score": share(finding["score"])}))
    rows = [(named(each["name"], each["id"]), f"{each['role_en']} {each['role_zh']}") for each in answer["members"]]
    out.print(table("Members", {"member": "left", "role": "left"}, rows))
    measures = [(f"{m['en']} {m['zh']}", m["value_en"], f"{len(m['invoices']):,}") for m in answer["measures"]]
    out.print(table("Measured", {"what": "left", "value": "right", "invoices behind it": "right"}, measures))
    columns = {"role": "left", "on": "whole", "seller": "left", "buyer": "left", "invoice": "whole", "net": "right"}
    out.print(table("Evidence", columns, [_evidence(each) for each in answer["evidence"]]))
    if finding["left_out"]:
        out.print(Text(f"{finding['left_out']:,} more invoices are part of it and not listed.", style="yellow"))


def _evidence(each: Answer) -> tuple[object, ...]:
    known = each["net_cents"] is not None and each["currency"]
    net = Text.assemble(amount(each["net_cents"], each["currency"]), f" {each['currency']}") if known else ""
    return each["role"], moment(each["issued_at"]), each["seller"], each["buyer"], each["invoice"], net


def show_evidence(answer: Answer) -> None:
    """Where the files lie."""
    shown = {"files": ", ".join(answer["files"]), "members": answer["members"], "invoices": answer["invoices"]}
    console().print(facts("Evidence", shown))


def show_decided(answer: Answer) -> None:
    """What was decided."""
    finding = answer["finding"]
    console().print(facts("Decided", {name: finding[name] for name in ("id", "pattern", "state", "label")}))


def show_cases(answer: Answer) -> None:
    """One line a case, the worst first."""
    out = console()
    columns = {
        "#": "right",
        "severity": "left",
        "findings": "right",
        "members": "right",
        "patterns": "left",
        "from": "whole",
        "to": "whole",
        "case": "whole",
    }
    rows = [
        (
            case["rank"],
            Text(case["severity"], style="red" if case["severity"] == "high" else "yellow"),
            len(case["findings"]),
            len(case["members"]),
            ", ".join(case["patterns"]),
            case["first_on"],
            case["last_on"],
            case["id"],
        )
        for case in answer["cases"]
    ]
    out.print(table(f"Cases ({answer['total']:,} in all)", columns, rows))
    for each in answer["joined_nothing"]:
        out.print(text(f"{each['id']} is in {each['findings']:,} findings and joined none of them."))
    _print_cut(answer)


def show_sample(answer: Answer) -> None:
    """Who was drawn."""
    out = console()
    out.print(table(f"Drawn by seed {answer['seed']}", {"taxpayer": "whole"}, [(key,) for key in answer["taxpayers"]]))
    if answer["batch"]:
        out.print(text(f"Tasks about them are in batch {answer['batch']}."))


def show_labels(answer: Answer) -> None:
    """Where the labels lie."""
    shown = {"file": answer["out"], "findings": f"{answer['findings']:,}", "features": len(answer["features"])}
    console().print(facts("Labels", shown))


def show_patterns(answer: Answer) -> None:
    """The catalogue, and each threshold where they were asked for."""
    out = console()
    columns = {"#": "right", "pattern": "whole", "what": "left", "什么": "left", "": "left"}
    rows = [
        (each["number"], each["name"], each["en"], each["zh"], "only when named" if each["off"] else "")
        for each in answer["patterns"]
    ]
    out.print(table("Patterns", columns, rows, shown=len(rows)))
    for each in answer["patterns"]:
        for_all = [
            (rule["name"], rule["value"], rule["unit"], rule["en"], rule["zh"]) for rule in each.get("rules", ())
        ]
        if for_all:
            title = f"{each['name']} (version {each['version']})"
            columns = {"rule": "whole", "value": "right", "unit": "left", "meaning": "left", "含义": "left"}
            out.print(table(title, columns, for_all, shown=len(for_all)))


def _print_cut(answer: Answer) -> None:
    if note := cut_note(answer["cut"]):
        console().print(note)
