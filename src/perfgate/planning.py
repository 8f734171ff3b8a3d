"""What a scenario's load could show, before anything is run: from the file's settings and the noise stored so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from perfgate.baselines.store import Store
from perfgate.judge.by_reference import judge_ratios, ratio_changes
from perfgate.judge.changes import changes
from perfgate.judge.differences import FIGURES
from perfgate.judge.history import comparable
from perfgate.judge.paired import MINIMUM_PAIRS
from perfgate.judge.pairing import LEFT_OUT, NEEDED
from perfgate.judge.power import ASSUMED_SPREAD, Power, assumed_pair, learned_pair
from perfgate.judge.start_luck import LATEST, learned, luck_of
from perfgate.judge.values import log_deviation
from perfgate.measuring.schedule import block_of, declared_rate, looks_within, pairs_within, seconds_for
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import Policy, Tolerance
from perfgate.records.endpoint import TOTAL
from perfgate.records.forecast import MetricForecast, ScenarioForecast, StoredForecast
from perfgate.records.starts import StartsCompared
from perfgate.settings.model import File
from perfgate.settings.profiles import Profile, resolve
from perfgate.settings.scenario import Scenario

STEADY: Final = 1e-6  # a spread below this is none: a power cannot be told from it


@dataclass(frozen=True)
class Asked:
    """Instead of what the file says; None: as the file has it. `rate` in requests a second, `duration` in seconds."""

    duration: float | None = None
    rate: float | None = None
    tolerance: float | None = None


def forecast(name: str, file: File, policy: Policy, store: Store, asked: Asked) -> ScenarioForecast:
    scenario = file.scenarios[name]
    profile = resolve(scenario, duration=asked.duration)
    block = file.side_by_side.block or block_of(scenario, profile)
    runs, starts = store.read(name, limit=2 * policy.history), store.read_starts(name, limit=LATEST)
    luck = learned(starts)
    rate, rate_from = _rate(asked, scenario, profile, runs)
    # What a self-test has shown holds for the rate that it had.
    noise = _Noise.of(_newest_load(starts) if asked.rate is None else (), runs, rate, block)
    tolerances = _tolerances(policy.side_by_side, asked)
    load = _Load(profile, block)

    def power(pair: float) -> Power:
        # Half of the error is for the endpoints, the rest is shared by Holm.
        alpha = policy.alpha_fail / 2 / len(tolerances)
        return Power(pair, luck_of(luck), alpha, policy.alpha_pass, looks_within(profile.duration))

    return ScenarioForecast(
        scenario=name,
        seconds=profile.duration,
        pairs=load.pairs,
        block=block,
        rate=rate,
        rate_from=rate_from,
        noise_from=noise.known_from,
        noise_runs=noise.runs,
        start_luck=luck_of(luck),
        start_luck_runs=luck.runs if luck else 0,
        side_by_side=tuple(_metric(each, noise, power, load) for each in tolerances),
        stored=tuple(_stored(runs, policy, asked)),
    )


@dataclass(frozen=True)
class _Load:
    profile: Profile
    block: float

    @property
    def pairs(self) -> int:
        return max(0, pairs_within(self.profile, self.block))

    def seconds(self, pairs: int) -> float:
        return seconds_for(pairs, self.profile, self.block)


@dataclass(frozen=True)
class _Noise:
    known_from: Literal["self-tests", "stored", "assumed"]
    runs: int
    starts: tuple[StartsCompared, ...]
    spread: float  # of ln(response time)
    in_a_block: float | None  # requests that count; None: not known

    @classmethod
    def of(cls, starts: Sequence[StartsCompared], runs: Sequence[Baseline], rate: float | None, block: float) -> _Noise:
        in_a_block = None if rate is None else rate * max(0.0, block - LEFT_OUT)
        if starts:
            return cls("self-tests", len(starts), tuple(starts), ASSUMED_SPREAD, in_a_block)
        spread = log_deviation(runs[0].measurement.total) if runs else 0.0
        if spread > STEADY:
            return cls("stored", 1, (), spread, in_a_block)
        return cls("assumed", 0, (), ASSUMED_SPREAD, in_a_block)

    def pair(self, tolerance: Tolerance) -> float | None:
        """Standard error of one pair; None: nothing tells how many requests there will be."""
        known = learned_pair(tolerance.metric, self.starts)
        if known is not None or self.in_a_block is None:
            return known
        return assumed_pair(tolerance.metric, self.spread, self.in_a_block)


def _metric(tolerance: Tolerance, noise: _Noise, power: Callable[[float], Power], load: _Load) -> MetricForecast:
    has = noise.in_a_block
    unknown = MetricForecast(
        metric=tolerance.metric,
        tolerance=tolerance.fail,
        detectable=None,
        passing=None,
        affordable=None,
        needed=None,
    )
    if has is not None and has < NEEDED[FIGURES[tolerance.metric]]:
        return unknown.model_copy(update={"too_few_in_a_block": int(has)})
    pair = noise.pair(tolerance)
    if pair is None:
        return unknown
    of = power(pair)
    needed = of.needed(tolerance.fail)
    known: dict[str, float | None] = {"needed": None if needed is None else load.seconds(needed)}
    if load.pairs >= MINIMUM_PAIRS:
        known["detectable"] = of.detectable(tolerance.fail, load.pairs)
        known["passing"] = of.chances(0.0, tolerance.fail, load.pairs).passing
        known["affordable"] = of.affordable(load.pairs)
    return unknown.model_copy(update=known)


def _stored(runs: Sequence[Baseline], policy: Policy, asked: Asked) -> Iterator[StoredForecast]:
    """The newest stored run as if it were the next, against those before it."""
    if len(runs) < 2:
        return
    newest = runs[0].measurement
    history = comparable(newest, runs[1:], policy.history)
    if newest.reference is None:
        found = changes(newest, history, _held_to(policy, asked))
    else:
        held = _held_to(policy.side_by_side, asked)
        found = ratio_changes(judge_ratios(newest, history, held), newest, history, held)
    for change in found:
        if change.endpoint != TOTAL or change.tolerance is None:
            continue
        if change.spread is not None and change.smallest_detectable is not None:
            yield StoredForecast(
                metric=change.metric,
                tolerance=change.tolerance.fail,
                runs=change.runs,
                spread=change.spread,
                detectable=change.smallest_detectable,
                reference=newest.reference.name if newest.reference else None,
            )


def _held_to(policy: Policy, asked: Asked) -> Policy:
    return policy.model_copy(update={"tolerances": tuple(_tolerances(policy, asked))})


def _tolerances(policy: Policy, asked: Asked) -> list[Tolerance]:
    """Of all endpoints together, of what pairs of blocks can show."""
    found = [each for each in policy.tolerances if each.endpoint is None and each.metric in FIGURES]
    if asked.tolerance is None:
        return found
    return [each.model_copy(update={"fail": asked.tolerance, "warn": None}) for each in found]


def _newest_load(starts: Sequence[StartsCompared]) -> tuple[StartsCompared, ...]:
    """Those under the load of the newest; another load has another noise."""
    return tuple(each for each in starts if each.scenario_digest == starts[0].scenario_digest)


def _rate(
    asked: Asked, scenario: Scenario, profile: Profile, runs: Sequence[Baseline]
) -> tuple[float | None, Literal["asked", "settings", "users", "stored", "unknown"]]:
    """Users who wait for answers send less than they might, so what a stored run sent is known better."""
    if asked.rate is not None:
        return asked.rate, "asked"
    if scenario.traffic is not None and scenario.traffic.rate is not None:
        return scenario.traffic.rate, "settings"
    if runs:
        return runs[0].measurement.total.request_rate, "stored"
    declared = declared_rate(scenario, profile)
    return declared, "unknown" if declared is None else "users"
