"""A compose stack from its files to its removal."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfgate.errors import Cancelled, StackError
from perfgate.records.stack import Service, StackFault, StackKind
from perfgate.report.numbers import counted
from perfgate.settings import stack as settings
from perfgate.stack.addresses import networks_of, target_service
from perfgate.stack.compose import ComposeProject, compose_environ, find_files
from perfgate.stack.digest import digest
from perfgate.stack.engine import (
    ENGINE_ERRORS,
    KEY_LABEL,
    OWNER_LABEL,
    Engine,
    compose_version,
    connect,
    engine_must_answer,
)
from perfgate.stack.faults import Faults
from perfgate.stack.isolation import Isolated, isolate
from perfgate.stack.owner import this_process
from perfgate.stack.readiness import Deadline, refuse_taken
from perfgate.stack.readiness import resolve as resolve_name
from perfgate.stack.removal import remove
from perfgate.stack.site import Site
from perfgate.stack.starting import prepare_images, start
from perfgate.stack.states import SERVICE_LABEL
from perfgate.stack.surroundings import THIS_MACHINE, Surroundings
from perfgate.stack.tails import KEPT_LINES, keep_end, log_name
from perfgate.stack.target import Target
from perfgate.stack.unsupported import refuse_ignored_keys, refuse_relative_devices
from perfgate.stack.usage import Usage, of_containers
from perfgate.stack.watch import Watch


@dataclass(frozen=True)
class ComposeStack:
    target: str
    hosts: Mapping[str, str]
    networks: tuple[str, ...]
    services: tuple[Service, ...]
    digest: str
    seconds_to_ready: float
    engine: Engine
    key: str
    found: Faults
    containers: Mapping[str, str]
    processes: Mapping[int, str] = field(default_factory=dict)
    kind: StackKind = StackKind.COMPOSE

    @property
    def engine_api(self) -> Any:
        return self.engine.api

    def load_started(self) -> None:
        self.found.load_started()

    def faults(self) -> tuple[StackFault, ...]:
        return self.found.all()

    def usage(self) -> Usage | None:
        try:
            return of_containers(map(self.engine.statistics, self.containers))
        except ENGINE_ERRORS:
            return None

    def save_logs(self, folder: Path) -> None:
        save_logs(self.engine, self.key, folder)


@dataclass(frozen=True)
class Resolved:
    """The stack as it will be started, and the hash of what its files say."""

    isolated: Isolated
    digest: str


@contextmanager
def open_compose(
    stack: settings.Compose,
    target: Target,
    ready: settings.Ready,
    site: Site,
    surroundings: Surroundings = THIS_MACHINE,
) -> Iterator[ComposeStack]:
    key, say = site.key, site.say
    with compose_project(stack, site) as project, connect(site.environ) as engine:
        with engine_must_answer():
            for gone in surroundings.sweep(engine):
                say(f"removed what run {gone} had left behind")
        resolved = resolve(project, target, site, surroundings)
        with removed_afterwards(engine, site):
            with engine_must_answer():
                prepare_images(project, resolved.isolated, engine, say)
                deadline = Deadline(ready.within)
                route = start(
                    project,
                    resolved.isolated,
                    engine,
                    target,
                    ready,
                    key=key,
                    deadline=deadline,
                    join=lambda networks: surroundings.join(engine, networks, say),
                )
                seconds = deadline.used
                faults = Faults()
                watch = Watch(engine, key, faults)
            services = counted(len(resolved.isolated.model["services"]), "service")
            say(f"{services} ready after {seconds:.1f} s: {route.target.url}")
            with watch:
                yield ComposeStack(
                    target=route.target.url,
                    hosts=route.hosts,
                    networks=networks_of(watch.containers),
                    services=describe_services(resolved.isolated, watch.containers),
                    digest=resolved.digest,
                    seconds_to_ready=seconds,
                    engine=engine,
                    key=key,
                    found=faults,
                    containers={each["Id"]: container_name(each) for each in watch.containers if is_running(each)},
                )


@contextmanager
def compose_project(stack: settings.Compose, site: Site) -> Iterator[ComposeProject]:
    files = find_files(stack, site.folder)
    with tempfile.TemporaryDirectory(prefix="perfgate-") as scratch:  # made with mode 0700
        yield ComposeProject(
            name=f"perfgate-{site.key}-head",
            files=files,
            profiles=stack.profiles,
            environ=compose_environ(site.environ, stack, files[0].parent),
            scratch=Path(scratch),
            output=site.logs / "compose",
        )


def resolve(
    project: ComposeProject,
    target: Target,
    site: Site,
    surroundings: Surroundings = THIS_MACHINE,
) -> Resolved:
    """Read and isolate the files, and find the target in them, before anything is built."""
    version = compose_version(project.environ)
    model, warnings = project.resolve()
    if not model.get("services"):
        raise StackError(
            f"the compose files {', '.join(map(str, project.files))} have no active service",
            remedy="name the profiles to activate in `stack.compose.profiles`",
        )
    refuse_ignored_keys(model, version)
    refuse_relative_devices(model)
    model = surroundings.adapt(model)
    labels = {KEY_LABEL: site.key, OWNER_LABEL: this_process().label(), **surroundings.labels}
    unpublished = isolate(model, project=project.name, labels=labels)
    service = target_service(unpublished, target)
    if service is None:  # on the host's network, where a port may be somebody else's
        refuse_taken(target, resolve_name(target))
    isolated = isolate(
        model, project=project.name, labels=labels, publish=None if service is None else (service, target.port)
    )
    for note in (*warnings, *isolated.notes):
        site.say(note)
    project.save(isolated.model)
    return Resolved(isolated, digest(model, generated={project.name: "<project>", str(project.folder): "<folder>"}))


@contextmanager
def removed_afterwards(engine: Engine, site: Site) -> Iterator[None]:
    """Logs are saved first, save for a cancelled run: its time to live is short."""
    cancelled = False
    try:
        try:
            yield
        except (Cancelled, KeyboardInterrupt):
            cancelled = True
            raise
        finally:
            if not cancelled:
                _save_logs_or_say(engine, site)
    finally:
        _remove_or_say(engine, site)


def describe_services(isolated: Isolated, containers: Sequence[Mapping[str, Any]]) -> tuple[Service, ...]:
    """The digest of an image is said where it was fetched; one that was built here is new each time."""
    images = {each["Config"]["Labels"].get(SERVICE_LABEL): each["Image"] for each in containers}
    return tuple(
        Service(name=name[:256], image_digest=None if name in isolated.built else images.get(name))
        for name in sorted(isolated.model["services"])
    )


def save_logs(engine: Engine, key: str, folder: Path) -> None:
    """One file for each container: `<service>.log`, further ones of a service `<service>-2.log` and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[str] = []
    for container in engine.containers(key):
        taken.append(log_name(container_name(container), taken))
        path = folder / taken[-1]
        try:
            keep_end(engine.log(container["Id"], lines=KEPT_LINES), path, asked_for=KEPT_LINES)
        except ENGINE_ERRORS as error:
            path.write_text(f"(no log: {error})\n", encoding="utf-8")


def container_name(inspected: Mapping[str, Any]) -> str:
    """Its service; further containers of a service are called `worker-2` and so on."""
    labels = inspected["Config"]["Labels"]
    name, number = labels.get(SERVICE_LABEL, "unknown"), labels.get("com.docker.compose.container-number", "1")
    return str(name if number == "1" else f"{name}-{number}")


def is_running(inspected: Mapping[str, Any]) -> bool:
    """A one-shot that is done has nothing to be watched."""
    return bool(inspected["State"]["Running"])


def _save_logs_or_say(engine: Engine, site: Site) -> None:
    """What went wrong before must stay what is told, so a lost log is only said."""
    try:
        save_logs(engine, site.key, site.logs)
    except (*ENGINE_ERRORS, OSError) as error:
        site.say(f"the services' logs could not be saved: {error}")


def _remove_or_say(engine: Engine, site: Site) -> None:
    try:
        left = remove(engine, site.key)
    except ENGINE_ERRORS as error:
        left = (f"whatever has the label {KEY_LABEL}={site.key}: {error}",)
    for each in left:
        site.say(f"could not be removed: {each}")
