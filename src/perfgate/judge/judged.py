"""One comparison of base and head side by side, judged: on the first starts, on fresh ones, and against the control."""

from __future__ import annotations

from dataclasses import dataclass

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
    def estimate(self) -> float:
        """Of all starts together, on the log scale."""
        return self.first.estimate if self.again is None else (self.first.estimate + self.again.estimate) / 2

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
