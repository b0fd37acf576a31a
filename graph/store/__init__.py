"""The stores behind one port: `port` (what can be asked), `questions` (how), `open_store` (which one).

Only `duckdb_store` and `neo4j_store` know a driver.
"""
