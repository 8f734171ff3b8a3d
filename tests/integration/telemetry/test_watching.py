"""A real server, a real process tree and real commands watched; whatever they do, the watch goes on and says so."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from perfgate.records.stack import StackKind
from perfgate.records.telemetry import Telemetry
from perfgate.settings.telemetry import Telemetry as Settings
from perfgate.telemetry.watched import Watched
from perfgate.telemetry.watching import Watching, watch


class Served:
    """A metrics page whose `answer` a test may change while it is watched."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.jobs = Counter("jobs", "", registry=self.registry)
        self.depth = Gauge("depth", "", registry=self.registry)
        self.answer: Callable[[http.server.BaseHTTPRequestHandler], None] = self.page

    def page(self, request: http.server.BaseHTTPRequestHandler) -> None:
        body = generate_latest(self.registry)
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def served() -> Iterator[Served]:
    state = Served()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.answer(self)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who asked has gone, as is meant to be
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def watching(settings: dict[str, Any], **watched: Any) -> Iterator[Watching]:
    of = {"target": "http://127.0.0.1:9", "folder": Path.cwd(), "environ": dict(os.environ), **watched}
    with watch(Settings.model_validate(settings), Watched(kind=StackKind.PROCESS, **of), None) as found:
        yield found


def until(watch: Watching, condition: Callable[[Telemetry], object], begun: float, seconds: float = 20.0) -> None:
    """Looks at the samples so far; `Watching.result` ends the sampling, so it is not asked before."""
    deadline = time.monotonic() + seconds
    while not condition(so_far(watch, begun)):
        assert time.monotonic() < deadline, so_far(watch, begun)
        time.sleep(0.05)


def so_far(watch: Watching, begun: float) -> Telemetry:
    samples = watch._samples
    return Telemetry(
        started_at=begun,
        warm_up=0,
        load=time.time() - begun,
        series=samples.series(begun),
        events=(),
        gaps=samples.gaps(begun, time.time()),
        drains=(),
        cost=samples.cost(),
    )


def values(telemetry: Telemetry, label: str) -> list[float | None]:
    return next((list(each.values) for each in telemetry.series if each.key.label == label), [])


def test_a_page_that_fails_for_a_while_has_a_gap_and_goes_on(served: Any) -> None:
    begun = time.time()
    page = {"url": "/metrics", "name": "api", "every": "200ms", "within": "300ms"}
    with watching({"containers": False, "prometheus": [page]}, target=served.url) as watch:
        served.depth.set(7)
        until(watch, lambda now: 7.0 in values(now, "prometheus api: depth"), begun)
        served.answer = lambda request: request.send_error(500)
        until(watch, lambda now: values(now, "prometheus api: depth")[-1] is None, begun)
        served.answer = lambda request: time.sleep(1)
        until(watch, lambda now: "did not answer within" in now.gaps[0].why, begun)
        served.answer = served.page
        served.depth.set(9)
        served.jobs.inc(100)
        until(watch, lambda now: 9.0 in values(now, "prometheus api: depth"), begun)
        until(watch, lambda now: any(values(now, "prometheus api: jobs_total")), begun)
        found = watch.result(begun, time.time(), 0.0, ())
    [gap] = found.gaps
    assert gap.missed >= 2
    assert found.cost.cpu > 0


def test_an_answer_that_drips_is_cut_off(served: Any) -> None:
    def drip(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(50):
            request.wfile.write(b"# a\n" * 20_000)
            time.sleep(0.05)

    served.answer = drip
    begun = time.time()
    probe = {"http": "/", "every": "200ms", "within": "300ms"}
    with watching({"containers": False, "probes": {"slow": probe}}, target=served.url) as watch:
        until(watch, lambda now: now.gaps, begun)
        assert "not done within 0.3 s" in so_far(watch, begun).gaps[0].why


def test_a_process_tree_is_watched_with_its_children_and_their_end(tmp_path: Path) -> None:
    """The parent sleeps; a child of it computes, and holds memory."""
    child = "import time; held = bytearray(60_000_000); end = time.time() + 60\nwhile time.time() < end: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    begun = time.time()
    process = subprocess.Popen([sys.executable, "-c", parent], start_new_session=True)
    try:
        with watching({}, processes={process.pid: "api"}) as watch:
            until(watch, lambda now: max(filter(None, values(now, "container api: cpu")), default=0) > 0.1, begun)
            until(watch, lambda now: (values(now, "container api: memory")[-1] or 0) > 60_000_000, begun)
            os.killpg(process.pid, 9)
            process.wait()
            until(watch, lambda now: values(now, "container api: memory")[-1] is None, begun)
            [gap] = so_far(watch, begun).gaps
            assert gap.why == "the process has ended"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()


def test_commands_become_numbers_or_gaps_that_say_why(tmp_path: Path) -> None:
    (tmp_path / "depth").write_text("12 waiting\n", encoding="utf-8")
    commands = {
        "good": ["cat", "depth"],
        "wordy": ["echo", "many"],
        "broken": ["sh", "-c", "echo no such queue >&2; exit 3"],
        "hanging": ["sleep", "30"],
        "missing": ["no-such-program"],
    }
    probes = {
        name: {"service": "api", "exec": each, "every": "200ms", "within": "300ms" if name == "hanging" else "20s"}
        for name, each in commands.items()
    }
    probes["nowhere"] = {"service": "redis", "exec": ["true"]}
    begun = time.time()
    with watching({"containers": False, "probes": probes}, processes={os.getpid(): "api"}, folder=tmp_path) as watch:
        until(watch, lambda now: len(now.gaps) == 5 and values(now, "probe good"), begun)
        found = watch.result(begun, time.time(), 0.0, ())
    assert set(values(found, "probe good")) == {12.0}
    assert {gap.subject: gap.why for gap in found.gaps} == {
        "wordy": "'many' is no number",
        "broken": "it ended with 3: no such queue",
        "hanging": "it was not done within 0.3 s",
        "missing": "it cannot be run: No such file or directory",
        "nowhere": "the stack has no service 'redis'",
    }


@pytest.mark.parametrize("drains", [True, False])
def test_a_queue_is_watched_until_it_has_drained_or_its_limit_has_passed(served: Any, drains: bool) -> None:
    page = {"url": "/metrics", "name": "api", "every": "200ms"}
    queue = {"depth": "prometheus api: depth", "drain": "30s" if drains else "1s"}
    settings = {"containers": False, "prometheus": [page], "queues": {"jobs": queue}}
    begun = time.time()
    with watching(settings, target=served.url) as watch:
        served.depth.set(1)
        until(watch, lambda now: 1.0 in values(now, "prometheus api: depth"), begun)
        begun = time.time()
        time.sleep(max(0.0, begun + 1.2 - time.time()))  # what is seen in the load's first second is `before`
        served.depth.set(40)
        until(watch, lambda now: 40.0 in values(now, "prometheus api: depth"), begun)
        ended = time.time()
        if drains:
            threading.Timer(0.8, served.depth.set, [1]).start()
        watch.wait_for_drain(begun, ended)
        took = time.time() - ended
        found = watch.result(begun, ended, 0.0, ())
    [drain] = found.drains
    assert (drain.before, drain.at_end) == (1.0, 40.0)
    if drains:
        assert drain.seconds is not None
        assert 0.5 < drain.seconds <= took
    else:
        assert drain.seconds is None
