"""What `make bench` measures: files → first answer, projection, rings, traces, views, the Neo4j store.

Each step runs in a process of its own and is compared with a peer in the same run; nothing here asserts a time.
"""
