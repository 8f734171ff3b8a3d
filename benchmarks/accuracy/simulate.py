"""How often is the verdict wrong? The gate's own judging code on a simulated noisy runner.

    python -m benchmarks.accuracy.simulate --trials 2000 --seed 2 [--runner typical] [--change 0] [--alpha-fail 0.0025]

For true changes of the head: shares of fail / conditional / pass, and seconds of load until the decision. Confirmation
on fresh starts is a second, independent measurement of at most the same length, made only where a fail is about to be
said; the control, base against base, is a third, as long as the second, made only where that confirmed it. Their
load is told by itself. The share of fails has its 95 % interval (Wilson's) beside it.

One comparison is judged at the whole error for a false alarm. A gate with many endpoints shares it: half for the total,
there half for each of p50 and p95, so `--alpha-fail 0.0025` shows what is left of the power then.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.runner_noise import RUNNERS, Runner, StartLuck, paired_blocks
from perfgate.judge.inference import wilson
from perfgate.judge.outlook import Outlook, futile
from perfgate.judge.paired import (
    MINIMUM_PAIRS,
    START_LUCK,
    Levels,
    PairedEstimate,
    confirms,
    control_of,
    decide,
    estimate,
    refutes,
)
from perfgate.judge.sequential import FIRST_LOOK, nominal_level, planned_looks
from perfgate.records.judgement import Kind

CHANGES = (-0.05, 0.0, 0.03, 0.05, 0.10, 0.20)
MARGINS = {"p50": 0.05, "p95": 0.10}
SHARES = {"p50": 50, "p95": 95}


@dataclass(frozen=True)
class Plan:
    seconds: float = 120
    rate: float = 50
    block: float = 1
    looks: int = 6
    first_look: int = FIRST_LOOK
    alpha_fail: float = 0.01
    alpha_pass: float = 0.05


@dataclass(frozen=True)
class Outcome:
    kind: Kind
    seconds: float
    last: PairedEstimate


def measure(differences: NDArray[np.float64], margin: float, plan: Plan) -> Outcome:
    """One gate: look as planned, stop when decided. `differences` is one number a pair; the first pair is left out."""
    usable = differences[1:]
    looks = planned_looks(len(usable), plan.looks, plan.first_look)
    levels = Levels(nominal_level(looks, plan.alpha_fail), nominal_level(looks, plan.alpha_pass))
    for seen in looks:
        last = estimate(usable[:seen].tolist(), levels)
        kind = decide(last, margin)
        outlook = [Outlook(last, margin, levels, START_LUCK)]
        if kind is not Kind.INCONCLUSIVE or seen == looks[-1] or futile(outlook, outlook, seen / looks[-1]):
            return Outcome(kind, (seen + 1) * 2 * plan.block, last)
    raise ValueError("there is always a last look")


def confirm(
    first: PairedEstimate, differences: NDArray[np.float64], margin: float, plan: Plan
) -> tuple[bool, float, PairedEstimate]:
    """Whether fresh starts show it again, the seconds of load that took, and what they showed."""
    usable = differences[1:]
    looks = planned_looks(len(usable), plan.looks, MINIMUM_PAIRS)
    level = nominal_level(looks, plan.alpha_pass)
    levels = Levels(level, level)
    confirmed, seen, again = False, 0, first
    for seen in looks:
        again = estimate(usable[:seen].tolist(), levels)
        confirmed = confirms(first, again, margin)
        if confirmed or (again.upper is not None and again.upper < np.log1p(margin)):
            break
    return confirmed, (seen + 1) * 2 * plan.block, again


def refuted(claim: float, differences: NDArray[np.float64], margin: float, took: float, plan: Plan) -> bool:
    """Whether base against base moves as much, in the seconds of load that the confirmation took."""
    pairs = round(took / (2 * plan.block)) - 1
    return refutes(control_of(differences[1 : pairs + 1].tolist()), claim, margin)


def differences(
    rng: np.random.Generator, runner: Runner, luck: StartLuck, change: float, metric: str, plan: Plan, trials: int
) -> NDArray[np.float64]:
    """ln(head) - ln(base) of the metric, shape (trials, pairs)."""
    values = paired_blocks(
        rng, runner, luck, trials=trials, seconds=plan.seconds, rate=plan.rate, change=change, block=plan.block
    )
    statistic = np.percentile(values, SHARES[metric], axis=-1)
    return np.asarray(statistic[:, :, 1] - statistic[:, :, 0])


def cell(runner_name: str, metric: str, change: float, luck: StartLuck, *, trials: int, plan: Plan, seed: int) -> str:
    rng = np.random.default_rng([seed, sorted(RUNNERS).index(runner_name), int(1000 * (change + 1)), luck.lumpy])
    runner = RUNNERS[runner_name]
    outcomes: list[Outcome] = []
    confirmations: list[float] = []
    unconfirmed = shown = fails = 0
    for first in range(0, trials, 250):
        many = min(250, trials - first)
        firsts = differences(rng, runner, luck, change, metric, plan, many)
        seconds = differences(rng, runner, luck, change, metric, plan, many)
        controls = differences(rng, runner, luck, 0.0, metric, plan, many)
        for once, again, control in zip(firsts, seconds, controls, strict=True):
            outcome = measure(once, MARGINS[metric], plan)
            if outcome.kind is Kind.REGRESSED:
                unconfirmed += 1
                confirmed, more, last = confirm(outcome.last, again, MARGINS[metric], plan)
                if confirmed:
                    shown += 1
                    claim = (outcome.last.estimate + last.estimate) / 2
                    fails += not refuted(claim, control, MARGINS[metric], more, plan)
                    more *= 2
                confirmations.append(more)
            outcomes.append(outcome)
    passed = sum(outcome.kind in (Kind.UNCHANGED, Kind.IMPROVED) for outcome in outcomes)
    between = wilson(fails, trials, 0.95)
    load = sum(outcome.seconds for outcome in outcomes) / trials
    cells = [
        runner_name,
        luck.described,
        metric,
        f"{change:+.0%}",
        f"{100 * unconfirmed / trials:.2f}",
        f"{100 * shown / trials:.2f}",
        f"{100 * fails / trials:.2f} ({100 * between.low:.2f}–{100 * between.high:.2f})",
        f"{100 * (trials - passed - fails) / trials:.1f}",
        f"{100 * passed / trials:.1f}",
        f"{load:.0f}",
        f"{sum(confirmations) / len(confirmations):.0f}" if confirmations else "–",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--trials", type=int, default=1500)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--runner", action="append", choices=sorted(RUNNERS))
    arguments.add_argument("--change", action="append", type=float, help="in %%, instead of all; may be repeated")
    arguments.add_argument("--start-luck", type=float, help="in %%, of one start, instead of the runner's and of lumpy")
    arguments.add_argument("--alpha-fail", type=float, default=Plan.alpha_fail)
    arguments.add_argument("--first-look", type=int, default=Plan.first_look, help="in pairs, of the first starts")
    given = arguments.parse_args()
    plan = replace(Plan(), alpha_fail=given.alpha_fail, first_look=given.first_look)
    lucks = [StartLuck(lumpy=False), StartLuck(lumpy=True)]
    if given.start_luck is not None:
        lucks = [StartLuck(lumpy=False, spread=given.start_luck / 100)]
    changes = [each / 100 for each in given.change] if given.change else CHANGES
    print(
        "| runner | start luck | metric | true change | fail at first, % "
        "| confirmed, % | fail, % (95 % interval) | conditional, % | pass, % | load, s | confirming, s |"
    )
    print("|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for runner in given.runner or RUNNERS:
        for luck in lucks:
            for metric in MARGINS:
                for change in changes:
                    print(
                        cell(runner, metric, change, luck, trials=given.trials, plan=plan, seed=given.seed), flush=True
                    )


if __name__ == "__main__":
    main()
