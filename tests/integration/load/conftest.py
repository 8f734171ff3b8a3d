from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from perfgate.load.driving import Driven, drive
from perfgate.load.launching import Launcher, launch_subprocess
from perfgate.load.order import LoadOrder
from perfgate.records.progress import Progress
from perfgate.settings.profiles import Profile
from perfgate.settings.scenario import Scenario
from tests.integration.load.serving import CountingServer, serving


@pytest.fixture
def server() -> Iterator[CountingServer]:
    with serving() as running:
        yield running


@dataclass
class Loading:
    """Drives real Locust for a moment; files of the user's are in `folder`, what comes of it in `out`."""

    target: str
    folder: Path
    out: Path
    progress: list[Progress] = field(default_factory=list)

    def locustfile(self, text: str) -> Scenario:
        (self.folder / "user_load.py").write_text(textwrap.dedent(text))
        return Scenario(locustfile="user_load.py")

    def order(self, scenario: Scenario, *, hosts: Mapping[str, str] | None = None, **profile: Any) -> LoadOrder:
        wanted = Profile(**{"users": 5, "spawn_rate": 100, "duration": 0.6, "warm_up": 0, **profile})
        return LoadOrder(scenario, wanted, self.target, hosts or {}, self.folder, self.out)

    def drive(
        self,
        order: LoadOrder,
        *,
        environ: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        launch: Launcher = launch_subprocess,
    ) -> Driven:
        return drive(
            order,
            environ=os.environ if environ is None else environ,
            on_progress=on_progress or self.progress.append,
            should_stop=should_stop,
            launch=launch,
        )


@pytest.fixture
def loading(server: CountingServer, tmp_path: Path) -> Loading:
    folder = tmp_path / "repository"
    folder.mkdir()
    return Loading(server.url, folder, tmp_path / "out")
