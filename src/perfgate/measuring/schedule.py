"""How a scenario's load is shared out side by side: length of a block, number of pairs, how often to look."""

from __future__ import annotations

from typing import Final

from perfgate.load.pairing import GUARD
from perfgate.settings.profiles import Profile
from perfgate.settings.scenario import Scenario

LONG_LOAD: Final = 120.0  # seconds, beyond which more looks are worth their price
LOOKS, MORE_LOOKS = 6, 12
SHORTEST_BLOCK, LONGEST_BLOCK = 1.0, 5.0  # seconds
WANTED_IN_A_BLOCK: Final = 30  # requests, as far as its length allows


def block_of(scenario: Scenario, profile: Profile) -> float:
    """Long enough for some requests, short enough for many pairs: noise that lasts longer than a pair cancels out."""
    rate = declared_rate(scenario, profile)
    if rate is None:
        return 2.0
    return round(min(max(WANTED_IN_A_BLOCK / rate, SHORTEST_BLOCK), LONGEST_BLOCK), 1)


def declared_rate(scenario: Scenario, profile: Profile) -> float | None:
    """Requests a second; of users who wait it is what they would send to a server that answers at once."""
    traffic = scenario.traffic
    if traffic is None:
        return None
    return traffic.rate or profile.users / max(sum(traffic.wait) / 2, 0.01)


def pairs_within(profile: Profile, block: float) -> int:
    """That are judged; the first is not."""
    return int((profile.duration - profile.warm_up) / (2 * (block + GUARD))) - 1


def seconds_for(pairs: int, profile: Profile, block: float) -> float:
    """Of load, both sides together, warm-up included."""
    return (pairs + 1) * 2 * (block + GUARD) + profile.warm_up


def looks_within(seconds: float) -> int:
    return LOOKS if seconds <= LONG_LOAD else MORE_LOOKS
