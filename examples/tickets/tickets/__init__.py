"""A small ticket platform to try PerfGate on: an API, a Celery worker, and a stand-in for an LLM."""
