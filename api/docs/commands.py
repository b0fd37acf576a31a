"""Every command with its arguments, options and examples, from the command line itself. Called by `pages`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer.main

from api.docs.markdown import page, table

_MARKUP = re.compile(r"\[/?(?:bold|dim)\]")


def commands_page() -> str:
    """`commands.md`."""
    from api.cli import app  # noqa: PLC0415 - the command line imports this page's command

    root: Any = typer.main.get_command(app)
    commands = [_command(name, command) for name, command in _all(root)]
    return page(
        "Commands",
        str(root.help or "").strip(),
        "`--store URL` and `--json` may stand anywhere. Answers go to standard output, progress and errors to standard "
        'error; with `--json` an error is `{"error": {"code", "message", "facts", "next_step"}}`.',
        _parameters(root),
        *commands,
    )


def _all(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Commands and those inside groups, each with all its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _all(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _command(name: str, command: Any) -> str:
    arguments = " ".join(_argument(each) for each in command.params if each.param_type_name == "argument")
    parts = [f"## `taxgraph {name}{' ' if arguments else ''}{arguments}`", str(command.help or "").strip()]
    parts += [_parameters(command), _examples(str(command.epilog or ""))]
    return "\n\n".join(part for part in parts if part)


def _argument(each: Any) -> str:
    shown = each.name.upper() + ("…" if each.nargs == -1 else "")
    return shown if each.required else f"[{shown}]"


def _parameters(command: Any) -> str:
    shown = [each for each in command.params if each.name != "help"]
    if not shown:
        return ""
    return table(("argument or option", "default", "meaning"), [_parameter(each) for each in shown])


def _parameter(each: Any) -> tuple[str, str, str]:
    argument = each.param_type_name == "argument"
    name = _argument(each) if argument else ", ".join([*each.opts, *each.secondary_opts])
    default = "" if each.default in {None, False, ()} or callable(each.default) else f"`{each.default}`"
    return f"`{name}`", "required" if each.required else default, str(each.help or "")


def _examples(epilog: str) -> str:
    lines = [_MARKUP.sub("", line).replace("\\[", "[") for line in epilog.split("\n\n")]
    commands = [line for line in lines if line.startswith("$ ")]
    return "\n".join(["```", *commands, "```"]) if commands else ""
