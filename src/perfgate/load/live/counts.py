"""What a load has done so far, counted from its recording as that grows: exact, and once a second."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perfgate.load.opening import recording_files
from perfgate.records.endpoint import Endpoint
from perfgate.records.frames import HEADER, DamagedRecordingError, Frame, FrameKind, read_frames
from perfgate.records.recording import DTYPES

# Upper bounds in seconds, five a decade: a quantile read from them is off by a quarter at most, as a rule by far less.
BOUNDS: Final = tuple(round(10 ** (step / 5), 6) for step in range(-15, 10))
MOST_ENDPOINTS: Final = 200  # with lines of their own; a page must stay small whatever is requested
OTHERS: Final = Endpoint(method="", name="(other endpoints)")


@dataclass
class EndpointCount:
    """`times` counts successes by `BOUNDS` (not summed up), the last those above all."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: int = 0
    times: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(BOUNDS) + 1, np.int64))
    seconds: float = 0.0


@dataclass
class LoadCount:
    """Of one side of a scenario, over all its loads."""

    endpoints: dict[Endpoint, EndpointCount] = field(default_factory=dict)
    users: int = 0
    generators: dict[str, float] = field(default_factory=dict)  # recording file -> cores used in the last second
    planned: float = 0.0  # seconds
    elapsed: float = 0.0  # seconds, of the load that runs or ran last
    running: bool = False

    def of(self, endpoint: Endpoint) -> EndpointCount:
        if endpoint not in self.endpoints and len(self.endpoints) >= MOST_ENDPOINTS:
            endpoint = OTHERS
        return self.endpoints.setdefault(endpoint, EndpointCount())


class RecordingTail:
    """Adds to `count` what has come to the recording in `folder` since the last look."""

    def __init__(self, folder: Path, count: LoadCount) -> None:
        self._folder = folder
        self._count = count
        self._files: dict[Path, _FileTail] = {}

    def read(self) -> None:
        for path in recording_files(self._folder):
            self._files.setdefault(path, _FileTail(path, self._count)).read()


class _FileTail:
    def __init__(self, path: Path, count: LoadCount) -> None:
        self._path = path
        self._count = count
        self._at = 0
        self._endpoints: dict[int, Endpoint] = {}

    def read(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = memoryview(file.read())
            frames = list(read_frames(data))
        except (OSError, DamagedRecordingError):
            return  # nothing whole is there yet; what is wrong with a recording is told when it is read after the load
        for frame in frames:
            self._at += HEADER.size + len(frame.payload)
            self._add(frame)

    def _add(self, frame: Frame) -> None:
        match frame.kind:
            case FrameKind.ENDPOINTS:
                named = frame.json().items()
                self._endpoints |= {int(key): Endpoint(method=method, name=name) for key, (method, name) in named}
            case FrameKind.REQUESTS:
                self._add_requests(frame)
            case FrameKind.HEALTH:
                self._add_health(frame.json())
            case _:
                return

    def _add_health(self, sample: dict[str, Any]) -> None:
        self._count.generators[self._path.stem] = sample["cpu"]
        if sample["users"] is not None:
            self._count.users = sample["users"]

    def _add_requests(self, frame: Frame) -> None:
        columns: dict[str, NDArray[Any]] = {}
        at = 0
        for name, dtype in DTYPES.items():
            columns[name] = np.frombuffer(frame.payload, dtype=dtype, count=frame.rows, offset=at)
            at += frame.rows * dtype.itemsize
        for number in np.unique(columns["endpoint"]):
            chosen = columns["endpoint"] == number
            times = (columns["response_time"] + columns["lag"])[chosen & (columns["message"] == 0)].astype(np.float64)
            counted = self._count.of(self._endpoints[int(number)])
            statuses, many = np.unique(columns["status"][chosen], return_counts=True)
            counted.statuses.update(dict(zip(statuses.tolist(), many.tolist(), strict=True)))
            counted.failures += int((columns["message"][chosen] != 0).sum())
            counted.times += np.bincount(np.searchsorted(BOUNDS, times), minlength=len(BOUNDS) + 1)
            counted.seconds += float(times.sum())
