"""From what was driven to the record of a measurement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from perfgate import __version__
from perfgate.checkout import Base
from perfgate.doors import Doors
from perfgate.errors import LoadError
from perfgate.judge.summary import Summary
from perfgate.judge.traffic import refusal_reasons
from perfgate.load.driving import Driven
from perfgate.load.order import declared_endpoints
from perfgate.machine import fingerprint
from perfgate.measuring.asked import Asked
from perfgate.records.load import Load, Scenario
from perfgate.records.measurement import MOST_LACKED, Measurement, SideLoad
from perfgate.records.pairs import Side
from perfgate.records.stack import Stack
from perfgate.report.prose import plain
from perfgate.report.wording.reasons import say
from perfgate.settings.profiles import Profile
from perfgate.stack.opening import RunningStack


def measurement_of(asked: Asked, driven: Driven, stack: Stack, summary: Summary, doors: Doors) -> Measurement:
    return Measurement(
        id=asked.key,
        started_at=asked.started,
        subject=doors.subject,
        scenario=_described(asked),
        fingerprint=fingerprint(
            doors.machine,
            locust=driven.locust_version,
            perfgate=__version__,
            scenario_digest=asked.digest,
            stack_digest=stack.digest,
        ),
        stack=stack,
        load=load_of(driven, asked.profile, summary),
        total=summary.total,
        endpoints=summary.endpoints,
        timeline=summary.timeline,
    )


def described_stack(stack: RunningStack) -> Stack:
    return Stack(
        kind=stack.kind,
        target=stack.target,
        digest=stack.digest,
        services=stack.services,
        seconds_to_ready=stack.seconds_to_ready,
        faults=stack.faults(),
    )


def lacked(base: Base) -> tuple[str, ...]:
    return tuple(name[:200] for name in base.lacks[:MOST_LACKED])


def side_load(
    side: Side, start: Literal["first", "again"], driven: Driven, profile: Profile, summary: Summary
) -> SideLoad:
    times = summary.total.response_times
    return SideLoad(
        side=side,
        start=start,
        requests=summary.total.requests,
        p50=None if times is None else times.p50.value,
        load=load_of(driven, profile, summary),
    )


def refuse_useless(measurement: Measurement) -> None:
    """Raises `LoadError` if nothing succeeded on a stack that held: what is loaded is not what was meant to be."""
    total = measurement.total
    if total.response_times is not None or measurement.stack.faults:
        return
    if not total.requests:
        raise LoadError(
            f"not one request was made after the warm-up of {measurement.load.warm_up:g} s",
            remedy="make the load longer, or its `warm_up` or waits shorter; where there were some in the warm-up, "
            "the application has answered none since: its own log is in the folder logs of the run",
        )
    refused = [say(reason) for reason in refusal_reasons(measurement)]
    raise LoadError(
        f"not one of {total.requests} requests to {measurement.stack.target} succeeded"
        + "".join(f". {plain(each.sentence).rstrip('.')}" for each in refused),
        remedy=" ".join(plain(each.remedy) for each in refused)
        or "see whether the requests of the scenario and what they expect fit the application; what went wrong is "
        "below, and the application's own log in the folder logs of the run",
        evidence="\n".join(f"{each.count} times: {each.message}" for each in total.failure_messages),
    )


def _described(asked: Asked) -> Scenario:
    settings, profile = asked.settings, asked.profile
    return Scenario(
        name=asked.name,
        profile=settings.profile,
        digest=asked.digest,
        users=profile.users,
        spawn_rate=profile.spawn_rate,
        duration=profile.duration,
        warm_up=profile.warm_up,
        traffic=settings.locustfile or "declared",
        declared=declared_endpoints(settings),
    )


def load_of(driven: Driven, profile: Profile, summary: Summary) -> Load:
    return Load(
        locust_version=driven.locust_version,
        started_at=datetime.fromtimestamp(driven.started_at, UTC),
        planned=profile.duration,
        warm_up=profile.warm_up,
        measured=summary.measured,
        users_wanted=profile.users,
        users_reached=driven.users_reached,
        complete=driven.recording.complete and driven.ended_because == "duration",
        ended_because=driven.ended_because,
        locust_exit_code=driven.exit_code,
        generator=summary.generator,
        requests_lost=driven.requests_lost,
        arrivals_unsent=driven.arrivals_unsent,
        refusals=driven.refusals,
        workers=driven.workers,
    )
