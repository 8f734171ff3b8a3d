"""Quantiles of what a histogram counted in buckets."""

from __future__ import annotations

from collections.abc import Sequence


def bucket_quantile(bounds: Sequence[float], counts: Sequence[float], share: float) -> float | None:
    """The value that `share` of the observations do not exceed; None where there were none.

    `bounds`: upper ends of the buckets, ascending; `counts`: of each bucket by itself, and last of what lay above.
    Linear within a bucket, the first of which begins at 0 if its bound is positive; above the last bound it is that
    bound: as Prometheus's `histogram_quantile` has it for classic histograms.
    """
    total = sum(counts)
    if total <= 0 or not bounds:
        return None
    rank = share * total
    below = 0.0
    for at, bound in enumerate(bounds):
        if below + counts[at] >= rank and counts[at] > 0:
            begin = bounds[at - 1] if at else min(bound, 0.0)
            return begin + (bound - begin) * (rank - below) / counts[at]
        below += counts[at]
    return bounds[-1]
