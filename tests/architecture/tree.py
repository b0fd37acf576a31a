"""What the architecture tests read: our Python files, their syntax trees, the names git tracks."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("graph", "loaders", "queries", "api")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Files that git tracks or would add, as paths that exist."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git from PATH, fixed words
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted({p for line in listed.stdout.splitlines() if (p := ROOT / line).is_file()}))


def python_files(*folders: str) -> Iterator[Path]:
    """Tracked Python files below the given root folders."""
    return (p for p in tracked_files() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in folders)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function of a file."""
    for item in ast.walk(parsed(path)):
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            yield item.name, (item.end_lineno or item.lineno) - item.lineno + 1
