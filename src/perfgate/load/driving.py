"""Drive the load: Locust in a process of its own, followed until it ends, its recording read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from perfgate.errors import LoadError
from perfgate.load.explaining import explain_exit, explain_failure, explain_lost_workers, explain_silence
from perfgate.load.following import Heard, follow, log_of
from perfgate.load.launching import Launcher, launch_subprocess
from perfgate.load.opening import read_recording, recording_files
from perfgate.load.order import (
    LoadOrder,
    locust_arguments,
    locust_environment,
    locustfile_of,
    plan_for,
)
from perfgate.load.plan import Plan
from perfgate.records.load import LoadEndedBecause, LoadWorker, SignatureRefusal
from perfgate.records.progress import Progress
from perfgate.records.recording import Recording

_REFUSALS: Final = TypeAdapter(tuple[SignatureRefusal, ...])


@dataclass(frozen=True)
class Driven:
    """A load that took place, whether or not it went as planned."""

    files: tuple[Path, ...]
    recording: Recording
    started_at: float  # seconds since the epoch: the first user is about to be spawned
    ended_at: float  # seconds since the epoch: users are told to stop
    ended_because: LoadEndedBecause
    exit_code: int
    locust_version: str
    users_reached: int
    requests_lost: int | None
    arrivals_unsent: int  # requests at a rate that no user was free to send in time
    refusals: tuple[SignatureRefusal, ...]
    notes: tuple[str, ...]
    workers: tuple[LoadWorker, ...] = ()  # of a load that several processes shared


def drive(
    order: LoadOrder,
    *,
    environ: Mapping[str, str],
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
    on_started: Callable[[], None] = lambda: None,
    launch: Launcher = launch_subprocess,
) -> Driven:
    """Load the target as ordered. Raises `LoadError` where nothing usable comes of it, `SettingsError` for traffic
    that cannot be generated. `should_stop` is asked about once a second. Whatever happens, the process is gone.
    """
    locustfile = locustfile_of(order)
    plan = plan_for(order, locustfile)
    arguments, environment = locust_arguments(order, locustfile), locust_environment(order, environ)
    with (
        prepared(plan, order.out) as path,
        launch(path, arguments, folder=order.folder, environ=environment, networks=order.networks) as generator,
    ):
        heard = follow(
            generator, order.profile.duration, Path(plan.log), on_progress, should_stop, on_started=on_started
        )
    refuse_failures(heard, order, locustfile)
    return driven_of(heard, order, locustfile)


@contextmanager
def prepared(plan: Plan, out: Path) -> Iterator[Path]:
    """The plan's file, in a folder without the recordings of an earlier load; the file is gone afterwards."""
    path = out.resolve() / "load-plan.json"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for stale in (*recording_files(out), Path(plan.log)):
            stale.unlink(missing_ok=True)
        plan.write(path)
    except OSError as error:
        with suppress(OSError):  # where there is no folder, there is no file in it
            path.unlink()
        raise LoadError(
            f"the load cannot be recorded in {out}: {error.strerror or error}",
            remedy="make room there, or choose another folder with --out",
        ) from error
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def refuse_failures(heard: Heard, order: LoadOrder, locustfile: Path) -> None:
    """A recording that broke off for want of room is removed, which also makes some."""
    if heard.failure is not None:
        for path in recording_files(order.out):
            path.unlink()
        raise explain_failure(heard.failure, locustfile, order.out)
    if heard.started is None:
        raise explain_exit(heard.exit_code, log_of(order.out / "locust.log", heard), locustfile, heard.was_stopped)


def driven_of(heard: Heard, order: LoadOrder, locustfile: Path) -> Driven:
    if heard.started is None:
        raise ValueError("the load has not begun")
    recording = read_recording(order.out)
    if not len(recording):
        if lost := [each for each in _end(recording).get("workers", ()) if each["lost_at"] is not None]:
            raise explain_lost_workers(len(lost), log_of(order.out / "locust.log", heard))
        raise explain_silence(log_of(order.out / "locust.log", heard), locustfile, order.profile.users)
    end = _end(recording)
    workers = tuple(_workers(end, recording, heard.started.at))
    sampled = (sample.users for sample in recording.health if sample.users is not None)
    return Driven(
        files=recording_files(order.out),
        recording=recording,
        started_at=heard.started.at,
        ended_at=end.get("ended_at") or _last_moment(recording),
        ended_because=_ended_because(end, heard),
        exit_code=heard.exit_code,
        locust_version=heard.started.locust,
        users_reached=max([end.get("users_reached", 0), *sampled]),
        requests_lost=_requests_lost(end, recording, workers),
        arrivals_unsent=sum(each.get("unsent", 0) for each in recording.ends if each),
        refusals=_refusals(recording),
        notes=(*heard.notes, *_doubts(end, recording, heard)),
        workers=workers,
    )


def _end(recording: Recording) -> dict[str, Any]:
    """How the load as a whole ended: said by the process that generated it, or by the master of those that did."""
    told = zip(recording.heads, recording.ends, strict=True)
    return next((end or {} for head, end in told if "worker_of" not in head), {})


def _workers(end: Mapping[str, Any], recording: Recording, started_at: float) -> Iterator[LoadWorker]:
    rows = {head.get("share"): rows for head, rows in zip(recording.heads, recording.rows, strict=True)}
    for told in end.get("workers", ()):
        recorded, lost_at = rows.get(told["share"], 0), told["lost_at"]
        yield LoadWorker(
            name=told["name"],
            requests=recorded,
            requests_lost=max(0, told["counted"] - told["untimed"] - recorded),
            lost_at=None if lost_at is None else max(0.0, lost_at - started_at),
            clock_offset=told["clock_offset"],
            clock_error=told["clock_error"] + abs(told["clock_drift"]),
        )


def _refusals(recording: Recording) -> tuple[SignatureRefusal, ...]:
    """Of all processes, each endpoint once."""
    told = [each for end in recording.ends if end for each in _REFUSALS.validate_python(end.get("refusals", ()))]
    return tuple({(each.label, each.status >= 500): each for each in reversed(told)}.values())


def _ended_because(end: Mapping[str, Any], heard: Heard) -> LoadEndedBecause:
    if end.get("ended_because") == "duration":
        return "duration"
    return "stack-broke" if heard.was_stopped else "locust-quit"


def _last_moment(recording: Recording) -> float:
    """Of a recording that broke off: when its last request ended."""
    return float((recording.start + recording.response_time).max())


def _requests_lost(end: Mapping[str, Any], recording: Recording, workers: tuple[LoadWorker, ...]) -> int | None:
    """Requests that Locust counted and the recording lacks; None where Locust's count is not known."""
    if workers:
        return sum(each.requests_lost for each in workers)
    counted = end.get("locust_requests")
    return None if counted is None else max(0, counted - end["untimed"] - len(recording))


def _doubts(end: Mapping[str, Any], recording: Recording, heard: Heard) -> Iterator[str]:
    if end.get("exceptions"):
        yield f"Tasks of the Locust file raised {end['exceptions']} errors, as {end['exception']}; see locust.log."
    if unfinished := sum(each.get("unfinished", 0) for each in recording.ends if each):
        yield f"Journeys under way when the load ended, and not counted: {unfinished}."
    if heard.exit_code != 0:
        yield f"Locust ended with exit code {heard.exit_code}; see locust.log."
