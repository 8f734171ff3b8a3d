"""Watch a stack while the load runs: its containers or processes, its metrics pages, and whatever a probe asks."""
