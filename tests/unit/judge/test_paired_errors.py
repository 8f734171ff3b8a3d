"""Failures that come in clusters are less evidence than as many that come one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perfgate.judge.paired_errors import clustering
from perfgate.records.endpoint import TOTAL
from perfgate.records.metric import Metric
from perfgate.records.pairs import BlockFigures, Pair, PairedBlocks, Side
from perfgate.records.verdict import ReasonCode, Verdict
from tests.unit.judge.test_side_by_side import change, codes, judged, measured

MANY = 50


def pair(base: int, head: int, requests: int = MANY) -> Pair:
    def figures(failures: int) -> BlockFigures:
        return BlockFigures(requests=requests, failures=failures, p50=None, p95=None, p99=None, log_mean=None)

    block = PairedBlocks(label=TOTAL, base=figures(base), head=figures(head))
    return Pair(opened_at=0, first=Side.BASE, overlapping=0, blocks=(block,))


def test_by_hand() -> None:
    """Two blocks of ten on each side, of the head's one failed whole: the variance is ten times the binomial's, and
    twice that for two clusters being few.
    """
    pairs = [pair(0, 10, requests=10), pair(0, 0, requests=10)]
    assert clustering(pairs, TOTAL) == pytest.approx(math.sqrt(2 * (0.25**2 + 0.25**2) / (0.5 * 0.5 / 20)))


@pytest.mark.parametrize("pairs", [[], [pair(0, 5)], [pair(0, 0)] * 20, [pair(0, 0, requests=0)] * 20])
def test_without_failures_or_pairs_nothing_clusters(pairs: list[Pair]) -> None:
    assert clustering(pairs, TOTAL) == 1


def test_independent_failures_hardly_cluster() -> None:
    chance = np.random.default_rng(1)
    found = [
        clustering([pair(*map(int, chance.binomial(MANY, 0.02, 2))) for _ in range(40)], TOTAL) for _ in range(200)
    ]
    assert np.mean(found) < 1.1


def test_an_outage_that_both_sides_share_is_no_difference_between_them() -> None:
    shared = [pair(MANY, MANY), *[pair(0, 0)] * 30]
    assert clustering(shared, TOTAL) == 1
    assert clustering([pair(0, MANY), *[pair(0, 0)] * 30], TOTAL) > 4


def test_failures_of_one_block_do_not_fail_a_head_that_failures_all_over_would() -> None:
    spread = measured(0.0, pairs=40, failing=0.05)
    beside = spread.side_by_side
    assert beside is not None
    lost = sum(pair.blocks[0].head.failures for pair in beside.starts[0].pairs)

    def failing(each: Pair, failures: int) -> Pair:
        blocks = tuple(
            block.model_copy(update={"head": block.head.model_copy(update={"failures": failures})})
            for block in each.blocks
        )
        return each.model_copy(update={"blocks": blocks})

    pairs = [
        failing(each, 48 if 5 <= number < 5 + lost // 48 else 0) for number, each in enumerate(beside.starts[0].pairs)
    ]
    start = beside.starts[0].model_copy(update={"pairs": tuple(pairs)})
    clustered = spread.model_copy(update={"side_by_side": beside.model_copy(update={"starts": (start,)})})
    assert ReasonCode.ERRORS_ROSE in codes(judged(spread))
    result = judged(clustered)
    assert ReasonCode.ERRORS_ROSE not in codes(result)
    assert result.verdict is Verdict.CONDITIONAL
    one, other = (change(judged(each), Metric.ERROR_RATIO) for each in (spread, clustered))
    assert one.change == other.change
    assert other.bound_worse - other.bound_better > 3 * (one.bound_worse - one.bound_better)
