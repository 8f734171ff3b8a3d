"""Stacks that already run: waited for, and left as they are."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from perfgate.errors import ExitCode, StackError
from perfgate.records.stack import StackKind
from perfgate.settings import stack as settings
from perfgate.stack.opening import RunningStack, check_stack, open_stack
from perfgate.stack.site import Site
from tests.ports import free_port


class Answer(http.server.BaseHTTPRequestHandler):
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"]))
        if self.path == "/late":
            time.sleep(0.3)
        warm = self.path == "/warm" and len(self.asked) >= 3
        self.send_response(302 if self.path == "/moved" else 200 if warm or self.path == "/" else 503)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""


class SixServer(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


@contextmanager
def serving(kind: type[http.server.ThreadingHTTPServer], host: str) -> Iterator[int]:
    Answer.asked.clear()
    with kind((host, 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def port() -> Iterator[int]:
    with serving(http.server.ThreadingHTTPServer, "127.0.0.1") as number:
        yield number


def stack_at(target: str | None, path: str = "/", within: str = "10s") -> settings.Stack:
    return settings.Stack(
        ready=settings.Ready.model_validate({"path": path, "within": within}), external=settings.External(target=target)
    )


@contextmanager
def opened(stack: settings.Stack) -> Iterator[tuple[RunningStack, list[str]]]:
    said: list[str] = []
    with open_stack(stack, StackKind.EXTERNAL, Site(Path(), "test", Path("logs"), {}, said.append)) as running:
        yield running, said


def refused(stack: settings.Stack) -> StackError:
    with pytest.raises(StackError) as caught, opened(stack):
        pytest.fail("the stack answered")
    assert caught.value.exit_code is ExitCode.STACK
    assert caught.value.remedy
    return caught.value


def test_what_runs_is_found_and_left_as_it_is(port: int, tmp_path: Path) -> None:
    with opened(stack_at(f"http://localhost:{port}/")) as (stack, said):
        assert stack.target == f"http://localhost:{port}"
        assert (stack.services, stack.hosts, stack.faults(), stack.kind) == ((), {}, (), StackKind.EXTERNAL)
        assert stack.seconds_to_ready < 10
        assert said == [f"http://localhost:{port} answers"]
        stack.load_started()
        stack.save_logs(tmp_path / "logs")
        assert not (tmp_path / "logs").exists()
    with opened(stack_at(f"http://localhost:{port}")) as (again, _):
        assert again.digest == stack.digest
    assert Answer.asked == [("/", f"localhost:{port}")] * 2


def test_what_warms_up_is_waited_for(port: int) -> None:
    with opened(stack_at(f"http://127.0.0.1:{port}", "/warm")):
        assert len(Answer.asked) == 3


def test_redirect_counts_as_an_answer(port: int) -> None:
    with opened(stack_at(f"http://127.0.0.1:{port}", "/moved")):
        assert Answer.asked == [("/moved", f"127.0.0.1:{port}")]  # and is not followed


def test_an_answer_is_read_to_its_end_so_that_the_service_sees_no_reset() -> None:
    ends: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000)
                ends.append(connection.recv(1))  # raises ConnectionResetError where the rest was left lying

        thread = threading.Thread(target=answer)
        thread.start()
        with opened(stack_at(f"http://127.0.0.1:{number}")):
            thread.join()
    assert ends == [b""]


def test_another_address_family() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with serving(SixServer, "::1") as port, opened(stack_at(f"http://[::1]:{port}")) as (stack, _):
        assert stack.target == f"http://[::1]:{port}"
        assert Answer.asked == [("/", f"[::1]:{port}")]


def test_nobody_there() -> None:
    port = free_port()
    error = refused(stack_at(f"http://127.0.0.1:{port}", within="500ms"))
    assert error.message.startswith(f"http://127.0.0.1:{port}/ was not ready within 0.5 s: no answer: ")
    assert "Connection refused" in error.message


def test_unwell(port: int) -> None:
    error = refused(stack_at(f"http://127.0.0.1:{port}", "/ill", within="500ms"))
    assert error.message == f"http://127.0.0.1:{port}/ill was not ready within 0.5 s: the answer was HTTP 503"


def test_a_try_just_before_the_end_is_not_cut_short(port: int) -> None:
    error = refused(stack_at(f"http://127.0.0.1:{port}", "/late", within="100ms"))
    assert error.message.endswith("/late was not ready within 0.1 s: the answer was HTTP 503")


@pytest.mark.parametrize(
    "said",
    [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 999999 what\r\n\r\n", b"\x16\x03\x01" * 2000, b"HTTP/1.0 200 OK\r\n"],
)
def test_what_speaks_no_http(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        over = threading.Event()

        def answer() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        target = f"http://127.0.0.1:{server.getsockname()[1]}"
        try:
            if said.startswith(b"HTTP/1.0 200"):
                with opened(stack_at(target)):
                    pass
            else:
                assert ": no answer: " in refused(stack_at(target, within="300ms")).message
        finally:
            over.set()
            socket.create_connection(server.getsockname()).close()
            thread.join()


def test_https_is_asked_as_such(port: int) -> None:
    error = refused(stack_at(f"https://127.0.0.1:{port}", within="500ms"))
    assert "SSL" in error.message


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (None, "the stack has no target"),
        ("", "the stack has no target"),
        ("localhost:8000", "the target 'localhost:8000' is no base URL"),
        ("http://", "the target 'http://' is no base URL"),
        ("http://localhost:port", "the target 'http://localhost:port' is no base URL"),
        ("http://localhost:99999", "the target 'http://localhost:99999' is no base URL"),
        ("http://[::1", "the target 'http://[::1' is no base URL"),
        ("http://user:secret@localhost", "holds more than a base URL (host localhost)"),
        ("http://localhost/?a=b", "holds more than a base URL (host localhost)"),
        ("http://no-such-host.invalid", "leads nowhere: 'no-such-host.invalid' does not resolve"),
    ],
)
def test_target_that_is_none(target: str | None, message: str) -> None:
    error = refused(stack_at(target))
    assert message in error.message
    assert "secret" not in error.message + error.remedy


def test_kind_that_is_not_described() -> None:
    with (
        pytest.raises(StackError, match="no stack of kind external"),
        opened(settings.Stack(target="http://localhost")),
    ):
        pytest.fail("it answered")


def test_check_asks_what_runs(port: int) -> None:
    said: list[str] = []
    check_stack(stack_at(f"http://127.0.0.1:{port}"), StackKind.EXTERNAL, folder=Path(), environ={}, say=said.append)
    assert said == [f"http://127.0.0.1:{port} answers"]
