"""Edge columns, adjacency and the memory-mapped projection. Filled by loaders through the stores, read by queries.

* `columns.EdgeColumns`: net trade edges of one currency.
* `csr.Csr`: those edges by vertex, both directions, for traces.
* `netting.net_invoices`: invoices and their reversals to net edges.
* `projection`: all of it on disk, versioned, switched atomically.
"""
