"""One comparison of base and head side by side, judged: on the first starts, on fresh ones, and against the control."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from perfgate.judge.differences import Compared
from perfgate.judge.outlook import Outlook
from perfgate.judge.paired import Levels, PairedEstimate, refutes
from perfgate.records.judgement import Kind


@dataclass(frozen=True)
class Judged:
    compared: Compared
    first: PairedEstimate
    again: PairedEstimate | None
    alone: PairedEstimate  # the first, as if nothing else were compared
    kind: Kind  # as the first starts alone have it
    levels: Levels
    luck: float  # of one start, as a standard deviation of the logarithm
    confirmed: bool | None  # a regression, on fresh starts; None: nothing to confirm, or not tried
    control: PairedEstimate | None = None  # base against base; None: not measured

    @property
    def starts(self) -> tuple[PairedEstimate, ...]:
        """Those that it is told by: what looked slower by all, anything else by the first ones, as it is judged."""
        return (self.first,) if self.again is None or self.kind is not Kind.REGRESSED else (self.first, self.again)

    @property
    def estimate(self) -> float:
        """On the log scale."""
        return fmean(each.estimate for each in self.starts)

    @property
    def lower(self) -> float | None:
        """To `upper`: all that any of these starts leaves possible."""
        found = [each.lower for each in self.starts if each.lower is not None]
        return min(found) if len(found) == len(self.starts) else None

    @property
    def upper(self) -> float | None:
        found = [each.upper for each in self.starts if each.upper is not None]
        return max(found) if len(found) == len(self.starts) else None

    @property
    def outlook(self) -> Outlook | None:
        """Of the first starts; None: there is no tolerance."""
        tolerance = self.compared.tolerance
        return None if tolerance is None else Outlook(self.first, tolerance.fail, self.levels, self.luck)

    @property
    def refuted(self) -> bool:
        """By base against base: it moved about as much."""
        tolerance = self.compared.tolerance
        if self.control is None or tolerance is None or not self.confirmed:
            return False
        return refutes(self.control, self.estimate, tolerance.fail)

    @property
    def settled(self) -> Kind:
        """A regression stands only where fresh starts have shown it again, and base against base has not."""
        if self.kind is Kind.REGRESSED and (not self.confirmed or self.refuted):
            return Kind.INCONCLUSIVE
        return self.kind
