"""The queue between API and worker: Celery on Redis, or on files in a folder."""

from __future__ import annotations

import time

from celery import Celery

from tickets import file_broker
from tickets.switches import Switches

QUEUE = "tickets"
ENRICH = "tickets.enrich"


def queue(switches: Switches) -> Celery:
    app = Celery("tickets", broker=switches.broker)
    on_files = switches.broker.startswith("files:")
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,  # what waits, waits in the queue, where its depth is seen
        worker_enable_remote_control=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options=file_broker.options(switches.data / "queue")
        if on_files
        else {"socket_timeout": 5, "socket_connect_timeout": 2, "max_retries": 1},
    )
    return app


def open_queue(app: Celery, fresh: bool) -> None:
    """Declare the queue, so that API and worker find it; `fresh` drops what still waits in it."""
    with app.pool.acquire(block=True) as connection:
        declared = app.amqp.queues[QUEUE].bind(connection.default_channel)
        declared.declare()
        if fresh:
            declared.purge()


def depth(app: Celery) -> int:
    """How many tickets wait for a worker."""
    with app.pool.acquire(block=True) as connection:
        return int(connection.default_channel.queue_declare(QUEUE).message_count)


def enqueue(app: Celery, ticket: int) -> None:
    app.send_task(ENRICH, [ticket, time.time()])
