"""Containers, by the engine's own statistics: one stream for each, which says something once a second."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import requests
import urllib3
from docker.errors import DockerException, NotFound

from perfgate.records.telemetry import Source
from perfgate.telemetry.samples import Sample, Samples
from perfgate.telemetry.stats import container_values, is_running

ENGINE_ERRORS: Final = (DockerException, requests.RequestException, urllib3.exceptions.HTTPError)
RETRY_AFTER: Final = 1.0  # seconds
SILENT: Final = 10.0  # seconds without an answer, of which there is one a second; then the engine hangs
LARGEST: Final = 2**20  # bytes of one answer; a real one has some thousand


class ContainerWatch:
    """`api`: Docker's low-level client."""

    def __init__(self, samples: Samples, api: Any, container: str, service: str) -> None:
        self._samples = samples
        self._api = api
        self._container = container
        self._service = service
        self.name = f"container {service}"

    def run(self, over: threading.Event) -> None:
        while not over.is_set():
            try:
                self._follow(over)
                why = "it does not run"
            except NotFound:
                self._missed("it was removed")
                return
            except (*ENGINE_ERRORS, ValueError) as error:  # ValueError: what is no JSON, or has no time stamp
                why = f"the engine's statistics broke off: {error}"
            if not over.is_set():
                self._missed(why)
                over.wait(RETRY_AFTER)

    def _follow(self, over: threading.Event) -> None:
        before: dict[str, Any] | None = None
        # Not by the client's own `stats`, which keeps the connection to itself: then nobody could close it.
        url = f"{self._api.base_url}/v{self._api.api_version}/containers/{self._container}/stats"
        with self._api.get(url, params={"stream": "true"}, stream=True, timeout=SILENT) as stream:
            if stream.status_code == requests.codes.not_found:
                raise NotFound(self._container)
            stream.raise_for_status()
            for answer in lines(stream.iter_content(chunk_size=None)):
                now = json.loads(answer)
                if over.is_set() or not is_running(now):
                    return
                if before is not None:
                    self._samples.add(time.time(), Sample(container_values(self._service, before, now), {}))
                before = now

    def _missed(self, why: str) -> None:
        self._samples.missed(time.time(), Source.CONTAINER, self._service, why)


def lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines of a stream whose chunks end anywhere. Raises `ValueError` for one that is too long."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (each for each in whole if each.strip())
        if len(rest) > LARGEST:
            raise ValueError(f"a line is longer than {LARGEST} bytes")
