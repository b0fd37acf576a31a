"""Pure questions to the graph: store (and projection) in, frozen typed results out. Called by api.

Every function takes `as_of` (both clocks), `scope` and where it lists things `limits`. Results are frozen
dataclasses; `results.plain(answer)` is their JSON form, in which `from_` is `from` and `truncated` says whether `cut`
names anything.

* `trace.trace(projection, store, start, TraceOptions) -> Trace`
* `rings.rings(projection, store, RingOptions) -> RingAnswer`, `rings_by_currency`, `find_ring`
* `why.why(ring) -> Reason`
* `paths.shortest_path(projection, store, start, end) -> PathAnswer`
* `lineage.responsible(store, taxpayer, on=, recorded=)`, `task_history`, `task_loop`, `portfolio`
* `views.household.household`, `views.person.person_view`, `views.bureau.bureau_view`, `views.bureau.officer_view`
* `searching.search(store, text)`, `match.match(store, pattern)` with `pattern_text.parse_pattern` and JSON
* `exporting.write_graphml`, `write_csv`, `write_parquet` for the payload of an answer
* `durations.parse_duration`, `limits.Limits`

The projection comes from `graph.store.projecting.open_projection(store, projection_folder(store.url))`, for a recorded
or past day with the same `as_of` as the question.
"""
