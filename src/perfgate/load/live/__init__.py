"""The load while it runs, as a page for Prometheus."""
