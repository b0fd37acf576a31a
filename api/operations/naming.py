"""What people call a thing → its public id. A taxpayer may be given by id, tax number, source id or exact name."""

from __future__ import annotations

from graph.errors import NotFoundError, QueryError
from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf, Filter, Op, Page
from queries.reading import find_taxpayer


def taxpayer_id(store: GraphStore, reference: str, *, as_of: AsOf = NOW) -> str:
    """The present public id of a taxpayer.

    Raises:
        NotFoundError: `not_found.taxpayer`.
        QueryError: `query.ambiguous` with how many bear the name.
    """
    try:
        return find_taxpayer(store, reference, as_of=as_of)
    except NotFoundError as missing:
        found = named_taxpayer(store, reference, as_of=as_of)
        if found is None:
            raise missing from None
        return found


def named_taxpayer(store: GraphStore, name: str, *, as_of: AsOf = NOW) -> str | None:
    """The one taxpayer of exactly this name, if there is one; QueryError `query.ambiguous` if there are more."""
    where = (Filter("name", Op.EQ, name),)
    found = store.select("Taxpayer", where=where, page=Page(limit=1), as_of=as_of)
    if found.total > 1:
        raise QueryError(
            "Several taxpayers bear this name.",
            code="query.ambiguous",
            next_step="Ask with the id or the tax number: `taxgraph search NAME` lists them.",
            taxpayers=found.total,
        )
    return str(found.table["id"][0].as_py()) if found.total else None
