"""Where the action runs, and what follows for a run: in a container of its own beside the stack's, as a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from perfgate.checkout import Base
from perfgate.doors import Doors, Order
from perfgate.errors import StackError
from perfgate.load.driving import drive
from perfgate.load.pairing import drive_pairs
from perfgate.load.sidecar import Sidecars
from perfgate.records.stack import StackKind
from perfgate.settings import stack as settings
from perfgate.stack.engine import Engine, connect
from perfgate.stack.opening import RunningStack, open_stack
from perfgate.stack.own_container import OwnContainer, find_own_container, join_paths
from perfgate.stack.site import Site

SOCKET: Final = Path("/var/run/docker.sock")  # where the runner mounts the engine's, whatever DOCKER_HOST says
CONTAINER_SIGNS: Final = (Path("/.dockerenv"), Path("/run/.containerenv"))
FILES: Final = ("GITHUB_EVENT_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE", "GITHUB_ENV")


@dataclass(frozen=True)
class Place:
    """`environ` is the runner's, with paths that lead somewhere. `own`: None on the machine itself, and where the
    engine could not be asked.
    """

    environ: Mapping[str, str]
    own: OwnContainer | None = None
    engine: Engine | None = None
    why_not: StackError | None = None

    def fit(self, order: Order, doors: Doors) -> tuple[Order, Doors]:
        """The same run, for this place."""
        if self.why_not is not None:
            return order, replace(doors, open_stack=partial(_open_without_engine, self.why_not))
        if self.own is None or self.engine is None:
            return order, doors
        own = self.own
        launch = Sidecars(
            api=self.engine.api,
            own_container=own.id,
            image=own.image,
            workspace=own.ownership.workspace,
            to_host=lambda path: _as_path(own.mounts.to_host(PurePosixPath(path))),
            user=own.ownership.user,
            group=own.ownership.group,
            labels=own.labels,
        )
        # Both are said with the host's paths, which lead to the same folders here; see `own_container`.
        folder = own.workspace / order.folder.relative_to(own.ownership.workspace)
        return (
            replace(order, folder=folder),
            replace(
                doors,
                open_stack=partial(open_stack, surroundings=own),
                drive=partial(drive, launch=launch),
                drive_pairs=partial(drive_pairs, launch=launch),
                open_base=partial(_base_here, doors.open_base, own),
                environ=join_paths(doors.environ, own),
            ),
        )


@contextmanager
def _base_here(open_base: Callable[[], AbstractContextManager[Base]], own: OwnContainer) -> Iterator[Base]:
    with open_base() as base:
        yield replace(base, folder=own.workspace / base.folder.relative_to(own.ownership.workspace))


@contextmanager
def find_place(environ: Mapping[str, str], workspace: Path) -> Iterator[Place]:
    """Raises `StackError` where the runner's folders are not the ones this container was given."""
    if not any(sign.exists() for sign in CONTAINER_SIGNS):
        yield Place(environ)
        return
    environ = _with_engine(environ)
    with ExitStack() as connection:
        own, engine, why_not = None, None, None
        try:
            engine = connection.enter_context(connect(environ))
            own = find_own_container(engine, workspace, environ)
        except StackError as error:
            why_not = error
        _refuse_empty(workspace, environ)
        yield Place(_with_files(environ, own), own, engine, why_not)


def _with_engine(environ: Mapping[str, str]) -> dict[str, str]:
    """A job's DOCKER_HOST may name a socket of the host; the runner mounts that at the usual place."""
    path = environ.get("DOCKER_HOST", "").removeprefix("unix://")
    if path.startswith("/") and not Path(path).exists() and SOCKET.exists():
        return {**environ, "DOCKER_HOST": f"unix://{SOCKET}"}
    return dict(environ)


def _with_files(environ: Mapping[str, str], own: OwnContainer | None) -> dict[str, str]:
    """The runner `act` names some of the runner's files as the host does."""
    named = dict(environ)
    for name in FILES if own else ():
        path = environ.get(name)
        if own and path and not Path(path).exists() and (here := own.mounts.from_host(PurePosixPath(path))):
            named[name] = str(here)
    return named


def _refuse_empty(workspace: Path, environ: Mapping[str, str]) -> None:
    event = environ.get("GITHUB_EVENT_PATH")
    if event and not Path(event).exists() and not any(workspace.iterdir()):
        raise StackError(
            f"{workspace} and the runner's other folders are empty here: the runner itself seems to run in a "
            "container, and the Docker engine was told paths of that container",
            remedy="mount the runner's work folder from the host at the same path, or run `perfgate run` in a step",
        )


def _open_without_engine(
    why_not: StackError, stack: settings.Stack, kind: StackKind, site: Site
) -> AbstractContextManager[RunningStack]:
    if kind is StackKind.COMPOSE:
        raise why_not
    return open_stack(stack, kind, site)


def _as_path(path: PurePosixPath | None) -> Path | None:
    return None if path is None else Path(path)
