"""Failures side by side come in clusters: an outage of a second fails a whole block, and says little of the code."""

from __future__ import annotations

import math
from collections.abc import Sequence

from perfgate.records.pairs import Pair


def clustering(pairs: Sequence[Pair], label: str) -> float:
    """By how much the standard error of the difference of error ratios exceeds that of independent requests; 1 or more.

    The root of the design effect (Kish, *Survey Sampling*, 1965), pairs of blocks being the clusters; the variance
    between them is that of ratio estimators, linearised (Cochran, *Sampling Techniques*, 3rd ed., 6.4).
    """
    blocks = [block for pair in pairs for block in pair.blocks if block.label == label]
    if len(blocks) < 2:
        return 1.0
    requests = [sum(getattr(block, side).requests for block in blocks) for side in ("base", "head")]
    failures = [sum(getattr(block, side).failures for block in blocks) for side in ("base", "head")]
    if not all(requests):
        return 1.0
    ratios = [failed / many for failed, many in zip(failures, requests, strict=True)]
    independent = sum(ratio * (1 - ratio) / many for ratio, many in zip(ratios, requests, strict=True))
    if not independent:
        return 1.0
    residuals = [
        (block.head.failures - ratios[1] * block.head.requests) / requests[1]
        - (block.base.failures - ratios[0] * block.base.requests) / requests[0]
        for block in blocks
    ]
    between = len(blocks) / (len(blocks) - 1) * math.fsum(each**2 for each in residuals)
    return max(1.0, math.sqrt(between / independent))
