"""A resolved compose model made able to live beside others of the same files: own names, images, no host ports.

Pure: takes what `docker compose config --format json` prints and returns what `docker compose up` shall be given.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docker.auth import INDEX_NAME

Model = dict[str, Any]


@dataclass(frozen=True)
class PublishedPort:
    """A host port that was dropped; `published` may be a range or empty."""

    service: str
    port: int
    published: str


@dataclass(frozen=True)
class Isolated:
    model: Model
    dropped_ports: tuple[PublishedPort, ...]
    built: tuple[str, ...]  # services with a build
    notes: tuple[str, ...]  # what the reader should know: not as in the files, or not isolated


def isolate(
    model: Mapping[str, Any], *, project: str, labels: Mapping[str, str], publish: tuple[str, int] | None = None
) -> Isolated:
    """`publish`: a service and its port to be reachable at a free port of 127.0.0.1, chosen by the engine."""
    made = copy.deepcopy(dict(model))
    services: Model = made.get("services") or {}
    made["name"] = project
    ports = _drop_ports(services)
    _rename_containers(services)
    _rename_images(services, project)
    _drop_keys(services)
    notes = [*_drop_addresses(made), *_rename_resources(made, project), *_shared_hosts(services)]
    _label(made, labels)
    if publish is not None:
        _publish(services, *publish)
    return Isolated(made, ports, tuple(sorted(name for name in services if services[name].get("build"))), tuple(notes))


def _drop_ports(services: Model) -> tuple[PublishedPort, ...]:
    """Host ports clash; the load comes from inside."""
    return tuple(
        PublishedPort(name, int(port["target"]), str(port.get("published") or ""))
        for name, service in services.items()
        for port in service.pop("ports", None) or ()
    )


def _rename_containers(services: Model) -> None:
    """A container name is global, and others may use it as a host name, so it becomes an alias."""
    old = {service.pop("container_name"): name for name, service in services.items() if service.get("container_name")}
    for alias, name in old.items():
        service = services[name]
        if service.get("network_mode"):
            continue
        networks = service["networks"] = service.get("networks") or {"default": None}
        for key, network in networks.items():
            aliases = {*((network or {}).get("aliases") or ()), alias}
            networks[key] = {**(network or {}), "aliases": sorted(aliases)}
    for service in services.values():
        for key in ("network_mode", "ipc", "pid"):
            kind, _, container = str(service.get(key) or "").partition(":")
            if kind == "container" and container in old:
                service[key] = f"service:{old[container]}"


def _rename_images(services: Model, project: str) -> None:
    """A tag of their own, for all that use it: else two sides build into one tag and the later build serves both."""
    tags: dict[str, str] = {}
    for name, service in services.items():
        if not service.get("build"):
            continue
        tag = f"{project}-{name}"
        if service.get("image"):
            tags.setdefault(_full_name(service["image"]), tag)
        service["image"] = tag
        service["build"].pop("tags", None)
        service.pop("pull_policy", None)
    for service in services.values():
        if not service.get("build") and (tag_used := tags.get(_full_name(service.get("image") or ""))):
            service["image"] = tag_used
            service["pull_policy"] = "never"


def _full_name(image: str) -> str:
    """With its tag, and without what Docker Hub's names may or may not say."""
    for prefix in (f"{INDEX_NAME}/library/", f"{INDEX_NAME}/", "library/"):
        image = image.removeprefix(prefix)
    last = image.rpartition("/")[2]
    return image if ":" in last or "@" in last else f"{image}:latest"


def _drop_keys(services: Model) -> None:
    for service in services.values():
        service.pop("profiles", None)  # the inactive services are gone already
        service.pop("develop", None)


def _drop_addresses(model: Model) -> Iterator[str]:
    """Two stacks cannot have one address."""
    for key, network in (model.get("networks") or {}).items():
        if network and (network.get("ipam") or {}).pop("config", None):
            yield f"network {key}: its fixed address range is left out"
    for name, service in model["services"].items():
        places = [service, *(each for each in (service.get("networks") or {}).values() if each)]
        for place in places:
            for field in ("ipv4_address", "ipv6_address", "link_local_ips", "mac_address"):
                if place.pop(field, None):
                    yield f"service {name}: its fixed {field} is left out"


def _rename_resources(model: Model, project: str) -> Iterator[str]:
    for kind in ("networks", "volumes", "configs", "secrets"):
        resources = model.get(kind) or {}
        for key, resource in resources.items():
            if resource and resource.get("external"):
                yield f"{kind[:-1]} {key} is external: shared with whatever else uses it"
            else:
                resources[key] = {**(resource or {}), "name": f"{project}_{key}"}


def _shared_hosts(services: Model) -> Iterator[str]:
    for name, service in services.items():
        mode = str(service.get("network_mode") or "")
        if mode == "host" or mode.startswith("container:"):
            yield f"service {name} has network_mode {mode}: it is not isolated, and can run only once at a time"
        for link in service.get("external_links") or ():
            yield f"service {name} links to {link}, a container outside the stack"


def _label(model: Model, labels: Mapping[str, str]) -> None:
    places: list[Model] = list(model["services"].values())
    places += [service["build"] for service in model["services"].values() if service.get("build")]
    for kind in ("networks", "volumes"):
        places += [each for each in (model.get(kind) or {}).values() if not each.get("external")]
    for place in places:
        place["labels"] = {**(place.get("labels") or {}), **labels}


def _publish(services: Model, name: str, port: int) -> None:
    services[name]["ports"] = [{"mode": "ingress", "host_ip": "127.0.0.1", "target": port, "protocol": "tcp"}]
