"""Compiled kernels: numbers in, numbers out. Called by `queries` and `graph.arrays`; no domain word, no I/O.

Nothing is imported here on purpose: each kernel module costs compile-cache loading, and a caller pays only for what
it uses.

* `temporal.temporal_rings`: time-ordered rings of trade edges.
* `window.window_rings`: rings in any order inside a window.
* `static.static_rings`: simple cycles of the aggregated arcs.
* `trace.trace`: where value came from or went, by haircut or first-in-first-out.
* `paths.shortest_path`: a shortest path between two vertices.
* `fans.fan_in`, `fans.fan_out`: vertices with many counterparties in one window.
* `scatter_gather.scatter_gather`: pairs joined over many others in one window.
* `gather_scatter.gather_scatter`: vertices that collect from many and then pay out to many.
* `bipartite.bipartite_cores`, `stacks.stacks`: one layer, or two, of many sellers with many common buyers.
* `pass_through.pass_through`: vertices that sell on, soon, about what they bought.
* `control.shared_control`: groups joined by common persons, phones, addresses or devices.
* `antecedents.common_antecedents`: trade between two vertices that one antecedent influences.
* `hashing`: hashes of text columns, sets of hashes, groups of equal hashes.
* `ties.sort_ties`: rows of equal rank in order of their texts.
* `keyed.gap_hashes`: keyed hashes of texts, whole and without each sign.
* `edits.edit_distances`: how many signs differ between texts.
* `affixes`: known words at heads and tails of texts, and parts of texts.
* `warm.warm`: compiles all of them, for the image build and `taxgraph warm`.

A caller's mistake raises `ValueError` (kernels stand below the error tree); the queries check options before they call.
"""
