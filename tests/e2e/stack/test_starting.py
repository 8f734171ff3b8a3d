"""Every way in which a stack does not come up: one clear message with a remedy, logs kept, nothing left."""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfgate.errors import ExitCode, StackError
from tests.e2e.stack.conftest import Stacks, ask, docker, what_is_left
from tests.ports import free_port

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


def refused(stacks: Stacks, text: str | None = None, **arguments: object) -> StackError:
    with pytest.raises(StackError) as caught, stacks.open(text, **arguments):  # type: ignore[arg-type]
        pytest.fail("the stack came up")
    error = caught.value
    assert error.exit_code is ExitCode.STACK
    assert "\n" not in error.message
    assert error.remedy
    assert stacks.left() == []
    return error


def test_one_shot_that_ends_well_is_fine(stacks: Stacks) -> None:
    with stacks.open(
        """
        services:
          web:
            image: IMAGE
            environment: {NAME: web}
            depends_on: {first: {condition: service_completed_successfully}}
          first: {image: IMAGE, command: [echo, tables are made]}
          aside: {image: IMAGE, command: [echo, nobody waits for me]}
        """
    ) as stack:
        assert ask(stack, "/") == "web"
        assert stack.faults() == ()
    assert "tables are made" in (stacks.logs / "first.log").read_text()
    assert "nobody waits for me" in (stacks.logs / "aside.log").read_text()
    assert "web listens on 8000" in (stacks.logs / "web.log").read_text()


@pytest.mark.parametrize("depends", ["", ", depends_on: {first: {condition: service_completed_successfully}}"])
def test_one_shot_that_ends_badly(stacks: Stacks, depends: str) -> None:
    error = refused(
        stacks,
        f"""
        services:
          web: {{image: IMAGE{depends}}}
          first: {{image: IMAGE, command: [sh, -c, "echo no such table; exit 3"]}}
        """,
    )
    assert error.message == "service first ended with 3"
    assert error.evidence == "no such table"
    assert "no such table" in (stacks.logs / "first.log").read_text()


def test_crash_loop(stacks: Stacks) -> None:
    error = refused(
        stacks,
        "services: {web: {image: IMAGE}, loop: {image: IMAGE, command: [sh, -c, echo oh; exit 4], restart: always}}",
    )
    assert re.fullmatch(r"service loop does not stay up: it ended( with 4)? and was restarted", error.message)
    assert "oh" in error.evidence.split()


def test_killed_for_memory_while_starting(stacks: Stacks) -> None:
    error = refused(
        stacks,
        """
        services:
          web: {image: IMAGE}
          big: {image: IMAGE, command: [perl, -e, "push @a, 'x' x 1e6 while 1"], mem_limit: 24m}
        """,
    )
    assert error.message == "service big was killed for memory"


def test_health_check_that_fails(stacks: Stacks) -> None:
    error = refused(
        stacks,
        """
        services:
          web:
            image: IMAGE
            healthcheck: {test: "echo the disk is full; exit 1", interval: 200ms, retries: 2, timeout: 5s}
        """,
    )
    assert error.message == "service web is unhealthy"
    assert "its health check said:\nthe disk is full" in error.evidence


def test_never_healthy_within_the_time_limit(stacks: Stacks) -> None:
    begun = time.monotonic()
    error = refused(
        stacks,
        """
        services:
          web: {image: IMAGE, depends_on: {slow: {condition: service_healthy}}}
          slow:
            image: IMAGE
            command: [sh, -c, "echo still waiting; sleep 100"]
            healthcheck: {test: "false", interval: 1s, retries: 1000, timeout: 5s, start_period: 100s}
        """,
        within="8s",  # time enough for its container to be up, on however busy a machine
    )
    assert time.monotonic() - begun < 60
    assert error.message == "the stack was not up within 8 s: service slow is not healthy yet"
    assert error.evidence == "still waiting"
    assert "stack.ready.within" in error.remedy


