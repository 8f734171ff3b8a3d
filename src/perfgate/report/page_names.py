"""Names of endpoints and series on the page: the same in a table, a choice and a chart."""

from __future__ import annotations

from perfgate.records.endpoint import TOTAL
from perfgate.records.metric import Metric
from perfgate.report.prose import one_line
from perfgate.report.wording.words import metric_word

ALL_TOGETHER = "all endpoints together"


def endpoint_name(label: str) -> str:
    return ALL_TOGETHER if label == TOTAL else one_line(label)


def series_name(label: str, metric: Metric) -> str:
    return f"{metric_word(metric)} of {endpoint_name(label)}"
