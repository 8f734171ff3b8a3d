"""The base URL under load, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from perfgate.errors import StackError

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - recognised, never bound


@dataclass(frozen=True)
class Target:
    url: str  # as given, without a slash at the end
    scheme: str
    host: str
    port: int
    path: str  # before every requested path; empty or beginning with a slash

    @property
    def authority(self) -> str:
        """What the load generator will send as `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_this_machine(self) -> bool:
        return self.host in LOOPBACK

    def at(self, host: str, port: int) -> Target:
        """The same, under another address."""
        return parse_target(f"{self.scheme}://{host}:{port}{self.path}")


def parse_target(url: str | None) -> Target:
    """Raises `StackError` where there is no URL or it is no base URL."""
    remedy = "write `target` in perfgate.yml as a base URL, such as http://api:8000"
    if not url:
        raise StackError("the stack has no target: nothing says where to send the load", remedy=remedy)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise StackError(f"the target {url!r} is no base URL: {error}", remedy=remedy) from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise StackError(f"the target {url!r} is no base URL", remedy=remedy)
    if parts.query or parts.fragment or parts.username is not None:
        raise StackError(
            f"the target of the stack holds more than a base URL (host {parts.hostname})",
            remedy="take out user name, query and fragment; headers belong to the requests of a scenario",
        )
    return Target(
        url=url.rstrip("/"),
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or DEFAULT_PORTS[parts.scheme],
        path=parts.path.rstrip("/"),
    )
