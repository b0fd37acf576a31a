"""Neo4j's import tool and the server around it, by the operator's commands. Called by `importing`.

The tool takes a stopped server's files, so that it runs where they lie. What it prints may quote rows: it goes into a
file beside them, never into an error.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import SettingsError, StoreError
from graph.settings import StoreSettings
from graph.store.neo4j_parts.import_files import ImportFiles

ARGUMENTS = "import.args"
_LOG = "import.log"
_TOOL = "neo4j-admin"
_BY_HAND = "Or use --files-out FOLDER, and run the printed command where the server's files lie."


@dataclass(frozen=True, slots=True)
class ImportTool:
    """Words of the commands that import, stop the server and start it."""

    admin: tuple[str, ...]
    stop: tuple[str, ...]
    start: tuple[str, ...]


def tool_of(settings: StoreSettings) -> ImportTool:
    """The tool as the settings name it; SettingsError `settings.initial` where something is missing."""
    admin = settings.neo4j_admin or shutil.which(_TOOL)
    commands = {
        "TAXGRAPH_NEO4J_ADMIN": admin,
        "TAXGRAPH_NEO4J_STOP": settings.neo4j_stop,
        "TAXGRAPH_NEO4J_START": settings.neo4j_start,
    }
    missing = [name for name, command in commands.items() if not command]
    if missing:
        raise SettingsError(
            "The import tool of Neo4j, or the commands around it, are not at hand.",
            code="settings.initial",
            next_step=f"Set the named variables, such as 'systemctl stop neo4j'. {_BY_HAND}",
            missing=", ".join(missing),
        )
    words = [_words(name, command or "") for name, command in commands.items()]
    return ImportTool(*words)


def _words(name: str, command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError:
        words = ()
    if not words or shutil.which(words[0]) is None:
        raise SettingsError(
            "A command of the import names no program.",
            code="settings.initial",
            next_step=f"Write it as in a shell, its program first. {_BY_HAND}",
            variable=name,
        )
    return words


def write_arguments(files: ImportFiles, database: str) -> str:
    """Write the tool's arguments beside the files; gives the command to run in that folder."""
    options = [
        database,  # first: the lists of files below would swallow it
        "--overwrite-destination=true",  # the database is there, and known to be empty
        "--id-type=integer",
        "--bad-tolerance=0",
        "--report-file=import.report",
    ]
    if longer := [each.rows for each in (*files.nodes, *files.relationships) if each.multiline]:
        options += ["--multiline-fields-format=v2", f"--multiline-fields={','.join(longer)}"]
    options += [f"--nodes={each.labels}={each.header},{each.rows}" for each in files.nodes]
    options += [f"--relationships={each.labels}={each.header},{each.rows}" for each in files.relationships]
    (files.folder / ARGUMENTS).write_text("\n".join(options) + "\n", encoding="utf-8")
    return f"{_TOOL} database import full @{ARGUMENTS}"


def import_files(tool: ImportTool, folder: Path) -> None:
    """Stop the server, import, start the server again: that last step happens whatever came before it.

    Raises:
        StoreError: `store.import`; it names the step that failed.
    """
    _run("stop", tool.stop, folder)
    try:
        _run("import", (*tool.admin, "database", "import", "full", f"@{ARGUMENTS}"), folder)
    finally:
        _run("start", tool.start, folder)


def _run(step: str, words: Sequence[str], folder: Path) -> None:
    # Into a file, not a pipe: a server that a start command leaves behind would hold the pipe open.
    with (folder / _LOG).open("ab") as log:
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command, from the settings
                words,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                env=os.environ,
            )
        except OSError as error:
            raise _failed(step, error.strerror or "no such program") from None
    if done.returncode:
        raise _failed(step, f"exit code {done.returncode}")


def _failed(step: str, reason: str) -> StoreError:
    return StoreError(
        "A command of the import failed; nothing of this load is visible.",
        code="store.import",
        next_step="Use --files-out FOLDER and run the commands by hand: they say more than may be repeated here.",
        step=step,
        reason=reason,
    )
