"""Kombu's file-system transport, made safe for several processes: a message appears under its name only when whole."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

TRANSPORT_ALIASES["files"] = "tickets.file_broker:Transport"


LISTENED = 0.2  # seconds


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **_: Any) -> None:
        """Kombu writes in place, so a worker that looks at the wrong moment takes half a message."""
        folder = Path(self.data_folder_out)
        unfinished = folder / f"{uuid.uuid4()}.part"
        unfinished.write_text(dumps(payload))
        unfinished.rename(folder / f"{time.monotonic_ns():020d}_{uuid.uuid4()}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Celery waits two seconds at a time, and hears only in between that it shall end."""
        super().drain_events(connection, LISTENED if timeout is None else min(timeout, LISTENED))


def options(folder: Path) -> dict[str, Any]:
    messages = folder / "messages"
    messages.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.05,  # seconds
    }
