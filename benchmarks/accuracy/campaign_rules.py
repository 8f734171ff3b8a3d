"""What PerfGate and the rules of other gates make of the same recordings."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scipy import stats

LIMIT: Final = math.log(1.10)
HISTORY: Final = 30  # runs
ENOUGH: Final = 8  # runs, before a limit is made of their spread


@dataclass(frozen=True)
class Gate:
    """What a campaign keeps of a gate. Times in milliseconds; `pairs` of the first starts, all requests together."""

    number: int
    change: float  # injected, as planned
    injected: float  # as it came out: the head's longer wait as a share of what the base took in this very gate
    verdict: str  # pass, conditional, fail, error
    reasons: tuple[str, ...]
    base_p50: float
    head_p50: float
    mann_whitney: float | None  # p of this head's requests being slower than those of the base one gate before
    pairs: tuple[dict[str, float | None], ...]
    starts: int
    seconds: float
    others: float  # share of the processors that was busy with something else

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Gate:
        return cls(**{**kept, "reasons": tuple(kept["reasons"]), "pairs": tuple(kept["pairs"])})


Rule = Callable[[Gate, Sequence[Gate]], bool | None]  # of a gate and those before it; None: it cannot be applied yet


def perfgate(gate: Gate, _: Sequence[Gate]) -> bool:
    return gate.verdict == "fail"


def unconfirmed(gate: Gate, _: Sequence[Gate]) -> bool:
    """A regression on the first starts, whether or not fresh ones showed it again."""
    return gate.verdict == "fail" or "unconfirmed" in gate.reasons


def last_run(gate: Gate, before: Sequence[Gate]) -> bool | None:
    return math.log(gate.head_p50 / before[-1].base_p50) > LIMIT if before else None


def t_limit(gate: Gate, before: Sequence[Gate]) -> bool | None:
    stored = [each.base_p50 for each in before[-HISTORY:]]
    if len(stored) < ENOUGH:
        return None
    limit = statistics.fmean(stored) + stats.t.ppf(0.99, len(stored) - 1) * statistics.stdev(stored)
    return bool(gate.head_p50 > limit)


def mann_whitney(gate: Gate, _: Sequence[Gate]) -> bool | None:
    return None if gate.mann_whitney is None else gate.mann_whitney < 0.01


def base_then_head(gate: Gate, _: Sequence[Gate]) -> bool | None:
    return halves(gate) > LIMIT


def halves(gate: Gate) -> float:
    """As ln of the ratio, as if the base had been loaded first and the head afterwards: blocks of either half."""
    half = len(gate.pairs) // 2
    base = [each["base_p50"] for each in gate.pairs[:half] if each["base_p50"]]
    head = [each["head_p50"] for each in gate.pairs[half:] if each["head_p50"]]
    return math.log(statistics.median(head) / statistics.median(base))


def by_pairs(gate: Gate) -> float:
    """As ln of the ratio as the pairs have it, without the first, which is not judged."""
    found = [
        math.log(each["head_p50"] / each["base_p50"])
        for each in gate.pairs[1:]
        if each["base_p50"] and each["head_p50"]
    ]
    return statistics.median([(one + other) / 2 for at, one in enumerate(found) for other in found[at:]])


RULES: Final[dict[str, Rule]] = {
    "PerfGate, side by side": perfgate,
    "PerfGate without the confirmation": unconfirmed,
    "last stored run + 10 %": last_run,
    "t-limit 0.99 over up to 30 runs": t_limit,
    "Mann-Whitney over requests, one stored run": mann_whitney,
    "base, then head, on one runner, + 10 %": base_then_head,
}