def test_target_that_never_answers_well(stacks: Stacks) -> None:
    error = refused(
        stacks,
        "services: {web: {image: IMAGE, environment: {NAME: w}}}",
        target="http://web:8000/status/503",
        within="8s",
    )
    assert error.message == ("http://web:8000/status/503/ was not ready within 8 s: the answer was HTTP 503")
    assert "w got /status/503/" in error.evidence


def test_service_that_ends_before_the_target_answers(stacks: Stacks) -> None:
    error = refused(
        stacks,
        """
        services:
          web: {image: IMAGE, environment: {LATE: 60}}
          other: {image: IMAGE, command: [sh, -c, "sleep 2; echo it was too much; exit 7"]}
        """,
    )
    assert (error.message, error.evidence) == ("service other ended with 7", "it was too much")


def test_failed_build_is_told_by_its_output(stacks: Stacks) -> None:
    stacks.write("FROM IMAGE\nRUN echo fine\nRUN echo the compiler is missing && exit 9\n", "Dockerfile")
    error = refused(stacks, "services: {web: {build: .}, other: {image: IMAGE}}")
    assert error.message.startswith("docker compose build failed: ")
    assert "returned a non-zero code: 9" in error.message or "exit code: 9" in error.message
    assert "the compiler is missing" in error.evidence
    assert "the compiler is missing" in (stacks.logs / "compose" / "build.log").read_text()
    assert stacks.containers() == []  # not even that of the step, which has no label of the run yet


def test_image_that_cannot_be_fetched(stacks: Stacks) -> None:
    error = refused(stacks, "services: {web: {image: 'localhost:1/nobody/there:1'}}")
    assert error.message.startswith("docker compose pull failed: ")
    assert "image's name" in error.remedy


def test_command_that_is_not_in_the_image(stacks: Stacks) -> None:
    error = refused(stacks, "services: {web: {image: IMAGE, command: [no-such-program]}}")
    assert error.message.startswith("docker compose up failed: ")
    assert '"no-such-program": executable file not found' in error.message


def test_what_was_built_is_removed_and_what_was_there_stays(stacks: Stacks) -> None:
    stacks.write("FROM IMAGE\nRUN echo kept for the next build > /note\n", "Dockerfile")
    text = "services: {web: {build: .}}"
    with stacks.open(text):
        assert any(each.startswith("image ") for each in stacks.left())
    assert stacks.left() == []
    assert docker("images", "--quiet", stacks.image)
    with stacks.open(text):
        pass
    if "Step 2" in (log := (stacks.logs / "compose" / "build.log").read_text()):  # the classic builder
        assert "Using cache" in log


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of this machine at which somebody else answers with HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_port_in_use_on_the_host_network(stacks: Stacks, taken: int) -> None:
    error = refused(
        stacks,
        f"services: {{web: {{image: IMAGE, network_mode: host, environment: {{PORT: {taken}}}}}}}",
        target=f"http://localhost:{taken}",
    )
    assert error.message.startswith("the port is in use: ")
    assert str(taken) in error.remedy


def test_stack_on_the_host_network(stacks: Stacks) -> None:
    port = free_port()
    with stacks.open(
        f"services: {{web: {{image: IMAGE, network_mode: host, environment: {{NAME: bare, PORT: {port}}}}}}}",
        target=f"http://localhost:{port}",
    ) as stack:
        assert ask(stack, "/") == "bare"
    assert any("network_mode host: it is not isolated" in said for said in stacks.said)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("services: [web", "docker compose config failed: "),
        ("services: {web: {imagge: x}}", "docker compose config failed: "),
        ("services: {web: {}}", "docker compose config failed: "),
        ("services: {web: {image: 'IMAGE', depends_on: [nobody]}}", "docker compose config failed: "),
        ("services: {web: {image: '${NOT_GIVEN:?say which}'}}", "docker compose config failed: "),
        ("services: {web: {image: IMAGE, profiles: [more]}}", " have no active service"),
        ("services: {}", " have no active service"),
        ("", "docker compose config failed: "),
        (
            """
            services: {web: {image: IMAGE, volumes: ['data:/data']}}
            volumes: {data: {driver_opts: {type: none, o: bind, device: ./data}}}
            """,
            "volume data binds the relative device './data'",
        ),
    ],
)
def test_invalid_compose_file(stacks: Stacks, text: str, message: str) -> None:
    error = refused(stacks, text)
    assert message in error.message
    assert "compose" in error.remedy or "path" in error.remedy
    assert not stacks.logs.exists() or not list(stacks.logs.glob("*.log"))


