"""What a load could show, in words."""

from __future__ import annotations

from collections.abc import Iterator

from perfgate.judge.paired import MINIMUM_PAIRS
from perfgate.judge.power import MOST_PAIRS
from perfgate.records.forecast import MetricForecast, ScenarioForecast, StoredForecast
from perfgate.report import numbers
from perfgate.report.wording.words import metric_word

RATES = {
    "asked": "as asked for",
    "settings": "as perfgate.yml says",
    "users": "if the users never waited for an answer",
    "stored": "as the newest stored run had it",
}


def say_load(forecast: ScenarioForecast) -> str:
    """`short: 20 s of load, base and head in turns: 14 pairs of blocks of 400 ms, 120/s (as perfgate.yml says)`."""
    pairs = numbers.counted(forecast.pairs, "pair")
    rate = "at a rate that is not known before a run (give --rate)"
    if forecast.rate is not None:
        rate = f"{numbers.rate(forecast.rate)} ({RATES[forecast.rate_from]})"
    return (
        f"{forecast.scenario}: {numbers.span(forecast.seconds)} of load, base and head in turns: {pairs} of blocks "
        f"of {numbers.duration(forecast.block)}, {rate}"
    )


def say_noise(forecast: ScenarioForecast) -> str:
    runs = numbers.counted(forecast.noise_runs, "run")
    noise = {
        "self-tests": f"measured here, base against base, in {runs}",
        "stored": "as response times differ within the newest stored run; a busy machine adds to it",
        "assumed": "assumed, for a quiet machine; `perfgate self-test` measures it here",
    }[forecast.noise_from]
    learned = numbers.counted(forecast.start_luck_runs, "run")
    luck = f"learned from {learned}" if forecast.start_luck_runs else "assumed"
    return f"noise: {noise}; luck of a start {numbers.share(forecast.start_luck)}, {luck}"


def say_metric(forecast: ScenarioForecast, each: MetricForecast) -> Iterator[str]:
    """The sentences under a metric: what this load can show, and what the tolerance costs."""
    word = metric_word(each.metric)
    if each.too_few_in_a_block is not None:
        has = numbers.counted(each.too_few_in_a_block, "request")
        yield f"{word}: not to be judged, a block has only {has}: raise the rate, or `side_by_side: {{block: …}}`"
        return
    if forecast.rate is None and each.needed is None and each.detectable is None and each.passing is None:
        yield f"{word}: nothing can be said before the rate of requests is known"
        return
    load = numbers.span(forecast.seconds)
    if forecast.pairs < MINIMUM_PAIRS:
        yield f"{word}: {load} are too short to compare side by side, {MINIMUM_PAIRS} pairs of blocks are the least"
    elif each.detectable is None:
        yield f"{word}: with {load} of load not even a threefold time is sure to fail"
    else:
        yield f"{word}: with {load} of load a slow-down of {numbers.share(each.detectable)} or more fails (8 in 10)"
    if each.passing is not None:
        yield f"     an unchanged head passes in {numbers.share(each.passing)} of the runs, else it is conditional"
    yield f"     {_nine_in_ten(forecast, each)}"


def _nine_in_ten(forecast: ScenarioForecast, each: MetricForecast) -> str:
    """By which tolerance, or which load, an unchanged head passes nearly always."""
    tolerance = numbers.share(each.tolerance)
    ways = [] if each.affordable is None else [f"with a tolerance of {numbers.share(each.affordable)}"]
    if each.needed is not None:
        ways.append(f"at {tolerance} with {numbers.span(each.needed)} of load")
        return f"9 in 10 pass {', or '.join(ways)}"
    never = (
        f"at {tolerance} not even with {numbers.count(MOST_PAIRS)} pairs of blocks: this noise, and "
        f"{numbers.share(forecast.start_luck)} of luck of a start, are too much for it"
    )
    return f"9 in 10 pass {'; '.join([*ways, never])}"


def say_stored(each: StoredForecast) -> str:
    by_ratio = each.reference is not None
    return (
        f"{metric_word(each.metric)}: {'ratios to the reference of ' * by_ratio}"
        f"{numbers.counted(each.runs, 'stored run')} differ by "
        f"{numbers.share(each.spread)} (standard deviation), so at a tolerance of {numbers.share(each.tolerance)} a "
        f"slow-down of {numbers.share(each.detectable)} or more fails (8 in 10), "
        f"{'with as long a load' if by_ratio else 'however long the load'}"
    )


REMARK = (
    "A regression costs its load up to twice more: on fresh starts that confirm it, then on the base against itself. "
    "Starting the stacks is not counted."
)
