"""What loads could show, as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from perfgate.records.forecast import Forecast, ScenarioForecast
from perfgate.report.wording.planning import REMARK, say_load, say_metric, say_noise, say_stored


def forecast_text(forecast: Forecast) -> str:
    return "\n\n".join(["\n".join(_lines(each)) for each in forecast.scenarios] + [REMARK])


def _lines(scenario: ScenarioForecast) -> Iterator[str]:
    yield say_load(scenario)
    yield f"  {say_noise(scenario)}"
    yield "  side by side"
    for each in scenario.side_by_side:
        yield from (f"    {line}" for line in say_metric(scenario, each))
    if scenario.stored:
        yield "  against stored runs"
        yield from (f"    {say_stored(each)}" for each in scenario.stored)
