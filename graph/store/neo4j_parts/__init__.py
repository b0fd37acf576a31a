"""Parts of the Neo4j store, each with one job. Only `graph.store.neo4j_store` puts them together.

`connection` and `faults` know the driver; `values`, `uniform` and `cypher` compile; `schema`, `lease`, `contents`,
`ranges`, `stages`, `chunks`, `writing`, `undoing` write; `nodes`, `expanding`, `matching`, `finding`, `columns` answer.
"""
