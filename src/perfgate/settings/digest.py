"""What must agree for two runs to be runs of the same load."""

from __future__ import annotations

import hashlib
import json

from perfgate.settings.profiles import Profile
from perfgate.settings.scenario import Scenario


def scenario_digest(scenario: Scenario, profile: Profile, locustfile: bytes | None) -> str:
    """Sixteen hex digits over the load profile in force and the traffic; `locustfile` is the content of that file.

    What the Locust file imports is not in it: the digest of the stack and the commit say more about that.
    """
    described: dict[str, object] = {
        "profile": [profile.users, profile.spawn_rate, profile.duration, profile.warm_up],
        "stages": [[stage.duration, stage.users, stage.spawn_rate] for stage in profile.stages],
        "traffic": scenario.traffic.model_dump(mode="json", exclude_defaults=True) if scenario.traffic else None,
        "locustfile": hashlib.sha256(locustfile).hexdigest() if locustfile is not None else None,
        "select": [list(scenario.tags), list(scenario.exclude_tags), list(scenario.user_classes)],
        "env": scenario.env,
    }
    if workers := scenario.workers + scenario.expect_workers:
        described["workers"] = workers  # another generator, which may be the bottleneck elsewhere
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:16]
