"""What API and worker show on `/metrics`."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds


def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    return made


class ApiMetrics:
    def __init__(self, queue_depth: Callable[[], int], connections_in_use: Callable[[], int], pool: int) -> None:
        self.registry = registry()
        self.requests = Histogram(
            "tickets_request_seconds",
            "Time to answer",
            ["endpoint", "status"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.received = Counter("tickets_received", "New tickets", ["source"], registry=self.registry)
        self.refused = Counter("tickets_signatures_refused", "Webhooks answered 401", registry=self.registry)
        Gauge("tickets_queue_depth", "Waiting tickets", registry=self.registry).set_function(queue_depth)
        Gauge("tickets_pool_in_use", "Connections in use", registry=self.registry).set_function(connections_in_use)
        Gauge("tickets_pool_size", "Connections there are", registry=self.registry).set(pool)


class WorkerMetrics:
    def __init__(self) -> None:
        self.registry = registry()
        self.done = Counter(
            "tickets_enrichments", "By outcome: enriched, retried, failed", ["outcome"], registry=self.registry
        )
        self.in_queue = Histogram(
            "tickets_in_queue_seconds", "From enqueued to taken", buckets=_BUCKETS, registry=self.registry
        )
        self.llm = Histogram("tickets_llm_seconds", "The LLM's answer", buckets=_BUCKETS, registry=self.registry)
