"""The plan of a comparison side by side, made before anything is measured."""

from __future__ import annotations

import math
from typing import Final

from perfgate.errors import SettingsError
from perfgate.judge.sequential import FIRST_LOOK, planned_looks
from perfgate.load.pairing import GUARD, seconds_of
from perfgate.measuring.asked import Asked
from perfgate.records.pairs import Design

FIRST_SHARE: Final = 0.5  # of a time limit for the first starts
LONG_LOAD: Final = 120.0  # seconds, beyond which more looks are worth their price
LOOKS, MORE_LOOKS = 6, 12
SHORTEST_BLOCK, LONGEST_BLOCK = 1.0, 5.0  # seconds
WANTED_IN_A_BLOCK: Final = 30  # requests, as far as its length allows


def planned(asked: Asked, block: float | None, seed: int) -> Design:
    """As many pairs as the scenario's duration holds, and half of its time limit at most: the other half is kept for
    fresh starts. Raises `SettingsError` if that is too few to judge by.
    """
    block = block or _block(asked)
    room = asked.profile.duration - asked.profile.warm_up
    pairs = int(room / (2 * (block + GUARD))) - 1  # the first is not judged
    if asked.limit is not None:
        pairs = min(pairs, _judged_pairs(block, asked.profile.warm_up, asked.limit * FIRST_SHARE))
    if pairs < FIRST_LOOK:
        needed = math.ceil((FIRST_LOOK + 1) * 2 * (block + GUARD) + asked.profile.warm_up)
        limit = math.ceil(seconds_of(block, asked.profile.warm_up, FIRST_LOOK + 1) / FIRST_SHARE)
        raise SettingsError(
            f"scenario {asked.name}: {asked.profile.duration:g} s are too short to compare base and head side by side",
            remedy=f"give it at least {needed} s, warm-up included (blocks of {block:g} s), or shorter blocks"
            + ("" if asked.limit is None else f"; and a time limit of at least {limit} s for each scenario"),
        )
    looks = LOOKS if asked.profile.duration <= LONG_LOAD else MORE_LOOKS
    traffic = asked.settings.traffic
    rate = traffic.rate if traffic is not None else None
    return Design(seed=seed, block=block, looks=planned_looks(pairs, looks), rate=rate)


def within(design: Design, warm_up: float, seconds: float) -> Design | None:
    """The looks of `design` that so many seconds of load have room for; None: not even the first."""
    looks = tuple(look for look in design.looks if seconds_of(design.block, warm_up, look + 1) <= seconds + 1e-6)
    return design.model_copy(update={"looks": looks}) if looks else None


def for_control(design: Design, warm_up: float, pairs: int, seconds: float) -> Design | None:
    """So many pairs, the first one counted, or what so many seconds have room for; looked at once, at the end. None:
    there is no room for one look.
    """
    judged = pairs - 1
    if seconds_of(design.block, warm_up, pairs) > seconds:
        judged = _judged_pairs(design.block, warm_up, seconds)
    return design.model_copy(update={"looks": (judged,)}) if judged >= FIRST_LOOK else None


def _judged_pairs(block: float, warm_up: float, seconds: float) -> int:
    room = seconds - seconds_of(block, warm_up, 1)  # the first pair is not judged
    return max(0, int(room / (2 * (block + GUARD)) + 1e-9))


def _block(asked: Asked) -> float:
    """Long enough for some requests, short enough for many pairs: noise that lasts longer than a pair cancels out."""
    traffic = asked.settings.traffic
    if traffic is None:
        return 2.0
    rate = traffic.rate or asked.profile.users / max(sum(traffic.wait) / 2, 0.01)
    return round(min(max(WANTED_IN_A_BLOCK / rate, SHORTEST_BLOCK), LONGEST_BLOCK), 1)
