"""Two stacks of the same files side by side, and the user's own beside them: nothing is shared, nothing clashes."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.e2e.stack.conftest import Stacks, ask, docker

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def everything_global(port: int) -> str:
    """A file in which every name, address and port is fixed: by itself it runs once on a machine."""
    return f"""
        services:
          web:
            image: IMAGE
            container_name: perfgate-test-fixed-name
            hostname: front
            environment: {{NAME: web}}
            ports: ["127.0.0.1:{port}:8000"]
            volumes: ["memory:/data"]
            networks: {{inner: {{ipv4_address: 10.213.7.10}}}}
            healthcheck: HEALTH
          other:
            build: {{context: ., tags: ["perfgate-test-tag:fixed"]}}
            image: perfgate-test-built:fixed
            environment: {{NAME: other}}
            networks: [inner]
            depends_on: {{web: {{condition: service_healthy}}}}
          twin:
            image: perfgate-test-built:fixed
            environment: {{NAME: twin}}
            networks: [inner]
            depends_on: [other]
        networks:
          inner:
            name: perfgate-test-network
            ipam: {{config: [{{subnet: 10.213.7.0/24}}]}}
        volumes:
          memory: {{name: perfgate-test-volume}}
    """


def test_two_stacks_of_one_file_share_nothing(stacks: Stacks, taken_port: int) -> None:
    stacks.write("FROM IMAGE\nRUN touch /built\n", "Dockerfile")
    text = everything_global(taken_port)
    with stacks.open(text) as one, stacks.open(text) as two:
        for stack in (one, two):
            assert ask(stack, "/") == "web"
            assert ask(stack, "/ask/other/") == "other"
            assert ask(stack, "/ask/twin/") == "twin"
            assert ask(stack, "/ask/perfgate-test-fixed-name/", host="other") == "web"
        ask(one, "/remember/one")
        ask(two, "/remember/two")
        assert (ask(one, "/recall"), ask(two, "/recall")) == ("one", "two")
        assert one.hosts["web"] != two.hosts["web"]
        assert one.hosts["web"] == one.hosts["perfgate-test-fixed-name"]
        assert one.digest == two.digest
        names = docker("ps", "--all", "--format", "{{.Names}}").split()
        assert "perfgate-test-fixed-name" not in names
        assert sum(any(key in name for key in stacks.keys) for name in names) == 6
        for name in ("perfgate-test-built", "perfgate-test-tag"):
            assert docker("images", "--quiet", name) == ""
    assert any("fixed address" in said for said in stacks.said)
    assert stacks.left() == []


def test_stack_is_reached_on_an_internal_network(stacks: Stacks) -> None:
    with stacks.open(
        """
        services:
          web: {image: IMAGE, environment: {NAME: inside}, networks: [inner]}
        networks: {inner: {internal: true}}
        """
    ) as stack:
        assert ask(stack, "/") == "inside"


def test_target_may_be_the_network_of_another_service(stacks: Stacks) -> None:
    with stacks.open(
        """
        services:
          pod: {image: IMAGE, environment: {NAME: pod}}
          web: {image: IMAGE, environment: {NAME: guest, PORT: 8001}, network_mode: "service:pod"}
        """,
        target="http://web:8001",
    ) as stack:
        assert ask(stack, "/") == "guest"


def test_several_files_profiles_variables_and_env_files(stacks: Stacks) -> None:
    stacks.write("NAME=${WORD}-from-file\n", "deploy/settings.env")
    stacks.write("WORD=ignored\nMARK=dotted\n", "deploy/.env")
    stacks.write("services: {web: {image: IMAGE, env_file: [settings.env], healthcheck: HEALTH}}", "deploy/one.yml")
    stacks.write(
        """
        services:
          web: {command: [perl, /serve.pl, "${MARK}", "pa$$word"]}
          extra: {image: IMAGE, profiles: [more], environment: {NAME: extra}}
          never: {image: IMAGE, profiles: [not-this]}
        """,
        "deploy/two.yml",
    )
    with stacks.open(files=["deploy/one.yml", "deploy/two.yml"], profiles=["more"], env={"WORD": "set"}) as stack:
        assert [each.name for each in stack.services] == ["extra", "web"]
        assert (ask(stack, "/"), ask(stack, "/", host="extra")) == ("set-from-file", "extra")
        ours = docker(
            "ps", "--no-trunc", "--filter", f"label=perfgate.key={stacks.keys[0]}", "--format", "{{.Command}}"
        )
        assert '"perl /serve.pl dotted pa$word"' in ours
    assert {each.name for each in stacks.logs.glob("*.log")} == {"web.log", "extra.log"}


def test_image_of_a_registry_is_told_by_its_digest_and_a_built_one_is_not(stacks: Stacks) -> None:
    stacks.write("FROM IMAGE\n", "Dockerfile")
    with stacks.open("services: {web: {image: IMAGE}, other: {build: .}}") as stack:
        found = {each.name: each.image_digest for each in stack.services}
    assert found == {"web": docker("inspect", "--format", "{{.Id}}", stacks.image), "other": None}
