"""Which service the target means, and where it is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from perfgate.errors import StackError
from perfgate.stack.addresses import Route, carrier, find_route, host_names, networks_of, target_service
from perfgate.stack.isolation import Isolated, isolate
from perfgate.stack.readiness import Address
from perfgate.stack.target import Target, parse_target
from tests.unit.stack.inspecting import inspected


def stack(**services: dict[str, Any]) -> Isolated:
    return isolate({"services": services}, project="p", labels={})


def to(url: str) -> Target:
    return parse_target(url)


def reaches(*addresses: str) -> Callable[[Address], bool]:
    return lambda address: address[0] in addresses


def test_names_by_which_containers_call_each_other() -> None:
    found = host_names(
        {
            "web": {"networks": {"a": {"aliases": ["www", "db"]}, "b": None}},
            "db": {"networks": None},
            "alone": {"network_mode": "none"},
        }
    )
    assert found == {"www": "web", "web": "web", "db": "db", "alone": "alone"}  # a service's own name comes first


@pytest.mark.parametrize(
    ("services", "wanted"),
    [
        ({"web": {}}, "web"),
        ({"web": {"network_mode": None}}, "web"),
        ({"web": {"network_mode": "service:pod"}, "pod": {}}, "pod"),
        ({"web": {"network_mode": "service:a"}, "a": {"network_mode": "service:b"}, "b": {}}, "b"),
        ({"web": {"network_mode": "service:a"}, "a": {"network_mode": "service:web"}}, None),
        ({"web": {"network_mode": "service:nobody"}}, None),
        ({"web": {"network_mode": "host"}}, None),
        ({"web": {"network_mode": "none"}}, None),
        ({"web": {"network_mode": "container:x"}}, None),
    ],
)
def test_service_whose_network_is_used(services: dict[str, dict[str, Any]], wanted: str | None) -> None:
    assert carrier(services, "web") == wanted


def test_target_service() -> None:
    described = stack(web={"container_name": "front"}, db={})
    assert target_service(described, to("http://web:8000")) == "web"
    assert target_service(described, to("http://front:8000")) == "web"
    assert target_service(stack(web={"network_mode": "service:pod"}, pod={}), to("http://web")) == "pod"
    for local in ("localhost", "127.0.0.1", "[::1]"):
        assert target_service(stack(web={"network_mode": "host"}), to(f"http://{local}:8000")) is None


@pytest.mark.parametrize(
    ("services", "url", "message", "remedy"),
    [
        ({"web": {}, "db": {}}, "http://wep:8000", "called 'wep'", "one of the stack's names: db, web"),
        (
            {"web": {"ports": [{"target": 80, "published": "8080"}]}, "db": {}},
            "http://localhost:8080/shop",
            "called 'localhost'",
            "write `target: http://web:80/shop`: the stack runs isolated",
        ),
        ({"web": {"ports": [{"target": 80, "published": "8080"}]}}, "http://localhost:81", "'localhost'", "names: web"),
        ({"web": {"ports": [{"target": 80, "published": "8080"}]}}, "http://example:8080", "'example'", "names: web"),
        (
            {"web": {"network_mode": "host"}},
            "http://web:80",
            "names service web, which is on no network",
            "`localhost`",
        ),
        ({"web": {"network_mode": "host"}}, "http://elsewhere:80", "called 'elsewhere'", "names: web"),
    ],
)
def test_target_that_is_not_on_the_stack(services: dict[str, Any], url: str, message: str, remedy: str) -> None:
    with pytest.raises(StackError) as caught:
        target_service(stack(**services), to(url))
    assert message in caught.value.message
    assert remedy in caught.value.remedy


def test_container_address_comes_first() -> None:
    containers = [
        inspected(id="1", service="web", networks={"a": "10.1.0.2", "b": "10.2.0.2"}),
        inspected(id="2", service="db", networks={"a": "10.1.0.3"}),
    ]
    found = find_route(
        stack(web={"container_name": "front"}, db={}),
        to("http://front:8000/x"),
        containers,
        reaches=reaches("10.2.0.2"),
    )
    assert found == Route(
        to("http://front:8000/x"),
        ("10.2.0.2", 8000),
        {"web": "10.1.0.2", "db": "10.1.0.3", "front": "10.2.0.2"},
    )


def test_several_containers_of_a_service_are_tried_and_the_first_gives_the_name() -> None:
    containers = [inspected(id=str(n), service="web", networks={"a": f"10.0.0.{n}"}) for n in (1, 2)]
    found = find_route(stack(web={}), to("http://web"), containers, reaches=reaches("10.0.0.2"))
    assert (found.address, found.hosts) == (("10.0.0.2", 80), {"web": "10.0.0.2"})
    found = find_route(stack(web={}), to("http://web"), containers, reaches=reaches("10.0.0.1", "10.0.0.2"))
    assert found.hosts == {"web": "10.0.0.1"}


def test_newer_protocol_alone() -> None:
    container = inspected(networks={"a": ""})
    container["NetworkSettings"]["Networks"]["a"]["GlobalIPv6Address"] = "fd00::2"
    found = find_route(stack(web={}), to("http://web"), [container], reaches=reaches("fd00::2"))
    assert found.address == ("fd00::2", 80)


def test_published_port_where_addresses_do_not_lead_from_here() -> None:
    """So it is where the engine runs in a virtual machine."""
    container = inspected(
        networks={"a": "10.0.0.2"}, ports={"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32768"}]}
    )
    found = find_route(stack(web={}), to("http://web:8000/api"), [container], reaches=reaches())
    assert found == Route(to("http://127.0.0.1:32768/api"), ("127.0.0.1", 32768), {})


def test_host_network_is_the_target_itself() -> None:
    found = find_route(stack(web={"network_mode": "host"}), to("http://localhost:8000"), [], reaches=reaches())
    assert found == Route(to("http://localhost:8000"), ("localhost", 8000), {})


@pytest.mark.parametrize(
    "containers",
    [[], [inspected(networks={"a": "10.0.0.2"}, ports={"9000/tcp": [{"HostPort": "1"}], "8000/tcp": None})]],
)
def test_target_that_cannot_be_reached(containers: list[dict[str, Any]]) -> None:
    with pytest.raises(StackError) as caught:
        find_route(stack(web={}), to("http://web:8000"), containers, reaches=reaches())
    assert caught.value.message == "service web runs, but port 8000 of it cannot be reached from this machine"
    assert "bridge network" in caught.value.remedy


def test_networks_of_containers() -> None:
    containers = [inspected(networks={"b": "", "host": ""}), inspected(networks={"a": "", "b": ""}), inspected()]
    containers[2]["NetworkSettings"]["Networks"] = None
    assert networks_of(containers) == ("a", "b")
