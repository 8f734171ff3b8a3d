"""An answer over HTTP, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests

from perfgate.telemetry.samples import CannotSampleError

LARGEST: Final = 4 * 2**20  # bytes
CHUNK: Final = 2**16


class Fetcher:
    """One URL, asked again and again over one connection. `hosts`: name -> IP address."""

    def __init__(self, url: str, target: str, hosts: Mapping[str, str], within: float) -> None:
        self._url, host = _address(urljoin(f"{target.rstrip('/')}/", url.lstrip("/")) if url[0] == "/" else url, hosts)
        self._within = within
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy knows nothing of the stack's network
        self._session.headers.update({"Host": host, "Accept": "text/plain;version=0.0.4, application/json;q=0.9, */*"})

    def fetch(self) -> bytes:
        """Raises `CannotSampleError`."""
        deadline = time.monotonic() + self._within
        try:
            with self._session.get(self._url, timeout=self._within, stream=True, allow_redirects=False) as answer:
                if answer.status_code != requests.codes.ok:
                    raise CannotSampleError(f"it answered {answer.status_code}")
                body = bytearray()
                for chunk in answer.iter_content(CHUNK):
                    body += chunk
                    if len(body) > LARGEST:
                        raise CannotSampleError(f"its answer is larger than {LARGEST // 2**20} MiB")
                    if time.monotonic() > deadline:
                        raise CannotSampleError(f"it was not done within {self._within:g} s")
                return bytes(body)
        except requests.Timeout as error:
            raise CannotSampleError(f"it did not answer within {self._within:g} s") from error
        except requests.RequestException as error:
            raise CannotSampleError(f"it does not answer: {_innermost(error)}") from error


def _address(url: str, hosts: Mapping[str, str]) -> tuple[str, str]:
    """Where to send it, and what to call the host."""
    parts = urlsplit(url)
    address = hosts.get(parts.hostname or "")
    if address is None:
        return url, parts.netloc
    port = f":{parts.port}" if parts.port else ""
    shown = f"[{address}]" if ":" in address else address
    return urlunsplit(parts._replace(netloc=f"{shown}{port}")), parts.netloc


def _innermost(error: BaseException) -> str:
    """`requests` wraps the reason in sentences about pools and retries."""
    while (inner := error.__context__) is not None:
        error = inner
    return str(error)[:200] or type(error).__name__
