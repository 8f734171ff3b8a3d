"""The facts of a reason or a note, read with patience: one may be missing, or come from another version."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from perfgate.records.metric import METRICS, Metric, Unit
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose

CLAUSE_LIMIT: Final = 300  # characters: a list of differences is longer than a name


@dataclass(frozen=True)
class Facts:
    values: Mapping[str, str | int | float | None]

    def number(self, name: str) -> float | None:
        value = self.values.get(name)
        if isinstance(value, str) or value is None or not math.isfinite(value):
            return None
        return float(value)

    def whole(self, name: str) -> int | None:
        value = self.number(name)
        return None if value is None else round(value)

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return str(value) if value not in {None, ""} else None

    def code(self, name: str, otherwise: str = "unknown") -> Prose:
        """The fact shown literally, whoever wrote it."""
        text = self.text(name)
        return prose(otherwise) if text is None else prose("{}", Code(text))

    def clause(self, template: str, name: str) -> Prose:
        """`template` with the fact shown literally in it, or nothing where there is no such fact."""
        text = self.text(name)
        return prose("") if text is None else prose(template, Code(text, CLAUSE_LIMIT))

    def metric(self, name: str) -> Metric | None:
        text = self.text(name)
        return Metric(text) if text in set(Metric) else None

    def moved(self, metric: Metric | None, name: str = "change") -> str:
        """A change of `metric`, signed; see `absolute`."""
        amount = self.number(name)
        if metric is None:
            return numbers.change(amount)
        return numbers.moved(metric, amount, absolute=self.absolute(metric))

    def limit(self, metric: Metric | None, name: str) -> str:
        """A tolerance of `metric`: in points where changes of it are differences of ratios."""
        return numbers.tolerated(metric, self.number(name))

    def value(self, metric: Metric | None, name: str) -> str:
        amount = self.number(name)
        if amount is None:
            return numbers.UNKNOWN
        return f"{amount:g}" if metric is None else numbers.value(metric, amount)

    def absolute(self, metric: Metric) -> bool:
        """Whether changes are differences (see `records.judgement.Change`): of ratios, and from nought."""
        return METRICS[metric].unit is Unit.RATIO or self.number("baseline") == 0
