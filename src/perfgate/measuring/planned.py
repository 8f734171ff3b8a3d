"""The plan of a comparison side by side, made before anything is measured."""

from __future__ import annotations

import math
from typing import Final

from perfgate.errors import SettingsError
from perfgate.judge.paired import MINIMUM_PAIRS
from perfgate.judge.sequential import planned_looks
from perfgate.load.pairing import GUARD, seconds_of
from perfgate.measuring.asked import Asked
from perfgate.measuring.schedule import LONGEST_BLOCK, LOOKS, block_of, looks_within, pairs_within, seconds_for
from perfgate.records.pairs import Design

FIRST_SHARE: Final = 0.5  # of a time limit for the first starts
FEWEST_SWAPS, MOST_SWAPS = 2, 40


def planned(asked: Asked, block: float | None, seed: int) -> Design:
    """As many pairs as the scenario's duration holds, and half of its time limit at most: the other half is kept for
    fresh starts. Raises `SettingsError` if that is too few to judge by.
    """
    block = block or block_of(asked.settings, asked.profile)
    pairs = pairs_within(asked.profile, block)
    if asked.limit is not None:
        pairs = min(pairs, _judged_pairs(block, asked.profile.warm_up, asked.limit * FIRST_SHARE))
    if pairs < MINIMUM_PAIRS:
        needed = math.ceil(seconds_for(MINIMUM_PAIRS, asked.profile, block))
        limit = math.ceil(seconds_of(block, asked.profile.warm_up, MINIMUM_PAIRS + 1) / FIRST_SHARE)
        raise SettingsError(
            f"scenario {asked.name}: {asked.profile.duration:g} s are too short to compare base and head side by side",
            remedy=f"give it at least {needed} s, warm-up included (blocks of {block:g} s), or shorter blocks "
            "by `side_by_side.block`"
            + ("" if asked.limit is None else f"; and a time limit of at least {limit} s for each scenario"),
        )
    looks = looks_within(asked.profile.duration)
    return Design(
        seed=seed,
        block=block,
        looks=planned_looks(pairs, looks),
        # They confirm at another level, which fewer pairs reach.
        fresh_looks=planned_looks(pairs, looks, first=MINIMUM_PAIRS),
        rate=_rate(asked),
    )


def at_full_length(design: Design) -> Design:
    """Looked at once, at the end: every run of a history is to know its ratio as closely as the others."""
    return design.model_copy(update={"looks": design.looks[-1:], "fresh_looks": design.looks[-1:]})


def planned_swaps(asked: Asked, seed: int) -> Design:
    """For stacks that are swapped: as many turns as the duration holds, each with a warm-up of its own."""
    swaps = int(asked.profile.duration / (2 * (asked.profile.warm_up + LONGEST_BLOCK)))
    looks = planned_looks(max(FEWEST_SWAPS, min(MOST_SWAPS, swaps)), LOOKS)
    return Design(seed=seed, block=LONGEST_BLOCK, looks=looks, rate=_rate(asked))


def for_fresh_starts(design: Design, warm_up: float, seconds: float) -> Design | None:
    """Those looks that so many seconds of load have room for; None: not even the first."""
    looks = tuple(each for each in design.fresh_looks if seconds_of(design.block, warm_up, each + 1) <= seconds + 1e-6)
    return design.model_copy(update={"looks": looks}) if looks else None


def for_control(design: Design, warm_up: float, pairs: int, seconds: float) -> Design | None:
    """So many pairs, the first one counted, or what so many seconds have room for; looked at once, at the end. None:
    there is no room for one look.
    """
    judged = pairs - 1
    if seconds_of(design.block, warm_up, pairs) > seconds:
        judged = _judged_pairs(design.block, warm_up, seconds)
    return design.model_copy(update={"looks": (judged,)}) if judged >= MINIMUM_PAIRS else None


def _judged_pairs(block: float, warm_up: float, seconds: float) -> int:
    room = seconds - seconds_of(block, warm_up, 1)  # the first pair is not judged
    return max(0, int(room / (2 * (block + GUARD)) + 1e-9))


def _rate(asked: Asked) -> float | None:
    traffic = asked.settings.traffic
    return None if traffic is None else traffic.rate
