"""The HTTP API: `python -m tickets.api`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import kombu.exceptions
import requests
import sqlalchemy.exc
from celery import Celery
from flask import Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import BadRequest, NotFound, Unauthorized

from tickets import broker, faults, signing
from tickets.metrics import ApiMetrics
from tickets.serving import serve
from tickets.store import Store
from tickets.switches import Switches


def main() -> None:
    switches = Switches.read(os.environ)
    switches.data.mkdir(parents=True, exist_ok=True)
    store = Store(switches.database, switches.pool, switches.pool_wait)
    store.create(switches.fresh, switches.seed)
    queue = broker.queue(switches)
    broker.open_queue(queue, switches.fresh)
    faults.leak(switches.leak)
    serve(api(switches, store, queue), "api", switches.host, switches.port, switches.threads)


def api(switches: Switches, store: Store, queue: Celery) -> Flask:
    app = Flask("tickets")
    metrics = ApiMetrics(lambda: broker.depth(queue), store.connections_in_use, switches.pool)
    _watch(app, metrics)
    _add_health(app, store, queue, metrics)
    _add_tickets(app, switches, store, queue, metrics)
    _add_chat(app, switches)
    faults.delay_endpoints(app, dict(switches.delays))
    return app


def _watch(app: Flask, metrics: ApiMetrics) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request  # runs last: Flask calls these in reverse, so an ordered delay is in what is observed
    def observe(response: Response) -> Response:
        seconds = time.perf_counter() - g.started
        metrics.requests.labels(faults.endpoint(), response.status_code).observe(seconds)
        return response

    @app.errorhandler(sqlalchemy.exc.SQLAlchemyError)
    @app.errorhandler(kombu.exceptions.OperationalError)
    def unavailable(error: Exception) -> tuple[Response, int]:
        return jsonify(error=f"{type(error).__name__}: {error}"), 503

    @app.errorhandler(BadRequest)
    @app.errorhandler(NotFound)
    @app.errorhandler(Unauthorized)
    def refused(error: BadRequest | NotFound | Unauthorized) -> tuple[Response, int]:
        return jsonify(error=error.description), error.code


def _add_health(app: Flask, store: Store, queue: Celery, metrics: ApiMetrics) -> None:
    @app.get("/health")
    def alive() -> Response:
        return jsonify(status="ok")

    @app.get("/api/v1/health")
    def healthy() -> Response:
        store.ping()
        return jsonify(status="ok", database="ok", queue_depth=broker.depth(queue))

    @app.get("/metrics")
    def page() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _add_tickets(app: Flask, switches: Switches, store: Store, queue: Celery, metrics: ApiMetrics) -> None:
    @app.get("/api/v1/tickets")
    def newest() -> Response:
        return jsonify(tickets=store.newest(min(request.args.get("limit", 20, int), 100)))

    @app.get("/api/v1/tickets/<int:id>")
    def one(id: int) -> Response:  # noqa: A002  # Flask's argument is named as in the path
        ticket = store.get(id)
        if ticket is None:
            raise NotFound(f"no ticket {id}")
        return jsonify(ticket)

    @app.post("/api/v1/tickets")
    def create() -> tuple[Response, int]:
        return take("api", _fields(request.get_data())), 201

    @app.post("/webhooks/<source>")
    def webhook(source: str) -> tuple[Response, int]:
        body = request.get_data()
        signed = json.dumps(_json(body)).encode() if switches.reserialise else body
        if reason := signing.refusal(switches.secret, signed, request.headers.get(signing.HEADER)):
            metrics.refused.inc()
            raise Unauthorized(reason)
        return take(source, _fields(body)), 202

    def take(source: str, fields: tuple[str, str]) -> Response:
        ticket = store.add(source[:40], *fields)
        broker.enqueue(queue, ticket)
        metrics.received.labels(source).inc()
        return jsonify(id=ticket, status="new")


def _add_chat(app: Flask, switches: Switches) -> None:
    """What a person at the service desk types, answered by the LLM, word by word."""
    llm = requests.Session()
    llm.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=switches.threads))

    @app.post("/api/v1/chat")
    def chat() -> Response | tuple[Response, int]:
        asked = _json(request.get_data())
        if not isinstance(asked, dict) or not isinstance(asked.get("messages"), list):
            raise BadRequest("a chat is an object with messages")
        url = f"{switches.llm}/v1/chat/completions"
        whole = {"model": "stand-in", **asked, "stream": True}
        try:
            answer = llm.post(url, json=whole, stream=True, timeout=(2, 60))
        except requests.RequestException as error:
            return jsonify(error=f"the LLM does not answer: {type(error).__name__}"), 502
        if answer.status_code != 200:
            with answer:
                return jsonify(error=f"the LLM answered {answer.status_code}"), answer.status_code
        return Response(_passed_on(answer), content_type="text/event-stream")


def _passed_on(answer: requests.Response) -> Iterator[bytes]:
    with answer:
        yield from answer.raw.stream(None)  # as they come


def _fields(body: bytes) -> tuple[str, str]:
    """Title and description of a ticket's JSON."""
    ticket = _json(body)
    if not isinstance(ticket, dict) or not isinstance(ticket.get("title"), str) or not ticket["title"]:
        raise BadRequest("a ticket is an object with a title")
    return ticket["title"][:200], str(ticket.get("description", ""))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadRequest(f"not JSON: {error}") from None


if __name__ == "__main__":
    main()
