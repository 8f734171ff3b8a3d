"""Probes: a number that a command in a service prints, or that an answer over HTTP holds."""

from __future__ import annotations

import json
import math
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from docker.utils.socket import demux_adaptor, frames_iter

from perfgate.records.telemetry import SeriesKey, Source
from perfgate.settings import telemetry as settings
from perfgate.telemetry.containers import ENGINE_ERRORS
from perfgate.telemetry.fetching import Fetcher
from perfgate.telemetry.samples import CannotSampleError, Sample
from perfgate.telemetry.watched import Watched

MOST_OUTPUT: Final = 4096  # bytes; a number needs few
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def probe_sampler(name: str, probe: settings.Probe, watched: Watched, api: Any) -> Callable[[], Sample]:
    """`api`: Docker's low-level client, or None. Raises `CannotSampleError` if there is nothing to ask."""
    key = SeriesKey(source=Source.PROBE, subject=name, name="value", unit=probe.unit)
    ask = _asking(probe, watched, api)

    def sample() -> Sample:
        return Sample({key: ask()}, {})

    return sample


def _asking(probe: settings.Probe, watched: Watched, api: Any) -> Callable[[], float]:
    if probe.http is not None:
        fetcher = Fetcher(probe.http, watched.target, watched.hosts, probe.within)
        return lambda: number_in(fetcher.fetch(), probe.value)
    service = probe.service or ""
    if container := next((each for each, name in watched.containers.items() if name == service), None):
        command = ContainerCommand(api, container, probe.exec, probe.within)
        return lambda: number_of(command.run())
    if service in watched.processes.values():
        return lambda: number_of(_run_here(probe, watched))
    raise CannotSampleError(f"the stack has no service {service!r}")


class ContainerCommand:
    """Run in a container of the stack. The engine cannot end what runs there: one that hangs is waited for."""

    def __init__(self, api: Any, container: str, arguments: Sequence[str], within: float) -> None:
        self._api = api
        self._container = container
        self._arguments = list(arguments)
        self._within = within
        self._hanging: str | None = None

    def run(self) -> str:
        """What it printed. Raises `CannotSampleError`."""
        try:
            return self._run()
        except TimeoutError as error:
            raise CannotSampleError(f"it was not done within {self._within:g} s") from error
        except (*ENGINE_ERRORS, OSError) as error:
            raise CannotSampleError(f"the engine could not run it: {error}") from error

    def _run(self) -> str:
        if self._hanging is not None and self._api.exec_inspect(self._hanging)["Running"]:
            raise CannotSampleError("it still runs, from an earlier sample")
        id = self._api.exec_create(self._container, self._arguments)["Id"]  # noqa: A001 - as the engine calls it
        self._hanging = id
        output, errors = self._output(id)
        self._hanging = None
        code = self._api.exec_inspect(id)["ExitCode"]
        if code:
            raise CannotSampleError(f"it ended with {code}: {_first_line(errors or output)}")
        return output

    def _output(self, id: str) -> tuple[str, str]:  # noqa: A002 - as the engine calls it
        """Both streams, at most as much as a number can need."""
        deadline = time.monotonic() + self._within
        found = (bytearray(), bytearray())
        stream = self._api.exec_start(id, socket=True)
        # Closing the stream alone leaves the connection open: the client ties its answer to it.
        with closing(stream), closing(getattr(stream, "_response", stream)):
            socket = getattr(stream, "_sock", stream)
            socket.settimeout(self._within)
            for pair in _frames(stream):
                for kept, part in zip(found, pair, strict=True):
                    kept.extend((part or b"")[: MOST_OUTPUT - len(kept)])
                if (left := deadline - time.monotonic()) <= 0:
                    raise TimeoutError
                socket.settimeout(left)
        return found[0].decode(errors="replace"), found[1].decode(errors="replace")


def _frames(stream: Any) -> Iterator[tuple[bytes | None, bytes | None]]:
    frames = frames_iter(stream, tty=False)  # type: ignore[no-untyped-call]
    return (demux_adaptor(*frame) for frame in frames)


def _run_here(probe: settings.Probe, watched: Watched) -> str:
    folder: Path = watched.folder
    try:
        done = subprocess.run(
            probe.exec,
            cwd=folder,
            env=dict(watched.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=probe.within,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotSampleError(f"it was not done within {probe.within:g} s") from error
    except OSError as error:
        raise CannotSampleError(f"it cannot be run: {error.strerror}") from error
    if done.returncode:
        text = (done.stderr or done.stdout)[:MOST_OUTPUT].decode(errors="replace")
        raise CannotSampleError(f"it ended with {done.returncode}: {_first_line(text)}")
    return done.stdout[:MOST_OUTPUT].decode(errors="replace")


def number_of(text: str) -> float:
    """The first word. Raises `CannotSampleError`."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    if not _NUMBER.fullmatch(word) or not math.isfinite(value := float(word)):
        raise CannotSampleError(f"{_first_line(text)!r} is no number" if word else "it printed nothing")
    return value


def number_in(body: bytes, path: str | None) -> float:
    """The number at `path`, as `queues.0.depth`, of a JSON text; without a path the text itself.

    Raises `CannotSampleError`.
    """
    if path is None:
        return number_of(body[:MOST_OUTPUT].decode(errors="replace"))
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CannotSampleError("the answer is no JSON") from error
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise CannotSampleError(f"the answer has nothing at {path!r}")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise CannotSampleError(f"what stands at {path!r} is no number")
    return number_of(str(value))  # an integer may have more digits than a float can hold


def _first_line(text: str) -> str:
    return next((line.strip()[:200] for line in text.splitlines() if line.strip()), "nothing printed")
