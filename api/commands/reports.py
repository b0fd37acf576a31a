"""What was done, as tables and panels: loads, exports, backups, the ledger, checks. Called by `keeping`, `serving`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from api.commands.showing import console, facts, moment, table, text

Answer = Mapping[str, Any]
_FEEDS = {"came": "green", "came_late": "yellow", "late": "red", "not_due": "dim"}
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def show_generated(answer: Answer) -> None:
    """What the generator wrote."""
    span = f"{answer['start']} – {answer['end']}"
    planted = ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in answer["planted"].items())
    out = console()
    out.print(facts("Generated", {"folder": answer["out"], "days": span, "planted": planted}))
    out.print(table("", {"table": "left", "rows": "right"}, [(name, f"{n:,}") for name, n in answer["rows"].items()]))


def show_load(answer: Answer) -> None:
    """Counts of a load, what it holds, what is doubtful."""
    out = console()
    rows = {name: f"{answer[name]:,}" for name in ("read", "accepted", "rejected", "known")}
    head = {"batch": answer["batch"], "state": answer["state"], "files": len(answer["files"])}
    out.print(facts("Load", {**head, **rows, "seconds": answer["seconds"]}))
    if answer["resolved_anew"]:
        out.print(text(f"By {answer['resolved_by']} all identities were resolved anew: they stood by another one."))
    if answer["by_type"]:
        found = [(name, f"{number:,}") for name, number in sorted(answer["by_type"].items())]
        out.print(table("Facts", {"type": "left", "facts": "right"}, found, shown=len(found)))
    if answer["issues"]:
        doubts = [(rule, f"{number:,}") for rule, number in sorted(answer["issues"].items())]
        out.print(table("Quality issues", {"rule": "left", "issues": "right"}, doubts))
    if answer["rejected"] and answer["state"] == "committed":
        out.print(text(f"See why: taxgraph rejects {answer['batch']} --out rejects.csv"), soft_wrap=True)
    if answer["state"] == "written":
        out.print(text(f"Stop the server, and run in {answer['folder']}:\n  {answer['command']}"), soft_wrap=True)
        out.print(text("Then start it, run taxgraph finish-import, and remove the folder: it holds personal data."))


def show_finished(answer: Answer) -> None:
    """The batch that became visible."""
    shown = {name: answer[name] for name in ("batch", "source", "state", "committed_at")}
    console().print(facts("Import", {**shown, "accepted": f"{answer['accepted']:,}"}))


def show_rejects(answer: Answer) -> None:
    """What became of the refused rows, and where those to correct were written."""
    out, by_status = console(), answer["by_status"]
    out.print(facts(f"Refused by {answer['batch']}", {name: f"{count:,}" for name, count in by_status.items()}))
    if answer["out"]:
        out.print(text(f"{answer['rejects']:,} refused rows → {answer['out']}"), soft_wrap=True)
        out.print(text(f"Correct them, then: taxgraph load --resubmit {answer['out']}"), soft_wrap=True)
    elif by_status["open"]:
        out.print(text(f"To correct them: taxgraph rejects {answer['batch']} --out rejects.csv"), soft_wrap=True)


def show_feeds(answer: Answer) -> None:
    """One line a feed."""
    columns = {
        "": "left",
        "feed": "left",
        "source": "left",
        "period": "whole",
        "batch": "whole",
        "came": "left",
        "late since": "left",
        "missing": "right",
        "next due": "left",
    }
    rows = [
        (
            Text(each["state"].replace("_", " "), style=_FEEDS[each["state"]]),
            each["name"],
            each["source"],
            each["period"],
            each["batch"],
            moment(each["came_at"] and each["came_at"][:19]),
            moment(each["late_since"] and each["late_since"][:19]),
            f"{len(each['missing']):,}",
            moment(each["next_due_at"][:19]),
        )
        for each in answer["feeds"]
    ]
    console().print(table(f"Expected feeds at {answer['at'][:19]} UTC", columns, rows, shown=len(rows)))


def show_batches(answer: Answer) -> None:
    """The ledger."""
    columns = {
        "batch": "whole",
        "source": "left",
        "state": "whole",
        "files": "right",
        "read": "right",
        "accepted": "right",
        "rejected": "right",
        "known": "right",
        "committed": "left",
    }
    rows = [
        (
            line["batch"],
            line["source"],
            line["state"],
            len(line["files"]),
            *(f"{line[name]:,}" for name in ("read", "accepted", "rejected", "known")),
            moment(line["committed_at"] and line["committed_at"][:19]),
        )
        for line in answer["batches"]
    ]
    console().print(table("Ledger", columns, rows, shown=len(rows)))


def show_withdrawn(answer: Answer) -> None:
    """One line a batch that went; their files can be loaded again."""
    columns = {"batch": "left", "files": "left", "withdrawn": "left"}
    rows = [
        (line["batch"], ", ".join(line["files"]), moment(line["withdrawn_at"][:19])) for line in answer["withdrawn"]
    ]
    console().print(table("Withdrawn", columns, rows, shown=len(rows)))


def show_backup(answer: Answer) -> None:
    """Where the backup lies."""
    console().print(facts("Backup", {name: answer[name] for name in ("out", "types", "rows", "digest")}))


def show_restore(answer: Answer) -> None:
    """What was restored."""
    console().print(facts("Restored", {name: answer[name] for name in ("folder", "batches", "rows", "digest")}))


def show_compacted(answer: Answer) -> None:
    """How many sorted runs there were and are."""
    console().print(facts("Compacted", {name: answer[name] for name in ("runs_before", "runs", "tables")}))


def show_migrated(answer: Answer) -> None:
    """Which migrations ran."""
    console().print(text(", ".join(answer["migrations"]) or "The store has this release's schema already."))


def show_export(answer: Answer) -> None:
    """What was written where."""
    counted = ("rows", "nodes", "edges", "traces", "events", "measures")
    counts = {name: f"{answer[name]:,}" for name in counted if name in answer}
    named = {name: answer[name] for name in ("recorded", "digest") if name in answer}
    console().print(facts(f"Export {answer['kind']}", {"out": answer["out"], **counts, **named}))


def show_doctor(answer: Answer) -> None:
    """One line a check."""
    columns = {"": "left", "check": "left", "what": "left", "next step": "left"}
    rows = [
        (Text(each["state"], style=_COLOURS[each["state"]]), each["name"], each["detail"], each["next_step"])
        for each in answer["checks"]
    ]
    console().print(table("Healthy" if answer["healthy"] else "Not healthy", columns, rows))


def show_digest(answer: Answer) -> None:
    """Counts by type and the digest."""
    rows = [(name, f"{number:,}") for name, number in sorted(answer["counts"].items())]
    out = console()
    out.print(table("", {"type": "left", "facts": "right"}, rows, shown=len(rows)))
    out.print(text(answer["digest"]), soft_wrap=True)


def show_warm(answer: Answer) -> None:
    """Seconds by kernel."""
    rows = [(name, f"{seconds:.2f}") for name, seconds in answer["kernels"].items()]
    console().print(table("Kernels", {"kernel": "left", "seconds": "right"}, rows))


def show_docs(answer: Answer) -> None:
    """Which pages were written."""
    console().print(text(f"{len(answer['pages'])} pages → {answer['out']}: {', '.join(answer['pages'])}"))


def show_schema(answer: Answer) -> None:
    """The vocabulary, or one type of it."""
    out = console()
    for what in ("nodes", "relationships"):
        found = answer[what]
        if found:
            kinds = [(kind["name"], kind.get("ends"), kind["en"], kind["zh"]) for kind in found]
            columns = {"type": "left", "from → to": "left", "meaning": "left", "含义": "left"}
            out.print(table(what.capitalize(), columns, kinds, shown=len(kinds)))
    for kind in answer["detailed"]:
        rows = [(p["name"], p["kind"], p["personal"], p["en"], p["zh"]) for p in kind["properties"]]
        columns = {"property": "left", "kind": "left", "personal data": "left", "meaning": "left", "含义": "left"}
        out.print(table(f"{kind['name']} · {kind['en']} · {kind['zh']}", columns, rows, shown=len(rows)))