def test_compose_file_that_does_not_exist(stacks: Stacks) -> None:
    error = refused(stacks, files=["deploy/nowhere.yml"])
    assert error.message == (
        f"there is no compose file {stacks.folder}/deploy/nowhere.yml (`stack.compose.files` names deploy/nowhere.yml)"
    )


@pytest.mark.parametrize(
    ("target", "message", "remedy"),
    [
        ("http://wep:8000", "no service of the stack is called 'wep'", "one of the stack's names: web"),
        ("http://localhost:18999", "no service of the stack is called 'localhost'", "write `target: http://web:8000`"),
        ("http://127.0.0.1:7", "no service of the stack is called '127.0.0.1'", "one of the stack's names: web"),
        ("ftp://web", "the target 'ftp://web' is no base URL", "base URL, such as http://"),
    ],
)
def test_target_that_leads_nowhere(stacks: Stacks, target: str, message: str, remedy: str) -> None:
    error = refused(stacks, "services: {web: {image: IMAGE, ports: ['18999:8000']}}", target=target)
    assert message in error.message
    assert remedy in error.remedy


def test_service_without_network_cannot_be_the_target(stacks: Stacks) -> None:
    error = refused(stacks, "services: {web: {image: IMAGE, network_mode: none}}")
    assert "service web, which is on no network of the stack" in error.message


def test_no_engine(stacks: Stacks, tmp_path: Path) -> None:
    (tmp_path / "folder.sock").mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    for host, message in {
        f"unix://{tmp_path}/nobody.sock": f"there is no Docker socket at {tmp_path}/nobody.sock",
        f"unix://{tmp_path}/folder.sock": "is a directory, not Docker's socket",
        f"unix://{tmp_path}/dead.sock": f"nothing answers at Docker's socket {tmp_path}/dead.sock",
        "tcp://127.0.0.1:1": "the Docker engine at tcp://127.0.0.1:1 does not answer",
        "nonsense://": "the Docker engine at nonsense:// ",
    }.items():
        error = refused(stacks, "services: {web: {image: IMAGE}}", environ={**os.environ, "DOCKER_HOST": host})
        assert message in error.message
        assert "ocker" in error.remedy


def test_no_docker_command(stacks: Stacks, tmp_path: Path) -> None:
    error = refused(stacks, "services: {web: {image: IMAGE}}", environ={"PATH": str(tmp_path)})
    assert error.message == "the `docker` command is not there"
    assert "`process`" in error.remedy


def test_no_compose_plugin(stacks: Stacks, tmp_path: Path) -> None:
    """A docker command that knows no `compose` says so in its own words."""
    docker_command = tmp_path / "docker"
    docker_command.write_text(
        "#!/bin/sh\n"
        '[ "$1" = compose ] && { echo "docker: \'compose\' is not a docker command." >&2; exit 1; }\n'
        f'exec {shutil.which("docker")} "$@"\n'
    )
    docker_command.chmod(0o755)
    error = refused(
        stacks, "services: {web: {image: IMAGE}}", environ={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    )
    assert "compose" in error.message
    assert "is not a docker command" in error.evidence
    assert "compose plugin" in error.remedy


def test_surroundings_neither_leak_into_the_files_nor_choose_others(stacks: Stacks) -> None:
    foreign = {"COMPOSE_FILE": "/nowhere.yml", "COMPOSE_PROJECT_NAME": "mine", "COMPOSE_PROFILES": "x"}
    with stacks.open(
        "services: {web: {image: IMAGE, environment: {NAME: '[${GITHUB_TOKEN:-}${INPUT_KEY:-}]'}}}",
        environ={**os.environ, "GITHUB_TOKEN": "ghs_secret", "INPUT_KEY": "secret", **foreign},
    ) as stack:
        assert ask(stack, "/") == "[]"
        assert what_is_left("com.docker.compose.project=mine") == []
