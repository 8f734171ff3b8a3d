"""Which service the target means, and where its containers can be reached from here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perfgate.errors import StackError
from perfgate.stack.isolation import Isolated, PublishedPort
from perfgate.stack.readiness import Address
from perfgate.stack.states import SERVICE_LABEL
from perfgate.stack.target import Target

Services = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Route:
    """How to reach the target from this machine."""

    target: Target  # under which URL the load is to be sent
    address: Address  # where that leads
    hosts: Mapping[str, str] = field(default_factory=dict)  # name -> IP address, for the names of the stack


def host_names(services: Services) -> dict[str, str]:
    """Every name by which containers of the stack call each other -> service."""
    aliases = {
        alias: name
        for name, service in services.items()
        for network in (service.get("networks") or {}).values()
        for alias in (network or {}).get("aliases") or ()
    }
    return {**aliases, **{name: name for name in services}}


def carrier(services: Services, name: str) -> str | None:
    """The service whose network `name` uses; None: the host's, or none of the stack."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        kind, _, other = str(services[name].get("network_mode") or "").partition(":")
        if kind == "":
            return name
        if kind != "service" or other not in services:
            return None
        name = other
    return None


def target_service(isolated: Isolated, target: Target) -> str | None:
    """The service with the network that the target is on; None: the host's network.

    Raises `StackError` where the target is not on the stack: something else would be loaded.
    """
    services: Services = isolated.model["services"]
    names = host_names(services)
    if target.host in names:
        found = carrier(services, names[target.host])
        if found is None:
            raise StackError(
                f"the target {target.url} names service {names[target.host]}, which is on no network of the stack",
                remedy="mend its `network_mode`, or write `target` with `localhost` where it is `host`",
            )
        return found
    if target.is_this_machine and any(each.get("network_mode") == "host" for each in services.values()):
        return None
    raise StackError(
        f"the target {target.url} leads nowhere: no service of the stack is called {target.host!r}",
        remedy=_remedy(isolated.dropped_ports, target, sorted(names)),
    )


def _remedy(ports: Sequence[PublishedPort], target: Target, names: Sequence[str]) -> str:
    for port in ports:
        if target.is_this_machine and port.published == str(target.port):
            return (
                f"write `target: {target.scheme}://{port.service}:{port.port}{target.path}`: "
                "the stack runs isolated, without ports on this machine, and is reached as its own containers would"
            )
    return f"write `target` with one of the stack's names: {', '.join(names)}"


def networks_of(containers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Names of the networks that containers are on, as inspected; the host's own is none that could be joined."""
    names = {name for each in containers for name in each["NetworkSettings"]["Networks"] or ()}
    return tuple(sorted(names - {"host", "none"}))


def find_route(
    isolated: Isolated,
    target: Target,
    containers: Sequence[Mapping[str, Any]],
    *,
    reaches: Callable[[Address], bool],
) -> Route:
    """`containers`: as inspected; `reaches`: whether packets get to an address, though perhaps nothing listens yet.

    Raises `StackError` where the target cannot be reached from this machine.
    """
    services: Services = isolated.model["services"]
    service = target_service(isolated, target)
    if service is None:
        return Route(target, (target.host, target.port))
    own = [each for each in containers if _service(each) == service]
    for container in own:
        for address in _addresses(container):
            if reaches((address, target.port)):
                hosts = dict(_hosts(services, containers))
                return Route(target, (address, target.port), {**hosts, target.host: address})
    for container in own:
        for port in _published(container, target.port):
            published = target.at("127.0.0.1", port)
            return Route(published, (published.host, published.port))
    raise StackError(
        f"service {service} runs, but port {target.port} of it cannot be reached from this machine",
        remedy="put the service on a bridge network of the compose file",
    )


def _hosts(services: Services, containers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Of several containers of one service the first."""
    first = {_service(each): each for each in reversed(containers)}
    for name, service in host_names(services).items():
        container = first.get(carrier(services, service) or "")
        address = next(_addresses(container), None) if container else None
        if address:
            yield name, address


def _service(container: Mapping[str, Any]) -> str:
    return str(container["Config"]["Labels"].get(SERVICE_LABEL, ""))


def _addresses(container: Mapping[str, Any]) -> Iterator[str]:
    networks = container["NetworkSettings"]["Networks"] or {}
    for key in sorted(networks):
        for field_name in ("IPAddress", "GlobalIPv6Address"):
            if networks[key].get(field_name):
                yield networks[key][field_name]


def _published(container: Mapping[str, Any], port: int) -> Iterator[int]:
    for binding in (container["NetworkSettings"].get("Ports") or {}).get(f"{port}/tcp") or ():
        yield int(binding["HostPort"])
