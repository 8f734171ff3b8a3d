"""Names of the stack's services resolve to their containers' addresses, in this process alone.

`http://api:8000` then works as another container of the stack would say it; URL and Host header stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gevent
from gevent.resolver.thread import Resolver


class HostsResolver(Resolver):
    """gevent's default resolver, with some names known beforehand."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        super().__init__(gevent.get_hub())
        self._hosts = {name.lower(): address for name, address in hosts.items()}

    def _address(self, host: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        return self._hosts.get(name.lower(), host) if isinstance(name, str) else host

    def getaddrinfo(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        return super().getaddrinfo(self._address(host), *args, **kwargs)

    def gethostbyname(self, host: Any) -> Any:
        return super().gethostbyname(self._address(host))

    def gethostbyname_ex(self, host: Any) -> Any:
        return super().gethostbyname_ex(self._address(host))


def resolve_hosts(hosts: Mapping[str, str]) -> None:
    """Every socket function that gevent replaced asks the hub's resolver."""
    if hosts:
        gevent.get_hub().resolver = HostsResolver(hosts)
