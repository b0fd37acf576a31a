"""Posts, duties, holders and delegations as records: where a post stands, and what is refused."""

from graph.store.port import GraphStore
from loaders import rejects_of
from queries.organisation.responsible import responsible
from tests.support.rows import Loading
from tests.support.small_graph import Draft, day


def test_posts_of_canonical_records_answer_for_the_taxpayers_of_their_place(
    store: GraphStore, loading: Loading
) -> None:
    graph = Draft().firm("A").node("Grid", "G1").node("Bureau", "B1").link("UNDER", "G1", "B1")
    store.write(graph.link("IN_GRID", "no:A", "G1").batch())
    report = loading(
        posts=[{"id": "P1", "name": "岗一", "grid": "G1"}, {"id": "P2", "name": "岗二", "bureau": "B1"}],
        officers=[{"id": "O1"}, {"id": "O2"}, {"id": "O3"}],
        duties=[{"id": "D1", "name": "审核"}],
        carries=[{"post": "P1", "duty": "D1"}],
        holds_post=[{"officer": "O1", "post": "P1"}, {"officer": "O2", "post": "P2"}],
        post_at=[{"post": "P3", "grid": "G1"}, {"post": "P4", "grid": None}],
        delegates_to=[{"from": "O1", "to": "O3", "post": "P1", "valid_from": "2026-03-01", "valid_to": "2026-03-08"}],
    )
    rejects = rejects_of(store, report.batch).to_pylist()
    assert [(each["row"], each["rule"], each["column"]) for each in rejects] == [(2, "required", "grid")]
    found = responsible(store, "A", on=day("2026-03-02"))
    assert [(one.officer, one.post, one.grid, one.bureau, one.acting_for) for one in found] == [
        ("O2", "P2", None, "B1", None),
        ("O1", "P1", "G1", None, None),
        ("O3", "P1", "G1", None, "O1"),
    ]
    assert [duty.name for duty in found[1].duties] == ["审核"]
