"""Answers to questions as tables. Called by `asking` with the JSON of an operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.panel import Panel
from rich.text import Text

from api.commands.showing import amount, console, cut_note, facts, moment, named, share, table, text

Answer = Mapping[str, Any]
ARROW = " → "


def show_trace(answer: Answer) -> None:
    """Edges by hop, and where the value lay."""
    out, currency = console(), answer["currency"]
    names = {node["id"]: _node_name(node) for node in answer["nodes"]}
    went = "went" if answer["options"]["direction"] == "down" else "came from"
    out.print(
        facts(
            f"Where the value {went}",
            {
                "start": names.get(answer["start"], text(answer["start"])),
                "span": Text.assemble(moment(answer["span_from"]), " – ", moment(answer["span_to"])),
                "amount": Text.assemble(amount(answer["start_cents"], currency), f" {currency}"),
                "reached": f"{len(answer['nodes'])} taxpayers by {len(answer['edges'])} invoices",
            },
        )
    )
    columns = {
        "hop": "right",
        "at": "left",
        "seller": "left",
        "buyer": "left",
        "invoice": "left",
        f"amount {currency}": "right",
        "carried": "right",
        "share": "right",
    }
    edges = sorted(answer["edges"], key=lambda edge: (edge["hop"], edge["at"], edge["invoice"]))
    out.print(table("Invoices", columns, [_edge_row(edge, names, currency) for edge in edges]))
    print_cut(answer)


def _node_name(node: Mapping[str, Any]) -> Text:
    return text(f"(out of scope, {node['province'] or '?'})") if node["hidden"] else named(node["name"], node["id"])


def _edge_row(edge: Mapping[str, Any], names: Mapping[str, Text], currency: str) -> tuple[object, ...]:
    return (
        edge["hop"],
        moment(edge["at"]),
        names.get(edge["seller"], text(edge["seller"])),
        names.get(edge["buyer"], text(edge["buyer"])),
        edge["invoice"],
        amount(edge["amount_cents"], currency),
        amount(edge["carried_cents"], currency),
        share(edge["share"]),
    )


def show_rings(answer: Answer) -> None:
    """Counts, a table of rings, and how to ask why."""
    out, counts, currency = console(), answer["counts"], answer["currency"]
    lengths = ", ".join(f"{length}: {number:,}" for length, number in counts["edge_cycles_by_length"].items())
    shown = {
        "distinct rings": f"{counts['distinct_rings']:,}",
        "bundled cycles": f"{counts['bundled_cycles']:,}",
        "edge cycles": f"{counts['edge_cycles']:,}" + (f"  (by length {lengths})" if lengths else ""),
        "currency, resolution": f"{currency}, {answer['resolution']}",
    }
    out.print(facts("Rings", shown))
    columns = {"#": "right", "members": "left", "from": "left", "to": "left", "amounts": "right", "evenness": "right"}
    if answer["rings"]:
        out.print(table("", columns, [_ring_row(place, ring) for place, ring in enumerate(answer["rings"], 1)]))
    for place, ring in enumerate(answer["rings"][:10], 1):
        # One line whatever the width, so that it can be copied.
        out.print(Text(f"{place}. taxgraph why {ring['id']}"), soft_wrap=True)
    print_cut(answer)


def _ring_row(place: int, ring: Mapping[str, Any]) -> tuple[object, ...]:
    members = [named(name, key) for name, key in zip(ring["names"], ring["members"], strict=True)]
    currency = ring["currency"]
    amounts = Text.assemble(amount(ring["smallest_cents"], currency), " – ", amount(ring["largest_cents"], currency))
    circle = Text(ARROW).join([*members, members[0]])
    return place, circle, moment(ring["first_at"]), moment(ring["last_at"]), amounts, share(ring["score"])


def show_why(answer: Answer) -> None:
    """The sentence in both languages, the invoices, what each member added."""
    out, ring = console(), answer["ring"]
    currency = ring["currency"]
    out.print(Panel(text(answer["sentence_en"]), title="Why", title_align="left"))
    out.print(Panel(text(answer["sentence_zh"]), title="原因", title_align="left"))
    names = {member["id"]: named(member["name"], member["id"]) for member in answer["members"]}
    columns = {"at": "left", "seller": "left", "buyer": "left", "invoice": "left", f"amount {currency}": "right"}
    steps = [
        (
            moment(step["at"]),
            names[step["seller"]],
            names[step["buyer"]],
            step["invoice"],
            amount(step["amount_cents"], currency),
        )
        for step in ring["invoices"]
    ]
    out.print(table("Invoices", columns, steps))
    columns = {"member": "left", "bought": "right", "sold": "right", "added": "right", "of bought": "right"}
    parts = [
        (
            names[part["id"]],
            amount(part["bought_cents"], currency),
            amount(part["sold_cents"], currency),
            amount(part["added_cents"], currency),
            share(part["added_share"]),
        )
        for part in answer["members"]
    ]
    out.print(table("What each member added", columns, parts))


def show_who(answer: Answer) -> None:
    """Officers who answered for the taxpayer."""
    columns = {"officer": "whole", "name": "left", "role": "left", "grid": "left", "from": "whole", "to": "whole"}
    rows = [
        (
            each["officer"],
            each["officer_name"],
            each["role"],
            _place(each),
            moment(each["from"]),
            moment(each["to"]),
        )
        for each in answer["responsible"]
    ]
    title = f"Responsible for {answer['taxpayer']} on {answer['on']}"
    if rows:
        console().print(table(title, columns, rows))
    else:
        console().print(text(f"{title}: nobody"))


def _place(each: Mapping[str, Any]) -> str:
    if each["via"] == "task":
        return f"task {each['task']}"
    return f"{each['grid_name'] or ''} ({each['grid']})".strip()


def show_search(answer: Answer) -> None:
    """Hits, best first."""
    columns = {"type": "whole", "id": "whole", "name or number": "left", "score": "right"}
    rows = [(hit["type"], hit["id"], hit["label"], hit["score"]) for hit in answer["hits"]]
    console().print(table(f"{answer['total']:,} found", columns, rows))
    if answer["truncated"]:
        console().print(Text(f"{len(rows)} are shown: raise --limit.", style="yellow"))


def show_match(answer: Answer) -> None:
    """One row a match."""
    columns = dict.fromkeys(answer["columns"], "left")
    rows = [[row[name] for name in answer["columns"]] for row in answer["rows"]]
    console().print(table(f"{len(rows):,} matches", columns, rows))
    print_cut(answer)


def print_cut(answer: Answer) -> None:
    """What the answer lacks, if anything."""
    cut: Sequence[Mapping[str, Any]] = answer["cut"]
    note = cut_note(cut)
    if note is not None:
        console().print(note)
