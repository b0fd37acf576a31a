"""What may not stand in the tree: Cypher in Python, machine paths, registry hosts, foreign owners of our names."""

from __future__ import annotations

import ast
import re
from importlib.metadata import distributions

from tests.architecture.tree import PACKAGES, ROOT, parsed, python_files, tracked_files

CYPHER = re.compile(r"\b(MATCH|MERGE|UNWIND|CREATE)\s*\(|\bDETACH DELETE\b")
MACHINE_PATH = re.compile(r"/(root|work|opt/wheels)/|/home/\w+/")
REGISTRY = re.compile(
    r"https?://[^\s\"')>]*(pypi|pythonhosted|registry|repo1?\.maven|mirror)[^\s\"')>]*", re.IGNORECASE
)
TEXT = {".py", ".md", ".toml", ".yml", ".lock", ".xml", ".cypher", ".graphql", ".json", ".txt", ""}


def test_cypher_stands_in_the_stores_and_in_queries_cypher_only() -> None:
    offenders = [
        f"{p.relative_to(ROOT)}:{item.lineno}"
        for p in python_files(*PACKAGES)
        if not str(p.relative_to(ROOT)).startswith("graph/store/")
        for item in ast.walk(parsed(p))
        if isinstance(item, ast.Constant) and isinstance(item.value, str) and CYPHER.search(item.value)
    ]
    assert offenders == []


def test_no_file_names_a_path_of_somebodys_machine_or_a_registry() -> None:
    offenders = [
        str(p.relative_to(ROOT))
        for p in tracked_files()
        if p.suffix in TEXT and p.name != "test_words.py"
        for text in [p.read_text(encoding="utf-8", errors="ignore")]
        if MACHINE_PATH.search(text) or REGISTRY.search(text)
    ]
    assert offenders == []


def test_no_foreign_distribution_ships_one_of_our_names() -> None:
    owners = {
        (d.metadata["Name"], part)
        for d in distributions()
        for file in d.files or ()
        if (part := file.parts[0]) in PACKAGES and d.metadata["Name"] != "taxgraph"
    }
    assert owners == set()


def test_every_module_says_what_it_owns() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in python_files(*PACKAGES)
        if len(ast.get_docstring(parsed(p)) or "") < 20 and p.read_text(encoding="utf-8").strip()
    ]
    assert silent == []
