"""The first load of a country into Neo4j by its import tool, against the bare tool on the same facts as plain files.

Starts a server of its own, because the tool needs it stopped. Both sides begin with columns in memory. The peer's
files name everything by its public id, as anybody would write them, and hold no stamps; writing them is not counted,
making indexes is not part of it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from graph.model.vocabulary import node_type
from graph.settings import StoreSettings
from graph.store.conditions import stored_relationship
from graph.store.neo4j_parts import importing
from graph.store.neo4j_parts.import_columns import fields_of, header_of
from graph.store.neo4j_parts.import_tool import ARGUMENTS
from graph.store.neo4j_parts.values import column_kinds
from graph.store.neo4j_store import Neo4jStore
from graph.store.opening import initial_store
from tests.benchmarks.clock import spent, timed
from tests.benchmarks.sizes import Size
from tests.benchmarks.steps.serving import Part, batch_of, days_of_country
from tests.support.neo4j.operating import operated
from tests.support.neo4j.server import Neo4jServer

OPTIONS = ("database", "import", "full", "neo4j", "--overwrite-destination=true", "--bad-tolerance=0")


def fill_a_server(size: Size, folder: Path) -> dict[str, float]:
    """Our files, our whole way to an online server, and the bare tool on plain files."""
    part = days_of_country(folder, size.server_invoices).held
    own, plain = folder / "import_files", folder / "import_plain"
    for made in (own, plain):
        made.mkdir()
    with Neo4jServer() as server:
        where = server.connection
        store = Neo4jStore.open(where.uri, user=where.user, password=where.password, timeout=600)
        store.ensure_schema()
        access = store.export("AccessEvent")
        _, written = spent(
            lambda: importing.write_import(store.server, batch_of(part, "files"), own, access, StoreSettings())
        )
        with operated(server) as variables:
            named = {name.removeprefix("TAXGRAPH_").lower(): value for name, value in variables.items()}
            whole = initial_store(store, files_out=None, settings=StoreSettings.model_validate(named))
            _, online = timed(lambda: whole.write(batch_of(part, "whole")))
        store.close()
        server.stop()
        _, tool = spent(
            lambda: server.admin(
                *OPTIONS, "--id-type=integer", f"--report-file={own / 'import.report'}", *_files_of(own)
            )
        )
        _, bare = spent(
            lambda: server.admin(*OPTIONS, f"--report-file={own / 'import.report'}", *_plain_files(plain, part))
        )
    return {
        **written.facts("initial.files"),
        **tool.facts("initial.tool"),
        **(written + tool).facts("initial.load"),
        **bare.facts("initial.bare"),
        "initial.online_seconds": online,
        "initial.invoices": part.nodes["Invoice"].num_rows,
        "initial.rate": part.nodes["Invoice"].num_rows / (written.seconds + tool.seconds),
    }


def _files_of(folder: Path) -> list[str]:
    """Our own list of files, with whole paths."""
    lines = (folder / ARGUMENTS).read_text(encoding="utf-8").splitlines()
    lists = [line for line in lines if line.startswith(("--nodes=", "--relationships="))]
    return [_with_paths(line, folder) for line in lists]


def _with_paths(line: str, folder: Path) -> str:
    option, labels, files = line.split("=")
    return f"{option}={labels}={','.join(str(folder / name) for name in files.split(','))}"


def _plain_files(folder: Path, part: Part) -> list[str]:
    """The same nodes, relationships and properties under their public ids."""
    options = []
    with duckdb.connect() as memory:
        memory.execute("SET TimeZone = 'UTC'")
        for name, table in part.nodes.items():
            memory.register("incoming", table)
            kinds = column_kinds(node_type(name))
            words = [f"id:ID({name})" if word == "id:string" else word for word in header_of(kinds)[:-1]]
            options.append(_plain_file(memory, folder, "nodes", name, words=words, fields=fields_of(kinds, 0)[:-1]))
        for name, table in part.relationships.items():
            memory.register("incoming", table)
            kind = stored_relationship(name)
            kinds = column_kinds(kind)
            ends = [f":START_ID({kind.stored_sources()[0]})", f":END_ID({kind.stored_targets()[0]})"]
            fields = ["from_id", "to_id", *fields_of(kinds, 0)[:-1]]
            words = ends + header_of(kinds)[:-1]
            options.append(_plain_file(memory, folder, "relationships", name, words=words, fields=fields))
    return options


def _plain_file(
    memory: duckdb.DuckDBPyConnection, folder: Path, option: str, name: str, *, words: list[str], fields: list[str]
) -> str:
    path = folder / f"{name}.csv"
    memory.execute(f"COPY (SELECT {', '.join(fields)} FROM incoming i) TO '{path}' (FORMAT csv, HEADER false)")
    header = folder / f"{name}.header.csv"
    header.write_text(",".join(words) + "\n", encoding="utf-8")
    return f"--{option}={name}={header},{path}"
