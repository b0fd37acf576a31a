"""Data quality as work: what is wrong by the whole graph, who is responsible, its tasks, and when they may close."""
