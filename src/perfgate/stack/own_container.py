"""The container that PerfGate itself runs in, as a GitHub action: found through the engine, and what follows from it.

Host name, /proc/self/mountinfo and /proc/self/cgroup each name another container somewhere, so they only order the
candidates: ours is the one in which the engine sees a file that was just made here.
"""

from __future__ import annotations

import hashlib
import platform
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from docker.errors import APIError

from perfgate.errors import StackError
from perfgate.stack.engine import ENGINE_ERRORS, Engine
from perfgate.stack.host_paths import with_host_paths
from perfgate.stack.mounts import Mounts
from perfgate.stack.ownership import Ownership
from perfgate.stack.removal import remove_labelled

JOB_LABEL: Final = "perfgate.job"  # of one job of one run: what the step after the job looks for
WORKSPACE_LABEL: Final = "perfgate.workspace"
CONTAINER_LABEL: Final = "perfgate.container"  # the action's container that made it
_JOB_NAMES: Final = ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB", "GITHUB_ACTION")
_ID: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class OwnContainer:
    """`workspace` is the folder of the checkout as the host names it, and also leads there inside this container."""

    id: str
    image: str
    mounts: Mounts
    workspace: Path
    job: str
    joins: bool  # networks; not where it shares the network of another container or of the host
    ownership: Ownership = field(compare=False)

    @property
    def labels(self) -> Mapping[str, str]:
        return {JOB_LABEL: self.job, WORKSPACE_LABEL: workspace_key(self.workspace), CONTAINER_LABEL: self.id}

    def sweep(self, engine: Engine) -> Sequence[str]:
        return sweep_workspace(engine, self.workspace, self.id)

    def adapt(self, model: Mapping[str, Any]) -> dict[str, Any]:
        adapted, made = with_host_paths(model, self.mounts)
        for each in made:
            here = self.mounts.from_host(each)
            if here is not None:
                self.ownership.make_folder(here)
        return adapted

    def join(self, engine: Engine, networks: Sequence[str], say: Callable[[str], None]) -> None:
        """Whether the stack can be reached where nothing can be joined is seen by trying."""
        for network in networks if self.joins else ():
            try:
                engine.api.connect_container_to_network(self.id, network)
            except APIError as error:
                say(f"PerfGate's own container could not join network {network}: {error.explanation or error}")


def find_own_container(engine: Engine, workspace: Path, environ: Mapping[str, str]) -> OwnContainer:
    """Raises `StackError` where the engine is another machine's, or the workspace cannot be seen by it."""
    inspected = _inspect_own(engine)
    mounts = Mounts.of(inspected["Mounts"])
    here = workspace.resolve()
    on_host = mounts.to_host(PurePosixPath(here))
    if on_host is None:
        raise StackError(
            f"the workspace {workspace} is not mounted from the Docker host, so containers cannot have its files",
            remedy="use the action in a job that runs on the machine itself, and check the code out first",
        )
    _alias(Path(on_host), here)
    return OwnContainer(
        id=inspected["Id"],
        image=inspected["Image"],
        mounts=mounts,
        workspace=Path(on_host),
        job=job_key(Path(on_host), environ),
        joins=not inspected["HostConfig"]["NetworkMode"].startswith(("container:", "host")),
        ownership=Ownership.of(here),
    )


def join_paths(environ: Mapping[str, str], own: OwnContainer) -> dict[str, str]:
    """The environment for compose, in which the runner's folders are named as the host names them."""
    named = {**environ, "GITHUB_WORKSPACE": str(own.workspace)}
    temporary = PurePosixPath(environ.get("RUNNER_TEMP") or "/github/runner_temp")
    on_host = own.mounts.to_host(temporary)
    if on_host is not None and Path(temporary).is_dir():
        _alias(Path(on_host), Path(temporary))
        named["RUNNER_TEMP"] = str(on_host)
    return named


