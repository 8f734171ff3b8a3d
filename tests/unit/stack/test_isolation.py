"""A resolved compose model, rewritten so that a second stack of the same files can run beside it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from docker.auth import INDEX_NAME
from hypothesis import given
from hypothesis import strategies as st

from perfgate.stack.isolation import Isolated, PublishedPort, isolate

LABELS = {"perfgate.key": "k", "perfgate.owner": "o"}


def isolated(model: dict[str, Any], *, project: str = "p", publish: tuple[str, int] | None = None) -> Isolated:
    return isolate(model, project=project, labels=LABELS, publish=publish)


def services(*, networks: dict[str, Any] | None = None, **each: dict[str, Any]) -> dict[str, Any]:
    return {"name": "shop", "services": each, "networks": networks or {"default": {"name": "shop_default"}}}


def test_project_is_named_and_the_given_model_stays_as_it_is() -> None:
    model = services(web={"image": "a", "ports": [{"target": 80}], "container_name": "front", "labels": {"mine": "1"}})
    before = copy.deepcopy(model)
    assert isolated(model).model["name"] == "p"
    assert model == before


def test_ports_are_dropped_and_remembered() -> None:
    found = isolated(
        services(
            web={"ports": [{"target": 80, "published": "8080"}, {"target": "443", "published": "9000-9010"}]},
            api={"ports": [{"target": 8000}]},
            db={"ports": None},
        )
    )
    assert found.dropped_ports == (
        PublishedPort("web", 80, "8080"),
        PublishedPort("web", 443, "9000-9010"),
        PublishedPort("api", 8000, ""),
    )
    assert all("ports" not in each for each in found.model["services"].values())


def test_one_port_is_published_on_loopback_where_it_is_asked_for() -> None:
    found = isolated(services(web={"ports": [{"target": 80, "published": "80"}]}), publish=("web", 8000))
    assert found.model["services"]["web"]["ports"] == [
        {"mode": "ingress", "host_ip": "127.0.0.1", "target": 8000, "protocol": "tcp"}
    ]


def test_container_name_becomes_an_alias_on_every_network() -> None:
    found = isolated(
        services(
            web={"container_name": "front", "networks": {"a": None, "b": {"aliases": ["www"], "priority": 1}}},
            db={"container_name": "db-1"},
        )
    ).model["services"]
    assert "container_name" not in found["web"]
    assert found["web"]["networks"] == {"a": {"aliases": ["front"]}, "b": {"aliases": ["front", "www"], "priority": 1}}
    assert found["db"]["networks"] == {"default": {"aliases": ["db-1"]}}


def test_service_on_another_network_mode_gets_no_alias() -> None:
    found = isolated(services(web={"container_name": "front", "network_mode": "host"}, db={})).model["services"]
    assert found["web"] == {"network_mode": "host", "labels": LABELS}


@pytest.mark.parametrize("key", ["network_mode", "ipc", "pid"])
def test_what_shares_with_a_renamed_container_shares_with_its_service(key: str) -> None:
    found = isolated(services(web={"container_name": "front"}, side={key: "container:front"}))
    assert found.model["services"]["side"][key] == "service:web"
    assert not [note for note in found.notes if "side" in note]


def test_images_that_are_built_get_a_tag_of_their_own_for_all_that_use_it() -> None:
    found = isolated(
        services(
            api={"image": "shop/api", "build": {"context": ".", "tags": ["shop/api:old"]}, "pull_policy": "build"},
            worker={"image": f"{INDEX_NAME}/shop/api:latest", "pull_policy": "missing"},
            other={"image": "shop/api:2"},
            plain={"build": {"context": "."}},
            db={"image": "postgres"},
        )
    )
    each = found.model["services"]
    assert (each["api"]["image"], "pull_policy" in each["api"], each["api"]["build"]["context"]) == (
        "p-api",
        False,
        ".",
    )
    assert "tags" not in each["api"]["build"]
    assert (each["worker"]["image"], each["worker"]["pull_policy"]) == ("p-api", "never")
    assert (each["other"]["image"], each["plain"]["image"], each["db"]["image"]) == (
        "shop/api:2",
        "p-plain",
        "postgres",
    )
    assert "pull_policy" not in each["db"]
    assert found.built == ("api", "plain")


def test_two_services_that_build_one_image_each_keep_their_own() -> None:
    found = isolated(
        services(
            a={"image": "app", "build": {"context": "a"}},
            b={"image": "app", "build": {"context": "b"}},
            c={"image": "app"},
        )
    ).model["services"]
    assert (found["a"]["image"], found["b"]["image"], found["c"]["image"]) == ("p-a", "p-b", "p-a")


@pytest.mark.parametrize(
    ("built", "used", "same"),
    [
        ("app", "app:latest", True),
        ("library/app", f"{INDEX_NAME}/library/app", True),
        (f"{INDEX_NAME}/app", "app", True),
        ("host:5000/app", "host:5000/app:latest", True),
        ("host:5000/app", "app", False),
        ("app:1", "app:2", False),
        ("app", "app@sha256:00", False),
    ],
)
def test_names_of_one_image(built: str, used: str, same: bool) -> None:
    found = isolated(services(a={"image": built, "build": {"context": "."}}, b={"image": used})).model["services"]
    assert found["b"]["image"] == ("p-a" if same else used)


def test_fixed_addresses_are_left_out_and_said() -> None:
    found = isolated(
        services(
            networks={
                "n": {"name": "shop_n", "ipam": {"driver": "default", "config": [{"subnet": "10.0.0.0/24"}]}},
                "plain": None,
                "open": {"ipam": {}},
            },
            web={
                "mac_address": "02:42:ac:11:00:02",
                "networks": {
                    "n": {"ipv4_address": "10.0.0.9", "ipv6_address": "fd00::9", "aliases": ["w"]},
                    "plain": None,
                },
            },
        )
    )
    assert found.model["networks"]["n"] == {"name": "p_n", "ipam": {"driver": "default"}, "labels": LABELS}
    assert found.model["services"]["web"]["networks"] == {"n": {"aliases": ["w"]}, "plain": None}
    assert found.notes == (
        "network n: its fixed address range is left out",
        "service web: its fixed mac_address is left out",
        "service web: its fixed ipv4_address is left out",
        "service web: its fixed ipv6_address is left out",
    )


def test_global_names_are_the_projects_own_and_external_ones_stay() -> None:
    model = services(web={}, networks={"n": {"name": "shared-name"}, "outside": {"name": "corp", "external": True}})
    model |= {
        "volumes": {"data": {"name": "precious"}, "cache": None, "big": {"external": True, "name": "disk"}},
        "configs": {"c": {"name": "shop_c", "content": "x"}},
        "secrets": {"s": {"name": "shop_s", "file": "s.txt"}},
    }
    found = isolated(model)
    assert found.model["networks"] == {
        "n": {"name": "p_n", "labels": LABELS},
        "outside": {"name": "corp", "external": True},
    }
    assert found.model["volumes"] == {
        "data": {"name": "p_data", "labels": LABELS},
        "cache": {"name": "p_cache", "labels": LABELS},
        "big": {"external": True, "name": "disk"},
    }
    assert found.model["configs"]["c"] == {"name": "p_c", "content": "x"}
    assert found.model["secrets"]["s"] == {"name": "p_s", "file": "s.txt"}
    assert found.notes == (
        "network outside is external: shared with whatever else uses it",
        "volume big is external: shared with whatever else uses it",
    )


def test_everything_is_labelled_and_own_labels_stay() -> None:
    found = isolated(services(web={"labels": {"mine": "1"}, "build": {"context": ".", "labels": {"img": "2"}}})).model
    assert found["services"]["web"]["labels"] == {"mine": "1", **LABELS}
    assert found["services"]["web"]["build"]["labels"] == {"img": "2", **LABELS}
    assert found["networks"]["default"]["labels"] == LABELS


def test_what_cannot_be_isolated_is_said() -> None:
    found = isolated(
        services(
            a={"network_mode": "host"}, b={"network_mode": "container:else"}, c={"external_links": ["redis:cache"]}
        )
    )
    assert found.notes == (
        "service a has network_mode host: it is not isolated, and can run only once at a time",
        "service b has network_mode container:else: it is not isolated, and can run only once at a time",
        "service c links to redis:cache, a container outside the stack",
    )


def test_profiles_and_develop_are_dropped() -> None:
    found = isolated(services(web={"profiles": ["x"], "develop": {"watch": []}, "image": "a"}))
    assert found.model["services"]["web"] == {"image": "a", "labels": LABELS}


def test_model_of_services_alone() -> None:
    assert isolated({"services": {"web": {"image": "a"}}}).model == {
        "name": "p",
        "services": {"web": {"image": "a", "labels": LABELS}},
    }


NAMES = st.sampled_from(["web", "api", "db", "worker"])
IMAGES = st.sampled_from(["app", "app:latest", "library/app", "other:1", "host:5000/app"])


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    def service(name: str) -> dict[str, Any]:
        made: dict[str, Any] = {"image": draw(IMAGES)}
        if draw(st.booleans()):
            made["build"] = {"context": ".", "tags": ["fixed:1"]}
        if draw(st.booleans()):
            made["container_name"] = f"fixed-{name}"
        if draw(st.booleans()):
            made["ports"] = [{"target": 80, "published": "8080"}]
        if draw(st.booleans()):
            made["networks"] = {"n": draw(st.sampled_from([None, {"ipv4_address": "10.0.0.2"}]))}
        if draw(st.booleans()):
            made["labels"] = {"a": "b"}
        return made

    return {
        "name": "shop",
        "services": {name: service(name) for name in draw(st.sets(NAMES, min_size=1))},
        "networks": {
            "default": {"name": "shop_default"},
            "n": {"name": "global", "ipam": {"config": [{"subnet": "x"}]}},
        },
        "volumes": draw(st.sampled_from([{}, {"v": {"name": "global-volume"}}, {"v": None}])),
    }


def claims(found: Isolated) -> set[str]:
    """Everything in a model that can be there only once on a machine."""
    model = found.model
    each = model["services"].values()
    return (
        {model["name"]}
        | {service["container_name"] for service in each if "container_name" in service}
        | {port["published"] for service in each for port in service.get("ports", ()) if "published" in port}
        | {service["image"] for service in each if "build" in service}
        | {tag for service in each for tag in service.get("build", {}).get("tags", ())}
        | {resource["name"] for kind in ("networks", "volumes") for resource in model[kind].values()}
    )


@given(models())
def test_two_isolated_models_of_one_file_claim_nothing_in_common(model: dict[str, Any]) -> None:
    one, two = isolated(model, project="one"), isolated(model, project="two")
    assert claims(one) & claims(two) == set()
    assert all(name.startswith("one") for name in claims(one))
    assert "10.0.0.2" not in json.dumps(one.model)
    assert "subnet" not in json.dumps(one.model)


@given(models())
def test_isolating_again_changes_names_alone(model: dict[str, Any]) -> None:
    """What `docker compose config` would resolve of the saved model can itself be isolated."""
    once = isolated(model).model
    again = isolated(once).model
    assert again == once | {"services": again["services"]}
    for name, service in once["services"].items():
        assert again["services"][name]["image"] == service["image"]
