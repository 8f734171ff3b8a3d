"""A signal while the engine makes the load generator's container."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from perfgate.errors import Cancelled
from perfgate.load.sidecar import Sidecars


class SlowEngine:
    """Is interrupted once it has been asked, and makes the container all the same."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.engine = threading.Timer(0, lambda: None)

    def create_host_config(self, **_: Any) -> dict[str, Any]:
        return {}

    def create_container(self, *_: Any, **__: Any) -> dict[str, str]:
        self.engine = threading.Timer(0.3, self.there.add, ["made"])
        self.engine.start()
        os.kill(os.getpid(), signal.SIGUSR1)
        self.engine.join()
        return {"Id": "made"}

    def remove_container(self, container: str, **_: Any) -> None:
        self.there.remove(container)


def test_a_container_that_is_made_after_the_interrupt_is_removed(tmp_path: Path) -> None:
    def cancel(_number: int, _frame: FrameType | None) -> None:
        raise Cancelled(signal.SIGINT)

    before = signal.signal(signal.SIGUSR1, cancel)
    engine = SlowEngine()
    launch = Sidecars(engine, "own", "image", tmp_path, lambda path: path, os.getuid(), os.getgid(), {})
    try:
        with pytest.raises(Cancelled):
            launch(tmp_path / "plan.json", [], folder=tmp_path, environ={}, networks=["net"])
    finally:
        signal.signal(signal.SIGUSR1, before)
    engine.engine.join()
    assert engine.there == set()
