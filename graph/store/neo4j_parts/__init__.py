"""Parts of the Neo4j store, each with one job. Only `graph.store.neo4j_store` puts them together.

`connection` and `faults` know the driver; `values` and `cypher` compile; `schema`, `ledger`, `lease`, `stages`,
`chunks`, `writing`, `undoing` write; `reading`, `expanding`, `matching`, `finding`, `columns` answer.
"""
