"""The parts of the embedded store: SQL derived from the vocabulary. Only `graph.store.duckdb_store` uses them."""
