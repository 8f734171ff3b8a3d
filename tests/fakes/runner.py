"""GitHub's runner, as a container action sees it: the command, mounts, variables, file commands and signals.

After `Handlers/ContainerActionHandler.cs`, `Container/DockerCommandManager.cs`, `FileCommandManager.cs` and
`Runner.Sdk/ProcessInvoker.cs` of actions/runner 2.329.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import yaml

SOCKET: Final = "/var/run/docker.sock"
COMMANDS: Final = ("output", "step_summary", "state", "env", "path")
INTERRUPT_TO_TERMINATE: Final = 7.5  # seconds
TERMINATE_TO_KILL: Final = 2.5  # seconds
SHA: Final = "1234567890abcdef1234567890abcdef12345678"


@dataclass(frozen=True)
class Step:
    """What became of a step of the workflow."""

    exit_code: int
    log: str
    outputs: Mapping[str, str]
    state: Mapping[str, str]
    summary: str
    seconds: float


@dataclass
class FakeRunner:
    """One job on one machine. `root` gets the runner's folders; `image` is the action's.

    `docker_network` is the job's own network, which GitHub makes only for jobs with services or a container.
    """

    root: Path
    image: str
    action: Path  # action.yml
    event_name: str = "pull_request"
    event: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    docker_network: str | None = None
    socket: str = SOCKET
    with_runner_temp: bool = True
    owner: int = 1001 if os.geteuid() == 0 else os.geteuid()  # not root, where that can be had
    run_id: str = field(default_factory=lambda: str(secrets.randbelow(10**9)))
    job: str = "gate"
    matrix: Mapping[str, Any] | None = None
    token: str = ""  # the job's own, `github.token`

    def __post_init__(self) -> None:
        self._started: list[RunningStep] = []
        for folder in (self.workspace, self.home, self.workflow, self.commands):
            folder.mkdir(parents=True, exist_ok=True)
        self.write_event()
        for path in (self.root, *self.root.rglob("*")):
            os.chown(path, self.owner, self.owner, follow_symlinks=False)

    def write_event(self) -> None:
        (self.workflow / "event.json").write_text(json.dumps(self.event))

    @property
    def workspace(self) -> Path:
        return self.root / "work" / "shop" / "shop"

    @property
    def temporary(self) -> Path:
        return self.root / "work" / "_temp"

    @property
    def home(self) -> Path:
        return self.temporary / "_github_home"

    @property
    def workflow(self) -> Path:
        return self.temporary / "_github_workflow"

    @property
    def commands(self) -> Path:
        return self.temporary / "_runner_file_commands"

    def give_to_owner(self) -> None:
        """What a test has put into the workspace belongs to the runner's user, as after a checkout."""
        for path in (self.workspace, *self.workspace.rglob("*")):
            os.chown(path, self.owner, self.owner, follow_symlinks=False)

    def start(
        self, inputs: Mapping[str, str], *, entrypoint: str | None = None, state: Mapping[str, str] | None = None
    ) -> RunningStep:
        """The main step, or with `entrypoint` the one after the job."""
        suffix = secrets.token_hex(8)
        files = {name: self.commands / f"{name}_{suffix}" for name in COMMANDS}
        for path in files.values():
            path.touch()
            os.chown(path, self.owner, self.owner)
        environ = {
            **self.environ,
            **self._inputs(inputs),
            **self._variables(suffix),
            **{f"STATE_{name}": value for name, value in (state or {}).items()},
        }
        name = f"perfgate_{secrets.token_hex(3)}"
        command = ["docker", "run", "--name", name, "--label", "fake-runner", "--workdir", "/github/workspace", "--rm"]
        command += [word for key in environ for word in ("-e", key)]
        command += ["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]
        command += ["--entrypoint", entrypoint] if entrypoint else []
        command += ["--network", self.docker_network] if self.docker_network else []
        command += [word for mount in self._mounts() for word in ("-v", mount)]
        step = RunningStep([*command, self.image], environ, files, name)
        self._started.append(step)
        return step

    def remove_containers(self) -> None:
        """Those of the action itself, where a test ended before they did."""
        for step in self._started:
            step.end()

    def run(self, inputs: Mapping[str, str], *, within: float = 240) -> Step:
        return self.start(inputs).wait(within)

    def run_post(self, inputs: Mapping[str, str], state: Mapping[str, str], *, within: float = 120) -> Step:
        post = yaml.safe_load(self.action.read_text())["runs"]["post-entrypoint"]
        return self.start(inputs, entrypoint=post, state=state).wait(within)

    def _inputs(self, given: Mapping[str, str]) -> dict[str, str]:
        """Defaults of action.yml filled in; every name that action.yml does not know is a mistake of the test."""
        known = yaml.safe_load(self.action.read_text())["inputs"]
        assert set(given) <= set(known), set(given) - set(known)
        defaults = {name: str(each.get("default", "")) for name, each in known.items()}
        expressions = {"${{ github.token }}": self.token, "${{ toJSON(matrix) }}": json.dumps(self.matrix)}
        values = {**{name: expressions.get(text, text) for name, text in defaults.items()}, **given}
        return {f"INPUT_{name.replace(' ', '_').upper()}": self._translated(text) for name, text in values.items()}

    def _translated(self, text: str) -> str:
        """Values that begin with a folder of the runner's are said as the container sees it."""
        for host, here in ((self.workspace, "/github/workspace"), (self.temporary, "/github/runner_temp")):
            if text == str(host) or text.startswith(f"{host}/"):
                return here + text.removeprefix(str(host))
        return text

    def _variables(self, suffix: str) -> dict[str, str]:
        values = {
            "HOME": "/github/home",
            "GITHUB_ACTION": "__self",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_JOB": self.job,
            "GITHUB_REF": "refs/pull/7/merge" if self.event_name == "pull_request" else "refs/heads/main",
            "GITHUB_REPOSITORY": "octo/shop",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": self.run_id,
            "GITHUB_SHA": SHA,
            "GITHUB_WORKFLOW": "perf",
            "GITHUB_WORKSPACE": "/github/workspace",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": "/github/runner_temp" if self.with_runner_temp else str(self.temporary),
            "RUNNER_WORKSPACE": str(self.workspace.parent),
            "ACTIONS_RUNTIME_TOKEN": "runtime-token",
            "ACTIONS_RUNTIME_URL": "https://pipelines.invalid/",
        }
        files = {f"GITHUB_{name.upper()}": f"/github/file_commands/{name}_{suffix}" for name in COMMANDS}
        return {**values, **files, **{key: value for key, value in self.environ.items() if key.startswith("GITHUB_")}}

    def _mounts(self) -> list[str]:
        return [
            f"{self.socket}:/var/run/docker.sock",
            *([f"{self.temporary}:/github/runner_temp"] if self.with_runner_temp else []),
            f"{self.home}:/github/home",
            f"{self.workflow}:/github/workflow",
            f"{self.commands}:/github/file_commands",
            f"{self.workspace}:/github/workspace",
        ]


class RunningStep:
    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], files: Mapping[str, Path], name: str
    ) -> None:
        self.name = name  # of the container
        self._files = files
        self._begun = time.monotonic()
        self._lines: list[str] = []
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def log(self) -> str:
        return "".join(self._lines)

    def wait_for(self, text: str, within: float = 180) -> None:
        """Until the log says it."""
        deadline = time.monotonic() + within
        while text not in self.log:
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def wait(self, within: float) -> Step:
        try:
            code = self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(f"not done within {within} s:\n{self.log}") from None
        self._reader.join(10)
        return Step(
            exit_code=code,
            log=self.log,
            outputs=_key_values(self._files["output"].read_text()),
            state=_key_values(self._files["state"].read_text()),
            summary=self._files["step_summary"].read_text(),
            seconds=time.monotonic() - self._begun,
        )

    def cancel(self) -> Step:
        """SIGINT, SIGTERM, SIGKILL to the docker command, which passes on the first two; the container may live on."""
        for number, patience in (
            (signal.SIGINT, INTERRUPT_TO_TERMINATE),
            (signal.SIGTERM, TERMINATE_TO_KILL),
            (signal.SIGKILL, 10),
        ):
            self._process.send_signal(number)
            try:
                self._process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        return self.wait(10)

    def abandon(self) -> Step:
        """What becomes of a container that hears no signal: the command is killed, the container runs on unheard."""
        self._process.kill()
        return self.wait(10)

    @property
    def container_runs(self) -> bool:
        asked = ["docker", "ps", "--quiet", "--filter", f"name=^{self.name}$"]
        return bool(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)

    def end(self) -> None:
        subprocess.run(["docker", "rm", "--force", self.name], check=False, capture_output=True)
        self._process.wait(30)
        self._reader.join(10)

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._lines.append(line)


def _key_values(text: str) -> dict[str, str]:
    """`name=value` lines, and `name<<END` blocks."""
    values: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if block := re.fullmatch(r"([^=<]+)<<(.+)", line):
            taken: list[str] = []
            for each in lines:
                if each == block[2]:
                    break
                taken.append(each)
            values[block[1]] = "\n".join(taken)
        elif line:
            name, equals, value = line.partition("=")
            assert equals, f"no file command: {line}"
            values[name] = value
    return values
