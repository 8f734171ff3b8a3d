"""The Celery worker: `python -m tickets.worker`. Takes new tickets and has the LLM summarise them."""

from __future__ import annotations

import os
import time
from typing import Any

import requests
from celery import Celery, Task
from celery.signals import worker_ready
from prometheus_client import start_http_server

from tickets import broker
from tickets.metrics import WorkerMetrics
from tickets.store import Store
from tickets.switches import Switches

RETRIES = 3
FIRST_RETRY = 0.5  # seconds; doubled each time


def main() -> None:
    switches = Switches.read(os.environ)
    app = worker(switches, WorkerMetrics())
    # Threads: a task waits for the LLM nearly all its time.
    run = f"worker --loglevel=INFO --pool=threads --concurrency={switches.concurrency}"
    # These talk to other workers; there is one.
    alone = "--without-gossip --without-mingle --without-heartbeat"
    app.worker_main([*run.split(), *alone.split()])


def worker(switches: Switches, metrics: WorkerMetrics) -> Celery:
    app = broker.queue(switches)
    store = Store(switches.database, switches.concurrency, switches.pool_wait)
    llm = requests.Session()
    llm.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=switches.concurrency))

    @app.task(name=broker.ENRICH, bind=True, max_retries=RETRIES)
    def enrich(task: Task, ticket: int, enqueued_at: float) -> None:
        if not task.request.retries:
            metrics.in_queue.observe(time.time() - enqueued_at)
        try:
            summary = _summary(llm, switches.llm, store.get(ticket) or {}, metrics)
        except requests.RequestException as error:
            if task.request.retries == RETRIES:
                store.finish(ticket, "failed", None)
                metrics.done.labels("failed").inc()
                raise
            metrics.done.labels("retried").inc()
            raise task.retry(exc=error, countdown=FIRST_RETRY * 2**task.request.retries) from error
        store.finish(ticket, "enriched", summary)
        metrics.done.labels("enriched").inc()

    @worker_ready.connect(weak=False)
    def show_metrics(**_: Any) -> None:
        """Only now: that the page answers means that tickets are taken."""
        server, _thread = start_http_server(switches.worker_port, switches.host, metrics.registry)
        print(f"worker listens on http://{switches.host}:{server.server_port}", flush=True)

    return app


def _summary(llm: requests.Session, url: str, ticket: dict[str, Any], metrics: WorkerMetrics) -> str:
    prompt = f"{ticket.get('title')}\n\n{ticket.get('description')}"
    messages = [{"role": "system", "content": "Summarise the ticket."}, {"role": "user", "content": prompt}]
    with metrics.llm.time():
        answer = llm.post(
            f"{url}/v1/chat/completions", json={"model": "stand-in", "messages": messages}, timeout=(2, 60)
        )
    answer.raise_for_status()
    return str(answer.json()["choices"][0]["message"]["content"])


if __name__ == "__main__":
    main()
