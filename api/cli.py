"""The command line `taxgraph`: the composition root that turns arguments into commands and errors into exit codes.

The commands stand in `api.commands`. `--store` and `--json` belong to no command: they are taken from wherever they
stand. What fails is told once, on standard error: a panel, or with `--json` one JSON document.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final, cast

import typer
from rich.console import Console

from api.commands import (
    asking,
    authority,
    controlling,
    detecting,
    dispatching,
    identity,
    indicators,
    keeping,
    process,
    quality,
    responsibility,
    serving,
    tasks,
    tokens,
    trailing,
)
from api.commands.options import examples
from api.commands.session import Session
from api.commands.showing import error_panel
from api.commands.starting import start_process
from api.leaving import leave
from api.operations.errors import error_json
from api.problems import exit_code, problem_of

USAGE: Final = "query.usage"
INTERRUPTED: Final = 130  # as a shell reports SIGINT
BROKEN_PIPE: Final = 141  # as a shell reports SIGPIPE

app = typer.Typer(
    name="taxgraph",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


@app.callback(
    epilog=examples("taxgraph generate --out country", "taxgraph load auto country", "taxgraph rings --window 30d")
)
def taxgraph(
    context: typer.Context,
    store: Annotated[
        str | None,
        typer.Option(
            help="duckdb:///path/file.duckdb, neo4j://host:port or bolt://host:port (or TAXGRAPH_STORE)",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="answers and errors as JSON")] = False,
) -> None:
    """A knowledge graph of taxpayers, people, invoices, officers, grids and tasks.

    A password is read from TAXGRAPH_NEO4J_PASSWORD, NEO4J_PASSWORD or the file in TAXGRAPH_NEO4J_PASSWORD_FILE.
    """
    context.obj = Session(store, as_json)


for part in (
    keeping,
    asking,
    detecting,
    identity,
    dispatching,
    indicators,
    process,
    trailing,
    tasks,
    quality,
    controlling,
    responsibility,
    authority,
    serving,
    tokens,
):
    part.register(app)


def main() -> None:
    """Entry of the installed command."""
    arguments = globals_first(sys.argv[1:])
    start_process(arguments)
    try:
        code = run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    leave(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. Never raises but `BrokenPipeError`."""
    ordered = globals_first(arguments)
    try:
        code = app(args=ordered, prog_name="taxgraph", standalone_mode=False)
    except BrokenPipeError:
        raise
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place where an error can be told properly
        shown, number = _told(error)
        if shown is not None:
            _print_error(shown, as_json="--json" in ordered)
        return number
    return code if isinstance(code, int) else 0


def globals_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--store URL` and `--json` before the command, wherever they stood before `--`."""
    front: list[str] = []
    rest: list[str] = []
    left = iter(arguments)
    for word in left:
        if word == "--":
            rest += [word, *left]
        elif word == "--json" or word.startswith("--store="):
            front.append(word)
        elif word == "--store":
            front += [word, *([value] if (value := next(left, None)) is not None else [])]
        else:
            rest.append(word)
    return [*front, *rest]


def _told(error: Exception) -> tuple[dict[str, Any] | None, int]:
    """An error as JSON, None if it has been told already, and its exit code."""
    if not hasattr(error, "format_message"):
        return error_json(error), exit_code(error)
    # Typer's own, which is about the words of the command; its class has moved between releases.
    usage = cast("Any", error)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(usage.format_message() + "\n")
        return None, problem_of(USAGE).exit_code
    path = getattr(getattr(usage, "ctx", None), "command_path", "taxgraph")
    shown = {"code": USAGE, "message": usage.format_message(), "facts": {}, "next_step": f"See `{path} --help`."}
    return shown, problem_of(USAGE).exit_code


def _print_error(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stderr.write(json.dumps({"error": shown}, ensure_ascii=False, indent=2) + "\n")
    else:
        Console(file=sys.stderr, highlight=False).print(error_panel(shown))


if __name__ == "__main__":
    main()
