"""Locust's own exporter, switched on: what an OTLP receiver gets is what was recorded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from tests.integration.load.conftest import Loading
from tests.integration.load.test_endings import READER

pytestmark = pytest.mark.timeout(60)


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, bytes]] = []

    @property
    def last(self) -> dict[str, Metric]:
        """Counts add up from the start, so the last message says all."""
        message = ExportMetricsServiceRequest.FromString(self.received[-1][1])
        return {
            metric.name: metric
            for resource in message.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_metrics_and_nothing_else_reach_a_receiver(loading: Loading, receiver: Receiver) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}"
    scenario = loading.locustfile(READER).model_copy(update={"otlp": url})
    driven = loading.drive(loading.order(scenario, users=3, duration=2))
    assert (driven.exit_code, driven.notes) == (0, ())
    assert {path for path, _ in receiver.received} == {"/v1/metrics"}
    points = receiver.last["locust.client.duration"].histogram.data_points
    assert sum(each.count for each in points) == len(driven.recording) > 10
    seconds = float(driven.recording.response_time.sum())
    assert sum(each.sum for each in points) == pytest.approx(seconds, rel=1e-3)
    assert "locust.users.count" in receiver.last