def job_key(workspace: Path, environ: Mapping[str, str]) -> str:
    """The same in the action and in the step after the job; another for every job, also of a matrix on one machine."""
    return _hash(str(workspace), *(environ.get(name, "") for name in _JOB_NAMES))


def workspace_key(workspace: Path) -> str:
    return _hash(str(workspace))


def sweep_workspace(engine: Engine, workspace: Path, me: str) -> tuple[str, ...]:
    """What jobs in this workspace left behind whose container is gone; only one job at a time uses a workspace."""
    label = f"{WORKSPACE_LABEL}={workspace_key(workspace)}"
    gone = set()
    for labels in _labels_of_everything(engine, label):
        owner = labels.get(CONTAINER_LABEL, "")
        if owner != me and not is_running(engine, owner):
            gone.add(labels.get(JOB_LABEL, ""))
    for job in sorted(gone):
        remove_labelled(engine, f"{JOB_LABEL}={job}")
    return tuple(sorted(gone))


def is_running(engine: Engine, container: str) -> bool:
    inspected = engine.inspect(container) if container else None
    return bool(inspected and inspected["State"]["Running"])


def owners(engine: Engine, job: str) -> set[str]:
    """Containers of the action that made what is still there of a job."""
    return {labels.get(CONTAINER_LABEL, "") for labels in _labels_of_everything(engine, f"{JOB_LABEL}={job}")} - {""}


def _labels_of_everything(engine: Engine, label: str) -> Iterator[Mapping[str, str]]:
    api, filters = engine.api, {"label": label}
    everything = [
        *api.containers(all=True, filters=filters),
        *api.networks(filters=filters),
        *(api.volumes(filters=filters)["Volumes"] or ()),
        *api.images(filters=filters),
    ]
    for each in everything:
        yield each["Labels"]


def _inspect_own(engine: Engine) -> dict[str, Any]:
    try:
        with tempfile.NamedTemporaryFile(prefix=".perfgate-", dir="/") as marker:
            for candidate in _candidates(engine):
                if _holds(engine, candidate, marker.name) and (inspected := engine.inspect(candidate)):
                    return inspected
    except OSError as error:
        raise StackError(
            f"PerfGate cannot tell which container it runs in: {error}", remedy="run the action's image as it is"
        ) from error
    except ENGINE_ERRORS as error:
        raise StackError(
            f"the Docker engine failed when asked for this container: {error}",
            remedy="see the engine's own log (`journalctl -u docker`), then run again",
        ) from error
    raise StackError(
        "PerfGate runs in a container that the Docker engine it was given does not know",
        remedy="give the job the engine that its own containers run on (unset DOCKER_HOST); a remote engine cannot be "
        "given the workspace",
    )


def _candidates(engine: Engine) -> Iterator[str]:
    """The likely ones first, none twice."""
    seen: set[str] = set()
    for candidate in (platform.node(), *_ids(Path("/proc/self/mountinfo")), *_ids(Path("/proc/self/cgroup"))):
        if candidate not in seen:
            seen.add(candidate)
            yield candidate
    for each in engine.api.containers():
        if each["Id"] not in seen:
            yield each["Id"]


def _ids(file: Path) -> list[str]:
    try:
        return _ID.findall(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return []


def _holds(engine: Engine, container: str, path: str) -> bool:
    try:
        stream, _ = engine.api.get_archive(container, path)
    except APIError:
        return False
    stream.close()
    return True


def _alias(on_host: Path, here: Path) -> None:
    """Make the host's path lead to the same folder here: then every path that compose reads, prints or sends to the
    engine is right on both sides.
    """
    if not on_host.exists():
        on_host.parent.mkdir(parents=True, exist_ok=True)
        on_host.symlink_to(here)
    if not on_host.samefile(here):
        raise StackError(
            f"the workspace is {on_host} on the Docker host, and in PerfGate's container that is another folder "
            f"than {here}",
            remedy="let the runner's work folder be at another place than a system folder",
        )


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
