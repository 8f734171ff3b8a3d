"""The generating process in a container of its own on the stack's networks, for PerfGate that is a container itself.

It runs what a pull request brings, so it is given neither Docker's socket nor tokens nor rights: the workspace to read,
one folder to write, and the workspace's owner to do both as.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import requests
import urllib3
from docker.errors import APIError, DockerException, NotFound
from docker.types import LogConfig, Mount

from perfgate.errors import LoadError
from perfgate.load.launching import PROGRAM
from perfgate.load.lines import Pieces
from perfgate.unbroken import unbroken

_ENGINE_ERRORS: Final = (DockerException, requests.RequestException, urllib3.exceptions.HTTPError)
_GRACE: Final = 3.0  # seconds it may take to end in order when the context is left early
_LOOK_EVERY: Final = 0.1  # seconds between looks at a container whose output has ended


@dataclass(frozen=True)
class Sidecars:
    """A launcher. `user` and `group` own the workspace; `to_host` says how the engine's host names a path of here.

    Without networks of a stack the generator shares those of `own_container`, and so reaches what that reaches.
    """

    api: Any
    own_container: str
    image: str
    workspace: Path
    to_host: Callable[[Path], Path | None]
    user: int
    group: int
    labels: Mapping[str, str]
    python: str = sys.executable  # in the image

    def __call__(
        self,
        plan: Path,
        arguments: Sequence[str],
        *,
        folder: Path,
        environ: Mapping[str, str],
        networks: Sequence[str],
    ) -> SidecarGenerator:
        out = plan.parent
        os.chown(out, self.user, self.group)
        made: list[str] = []
        try:
            first, *others = networks or [f"container:{self.own_container}"]
            self._create(
                made,
                entrypoint=[self.python, "-P", "-m", PROGRAM, str(plan), "--"],
                command=list(arguments),
                working_dir=str(folder.resolve()),
                environment={**environ, "HOME": "/tmp", "USER": "perfgate", "LOGNAME": "perfgate"},  # noqa: S108
                user=f"{self.user}:{self.group}",
                labels=dict(self.labels),
                host_config=self._host_config(out, first),
            )
            [container] = made
            for network in others:
                self.api.connect_container_to_network(container, network)
            self.api.start(container)
        except BaseException as error:
            for container in made:
                _remove(self.api, container)
            if isinstance(error, _ENGINE_ERRORS):
                raise LoadError(
                    f"the load generator's container could not be started: {error}",
                    remedy="see the engine's own log (`journalctl -u docker`), then run again",
                ) from error
            raise
        return SidecarGenerator(self.api, container)

    def _create(self, made: list[str], **how: Any) -> None:
        """Adds the container's id to `made`, also if it is interrupted: the engine makes the container all the same,
        after those who take down have looked.
        """
        unbroken(lambda: made.append(str(self.api.create_container(self.image, **how)["Id"])))

    def _host_config(self, out: Path, network: str) -> Any:
        return self.api.create_host_config(
            mounts=[
                Mount(str(self.workspace), self._source(self.workspace), type="bind", read_only=True),
                Mount(str(out), self._source(out), type="bind"),
            ],
            network_mode=network,
            init=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            log_config=LogConfig(type="json-file"),  # whatever the engine's default is: it must be readable
        )

    def _source(self, path: Path) -> str:
        on_host = self.to_host(path)
        if on_host is None:
            raise LoadError(
                f"{path} is in PerfGate's own container alone, so the load generator cannot write into it",
                remedy="let `artifact-dir` be a folder in the workspace",
            )
        return str(on_host)


class SidecarGenerator:
    """See `launching.Generator`."""

    def __init__(self, api: Any, container: str) -> None:
        self._api = api
        self._container = container
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()  # an empty piece: it has said everything
        self._pieces = Pieces()
        self._over = False
        self._reader = threading.Thread(target=self._read, name="sidecar-log", daemon=True)
        self._reader.start()

    def lines(self, within: float) -> Sequence[str]:
        if self._over:
            time.sleep(min(within, _LOOK_EVERY))
            return []
        try:
            data = self._said.get(timeout=within)
        except queue.Empty:
            return []
        self._over = not data
        return self._pieces.lines(data)

    def exit_code(self) -> int | None:
        if not self._over:
            return None
        try:
            state = self._api.inspect_container(self._container)["State"]
        except NotFound:
            return -signal.SIGKILL
        except _ENGINE_ERRORS as error:
            raise LoadError(
                f"the Docker engine failed while the load ran: {error}",
                remedy="see the engine's own log (`journalctl -u docker`), then run again",
            ) from error
        return None if state["Running"] else _as_process(state["ExitCode"])

    def interrupt(self) -> None:
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is not None and issubclass(kind, Exception):
                self.interrupt()  # so that the recording is whole; a cancelled run has no time for that
                self._reader.join(_GRACE)
        finally:
            _remove(self._api, self._container)
            self._reader.join(_GRACE)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(*_ENGINE_ERRORS):  # it is gone, or not running any more
            self._api.kill(self._container, signal=number.name)

    def _read(self) -> None:
        try:
            for piece in self._api.logs(self._container, stream=True, follow=True):
                if piece:
                    self._said.put(piece)
        except _ENGINE_ERRORS:
            pass  # what became of the container is for `exit_code` to say
        finally:
            self._said.put(b"")


def _as_process(code: int) -> int:
    """As of a child process: negative for the signal that ended it."""
    return 128 - code if 128 < code < 128 + signal.NSIG else code


def _remove(api: Any, container: str) -> None:
    with suppress(APIError):  # somebody was faster
        api.remove_container(container, v=True, force=True)
