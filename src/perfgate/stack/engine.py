"""The Docker engine, by its API: found, asked, and told apart when it is not there."""

from __future__ import annotations

import socket
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import docker
import requests
import urllib3
from docker.errors import DockerException, NotFound
from docker.utils import kwargs_from_env

from perfgate.errors import StackError
from perfgate.stack.tails import TAIL_LINES, tail

KEY_LABEL: Final = "perfgate.key"
OWNER_LABEL: Final = "perfgate.owner"
CLI_LIMIT: Final = 30  # seconds for a question to the docker command
# What the SDK raises when the engine refuses, or is not there any more; where it streams, urllib3's own errors.
ENGINE_ERRORS: Final = (DockerException, requests.RequestException, urllib3.exceptions.HTTPError)


class Engine:
    """What PerfGate asks of the engine. Methods raise one of `ENGINE_ERRORS`."""

    def __init__(self, api: Any) -> None:
        self.api = api

    def containers(self, key: str) -> list[dict[str, Any]]:
        """All containers of a run, inspected, in the order of their names."""
        listed = self.api.containers(all=True, filters={"label": f"{KEY_LABEL}={key}"})
        found = [self.inspect(each["Id"]) for each in sorted(listed, key=lambda each: each["Names"])]
        return [each for each in found if each is not None]

    def inspect(self, container: str) -> dict[str, Any] | None:
        try:
            inspected: dict[str, Any] = self.api.inspect_container(container)
        except NotFound:
            return None
        return inspected

    def has_image(self, name: str) -> bool:
        try:
            self.api.inspect_image(name)
        except NotFound:
            return False
        return True

    def log_tail(self, container: str) -> str:
        """The last lines; where the logging driver keeps none, a line that says so."""
        try:
            return tail(self.api.logs(container, tail=TAIL_LINES).decode(errors="replace"))
        except ENGINE_ERRORS as error:
            return f"(no log: {error})"

    def log(self, container: str, *, lines: int) -> Iterator[bytes]:
        # Said outright: a stream of the SDK follows by default, and would end with the container only.
        chunks: Iterator[bytes] = self.api.logs(container, stream=True, follow=False, timestamps=True, tail=lines)
        return chunks

    def statistics(self, container: str) -> dict[str, Any]:
        """What it has used so far, without the second that the engine else takes to compare."""
        answer: dict[str, Any] = self.api.stats(container, stream=False, one_shot=True)
        return answer

    def events(self, key: str, since: str) -> Any:
        """An endless stream of what happens to containers, with `close`. `since`: as `clock` returns it."""
        filters = {"label": f"{KEY_LABEL}={key}", "type": "container", "event": ["oom", "die", "health_status"]}
        return self.api.events(decode=True, since=since, filters=filters)

    def clock(self) -> str:
        """The engine's own time, which need not be ours: seconds since the epoch, as its API takes them."""
        return f"{datetime.fromisoformat(self.api.info()['SystemTime']).timestamp():.6f}"


@contextmanager
def connect(environ: Mapping[str, str]) -> Iterator[Engine]:
    """The engine that the docker command uses. Raises `StackError` saying which of the many things is wrong."""
    host = environ.get("DOCKER_HOST") or _host_of_context(environ)
    if host.startswith("unix://"):
        check_socket(Path(host.removeprefix("unix://")))
    try:
        tls = kwargs_from_env(environment={**environ, "DOCKER_HOST": host}).get("tls", False)
        api = docker.APIClient(base_url=host, version="auto", tls=tls)
    except ENGINE_ERRORS as error:
        raise StackError(
            f"the Docker engine at {host} does not answer: {error}",
            remedy="start Docker, or mend DOCKER_HOST; without Docker use a `process` or `external` stack",
        ) from error
    with closing(api):
        yield Engine(api)


@contextmanager
def engine_must_answer() -> Iterator[None]:
    """While the stack starts, an engine that refuses or is gone ends the run."""
    try:
        yield
    except ENGINE_ERRORS as error:
        raise StackError(
            f"the Docker engine failed while the stack was starting: {error}",
            remedy="see the engine's own log (`journalctl -u docker`), then run again",
        ) from error


def compose_version(environ: Mapping[str, str]) -> str:
    """Of the plugin, as `2.26.1-4`. Raises `StackError` if there is none."""
    return _ask(
        environ,
        "compose",
        "version",
        "--short",
        remedy="install Docker's compose plugin (Debian: docker-compose, Docker's own packages: docker-compose-plugin)",
    )


def _host_of_context(environ: Mapping[str, str]) -> str:
    return _ask(
        environ,
        *("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"),
        remedy="mend the docker command's context, or set DOCKER_HOST",
    )


def _ask(environ: Mapping[str, str], *arguments: str, remedy: str) -> str:
    command = ["docker", *arguments]
    try:
        done = subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, timeout=CLI_LIMIT, check=False
        )
    except FileNotFoundError as error:
        raise StackError(
            "the `docker` command is not there",
            remedy="install Docker with its compose plugin, or use a `process` or `external` stack",
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"`{' '.join(command)}` cannot be run: {error}", remedy=remedy) from error
    if done.returncode:
        raise StackError(f"`{' '.join(command)}` failed", remedy=remedy, evidence=tail(done.stderr))
    return done.stdout.strip()


def check_socket(path: Path) -> None:
    """Raises `StackError` naming what is at the place of the engine's socket, if it is not the engine.

    A directory and a dead socket refuse a connection alike, so the place is looked at first.
    """
    elsewhere = "without Docker use a `process` or `external` stack"
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise StackError(
            f"there is no Docker socket at {path}",
            remedy=f"start Docker, or set DOCKER_HOST; a runner in Kubernetes mode gives actions none; {elsewhere}",
        ) from error
    except PermissionError as error:
        raise _not_permitted(path) from error
    if stat.S_ISDIR(mode):
        raise StackError(
            f"{path} is a directory, not Docker's socket: the host has none there, and Docker made the directory",
            remedy="on the host, start Docker, or (rootless Docker) let this path lead to its socket",
        )
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(10)
            probe.connect(str(path))
    except PermissionError as error:
        raise _not_permitted(path) from error
    except OSError as error:
        raise StackError(
            f"nothing answers at Docker's socket {path}: {error.strerror or error}",
            remedy=f"start the Docker engine; {elsewhere}",
        ) from error


def _not_permitted(path: Path) -> StackError:
    return StackError(
        f"Docker's socket {path} may not be opened",
        remedy="add this user to the group `docker`; in a container: userns-remap, SELinux or an image that does not "
        "run as root forbid it",
    )
