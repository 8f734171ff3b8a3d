"""What a scenario asks for, worked out before anything starts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from perfgate.doors import Doors, Order
from perfgate.errors import SettingsError
from perfgate.judge.history import IN_TURNS
from perfgate.load.order import LoadOrder, secrets_of
from perfgate.output import OutputFolder
from perfgate.settings.digest import scenario_digest
from perfgate.settings.profiles import Profile, resolve
from perfgate.settings.scenario import Scenario
from perfgate.stack.opening import RunningStack


@dataclass(frozen=True)
class Asked:
    """`key` is unique for the run; `limit`: seconds of load that the scenario may take in all; None: no limit."""

    name: str
    settings: Scenario
    profile: Profile
    limit: float | None
    digest: str
    key: str
    started: datetime
    out: OutputFolder

    @classmethod
    def of(cls, name: str, order: Order, doors: Doors) -> Asked:
        settings = order.file.scenarios[name]
        secrets_of(settings, doors.environ)  # before anything is started, if one is missing
        limit = order.policy.time_limit
        share = None if limit is None else limit / len(order.policy.scenarios)
        profile = _profile(settings, order.duration, share)
        started = doors.now()
        return cls(
            name=name,
            settings=settings,
            profile=profile,
            limit=share,
            digest=scenario_digest(settings, profile, _content(settings.locustfile, order.folder)),
            key=f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            started=started,
            out=order.out.below(name),
        )

    def in_turns(self) -> Asked:
        """Loaded in turns it is another load."""
        return replace(self, digest=f"{self.digest}{IN_TURNS}")

    def beside(self) -> Asked:
        """Beside the base: stored runs are not held against it, and a run by itself may stand next to it."""
        return replace(self.in_turns(), key=f"{self.key}-2", out=self.out.below("beside"))

    def load_on(self, stack: RunningStack, order: Order, out: Path, relay: float | None = None) -> LoadOrder:
        return LoadOrder(
            self.settings, self.profile, stack.target, stack.hosts, order.folder, out, stack.networks, self.name, relay
        )


def _profile(settings: Scenario, duration: float | None, limit: float | None) -> Profile:
    """The load profile in force; a time limit is shared evenly between the scenarios of the run."""
    profile = resolve(settings, duration=duration)
    return profile if limit is None or profile.duration <= limit else resolve(settings, duration=limit)


def _content(locustfile: str | None, folder: Path) -> bytes | None:
    if locustfile is None:
        return None
    try:
        return (folder / locustfile).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"the Locust file {folder / locustfile} cannot be read: {error.strerror}",
            remedy="mend `locustfile` of the scenario; it is relative to perfgate.yml",
        ) from error
