"""Names of the stack's services resolve to their containers' addresses, in this process alone.

`http://api:8000` then works as another container of the stack would say it; URL and Host header stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.resolver.thread import Resolver


@dataclass(frozen=True)
class Detour:
    """What is meant for `host:port` goes to `address:by_port`."""

    host: str
    port: int
    address: str
    by_port: int


class HostsResolver(Resolver):
    """gevent's default resolver, with some names known beforehand. HTTP clients ask it for addresses, too."""

    def __init__(self, hosts: Mapping[str, str], detour: Detour | None = None) -> None:
        super().__init__(gevent.get_hub())
        self._hosts = {name.lower(): address for name, address in hosts.items()}
        self._detour = detour

    def _address(self, host: Any) -> Any:
        name = _name(host)
        return self._hosts.get(name, host) if name is not None else host

    def getaddrinfo(self, host: Any, port: Any = None, *args: Any, **kwargs: Any) -> Any:
        detour = self._detour
        if detour is not None and (_name(host), str(port)) == (detour.host.lower(), str(detour.port)):
            return super().getaddrinfo(detour.address, detour.by_port, *args, **kwargs)
        return super().getaddrinfo(self._address(host), port, *args, **kwargs)

    def gethostbyname(self, host: Any) -> Any:
        return super().gethostbyname(self._address(host))

    def gethostbyname_ex(self, host: Any) -> Any:
        return super().gethostbyname_ex(self._address(host))


def _name(host: Any) -> str | None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return name.lower() if isinstance(name, str) else None


def resolve_hosts(hosts: Mapping[str, str], detour: Detour | None = None) -> None:
    """Every socket function that gevent replaced asks the hub's resolver."""
    if hosts or detour:
        gevent.get_hub().resolver = HostsResolver(hosts, detour)
