"""Bring the application up, wait for it, watch it while the load runs, take it down whatever happens."""
