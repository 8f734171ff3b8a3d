"""Faults to order, so that a gate has something to find."""

from __future__ import annotations

import threading
import time

from flask import Flask, Response, g, request

from tickets.switches import Delay


def delay_endpoints(app: Flask, delays: dict[str, Delay]) -> None:
    """Answers of the named endpoints are held back. A name that fits no endpoint is an error, not a silent no-op."""
    known = {f"{method} {name_of(rule.rule)}" for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    if unknown := sorted(set(delays) - known):
        raise ValueError(f"no such endpoint to delay: {', '.join(unknown)}; there are: {', '.join(sorted(known))}")

    @app.after_request
    def hold_back(response: Response) -> Response:
        if delay := delays.get(endpoint()):
            time.sleep(delay.after(time.perf_counter() - g.started))
        return response


def endpoint() -> str:
    """Of the request being answered: `GET /api/v1/tickets/{id}`."""
    return f"{request.method} {name_of(request.url_rule.rule) if request.url_rule else 'unknown'}"


def name_of(rule: str) -> str:
    """Flask's `/tickets/<int:id>` as `/tickets/{id}`."""
    return rule.replace("<int:", "<").replace("<", "{").replace(">", "}")


def leak(bytes_per_second: float) -> None:
    """Memory that is never given back, from now on."""
    held: list[bytes] = []

    def grow() -> None:
        while True:
            held.append(b"\1" * round(bytes_per_second))  # not zeros: those pages would stay unmapped
            time.sleep(1)

    if bytes_per_second:
        threading.Thread(target=grow, name="leak", daemon=True).start()
