"""`docker compose` as child processes: each phase one call with a name and a deadline of its own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from perfgate.errors import StackError
from perfgate.settings import stack as settings
from perfgate.stack.children import Child, Children, without_tokens
from perfgate.stack.tails import tail_of_file

CONFIG_LIMIT: Final = 60.0  # seconds
BUILD_LIMIT: Final = 1800.0  # seconds, for all images together; for pulling likewise
GRACE: Final = 1.0  # seconds from SIGTERM to SIGKILL; compose then ends by itself and leaves no zombie
# Of the caller's shell: what perfgate.yml says in its stead.
_SAID_BY_SETTINGS: Final = ("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME", "COMPOSE_ENV_FILES")
_WARNING: Final = re.compile(r'level=warning msg="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class ComposeProject:
    """One project; `scratch` is private (the resolved model holds secrets), `output` is kept for the reader."""

    name: str
    files: tuple[Path, ...]
    profiles: tuple[str, ...]
    environ: Mapping[str, str]
    scratch: Path
    output: Path

    @property
    def folder(self) -> Path:
        """Where relative paths of the files begin: beside the first, as for compose itself."""
        return self.files[0].parent

    @property
    def model_file(self) -> Path:
        return self.scratch / "model.json"

    @property
    def build_log(self) -> Path:
        return self.output / "build.log"

    def resolve(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The model with everything filled in, and compose's warnings. Raises `StackError`."""
        profiles = [word for profile in self.profiles for word in ("--profile", profile)]
        files = [word for file in self.files for word in ("--file", str(file))]
        resolved, said = self.scratch / "resolved.json", self.scratch / "config.log"
        self._run(
            "config",
            [*profiles, *files, "config", "--format", "json", "--output", str(resolved)],
            limit=CONFIG_LIMIT,
            output=said,
            remedy="mend the compose files; `docker compose config` shows the same",
        )
        model: dict[str, Any] = json.loads(resolved.read_bytes())
        warnings = _WARNING.findall(said.read_text(encoding="utf-8", errors="replace"))
        return model, tuple(dict.fromkeys(_unquoted(text) for text in warnings))

    def save(self, model: Mapping[str, Any]) -> None:
        """For the phases that follow; readable by nobody else."""
        with open(self.model_file, "w", encoding="utf-8", opener=_private) as file:
            json.dump(model, file)

    def build(self) -> None:
        self._run(
            "build",
            [*self._isolated(), "build"],
            limit=BUILD_LIMIT,
            output=self.build_log,
            remedy="mend the build; `docker compose build` shows the same",
        )

    def pull(self, services: Sequence[str]) -> None:
        self._run(
            "pull",
            [*self._isolated(), "pull", "--quiet", *services],
            limit=BUILD_LIMIT,
            output=self.output / "pull.log",
            remedy="mend the image's name, or log in to its registry where PerfGate runs",
        )

    @contextmanager
    def start_up(self) -> Iterator[Child]:
        """`up -d` on its way: by itself it has no time limit, and does not tell a crash loop. Ended on leaving."""
        with Children(grace=GRACE) as children:
            yield self._start(
                children,
                "up",
                [*self._isolated(), "up", "--detach", "--no-build", "--quiet-pull"],
                self.output / "up.log",
            )

    def _run(self, phase: str, arguments: Sequence[str], *, limit: float, output: Path, remedy: str) -> None:
        with Children(grace=GRACE) as children:
            code = self._start(children, phase, arguments, output).wait(limit)
        said = tail_of_file(output)
        if code is None:
            raise StackError(
                f"docker compose {phase} was not done within {limit:g} s",
                remedy="see why it hangs, or do it in an earlier step",
                evidence=said,
            )
        if code != 0:
            raise StackError(f"docker compose {phase} failed: {last_line(said)}", remedy=remedy, evidence=said)

    def _isolated(self) -> list[str]:
        """The saved model instead of the files; a secret that names a variable looks for it only now, as in `.env`."""
        beside = self.folder / ".env"
        variables = str(beside) if beside.is_file() else os.devnull
        return ["--env-file", variables, "--file", str(self.model_file)]

    def _start(self, children: Children, phase: str, arguments: Sequence[str], output: Path) -> Child:
        output.parent.mkdir(parents=True, exist_ok=True)
        command = ["docker", "compose", "--ansi", "never", "--project-name", self.name]
        command += ["--project-directory", str(self.folder), *arguments]
        return children.start(phase, command, environ=self.environ, folder=self.folder, output=output)


def find_files(stack: settings.Compose, folder: Path) -> tuple[Path, ...]:
    """Raises `StackError` naming the first that is not there."""
    files = tuple(Path(os.path.abspath(folder / name)) for name in stack.files)  # noqa: PTH100 - links stay links
    for name, file in zip(stack.files, files, strict=True):
        if not file.is_file():
            raise StackError(
                f"there is no compose file {file} (`stack.compose.files` names {name})",
                remedy="mend the path in perfgate.yml; it is relative to perfgate.yml",
            )
    return files


def compose_environ(environ: Mapping[str, str], stack: settings.Compose, folder: Path) -> dict[str, str]:
    """For compose and the interpolation of its files."""
    kept = {key: value for key, value in without_tokens(environ).items() if key not in _SAID_BY_SETTINGS}
    return {**kept, "PWD": str(folder), **stack.env}


def services_to_pull(model: Mapping[str, Any], has_image: Callable[[str], bool]) -> list[str]:
    """Services whose image is not built here and has to be fetched before anything can start."""
    return [
        name
        for name, service in model["services"].items()
        if not service.get("build")
        and service.get("image")
        and (policy := service.get("pull_policy")) not in ("never", "build")
        and (policy == "always" or not has_image(service["image"]))
    ]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def last_line(said: str) -> str:
    """The last that says something: a failed build may end with a line of dashes."""
    lines = [line.strip() for line in said.splitlines() if "level=warning" not in line]
    return next((line[:300] for line in reversed(lines) if any(map(str.isalpha, line))), "it said nothing")


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")
