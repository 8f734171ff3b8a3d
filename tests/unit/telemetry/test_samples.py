"""Samples on the load's clock: gaps stay gaps, what comes too late is not kept, moments bound the histograms."""

from __future__ import annotations

from perfgate.records.telemetry import SeriesKey, SeriesUnit, Source
from perfgate.telemetry.samples import Buckets, Sample, Samples

DEPTH = SeriesKey(source=Source.PROBE, subject="depth", name="value", unit=SeriesUnit.NUMBER)
OTHER = SeriesKey(source=Source.PROBE, subject="other", name="value", unit=SeriesUnit.NUMBER)


def test_a_gap_is_in_every_series_of_its_subject_and_in_no_other() -> None:
    samples = Samples()
    samples.add(10.0, Sample({DEPTH: 1.0}, {}))
    samples.add(10.0, Sample({OTHER: 1.0}, {}))
    samples.missed(11.0, Source.PROBE, "depth", "it did not answer")
    depth, other = samples.series(zero=9.0)
    assert (depth.offsets, depth.values) == ((1.0, 2.0), (1.0, None))
    assert other.values == (1.0,)
    [gap] = samples.gaps(9.0, 20.0)
    assert (gap.subject, gap.missed, gap.why) == ("depth", 1, "it did not answer")


def test_what_was_missed_before_the_load_is_no_doubt_and_what_never_came_is_one() -> None:
    samples = Samples()
    samples.missed(5.0, Source.PROBE, "depth", "not up yet")
    samples.never(Source.PROBE, "gone", "the stack has no such service")
    assert [(each.subject, each.missed) for each in samples.gaps(9.0, 20.0)] == [("gone", 0)]


def test_nothing_is_kept_after_the_end() -> None:
    samples = Samples()
    samples.end()
    samples.add(10.0, Sample({DEPTH: 1.0}, {}))
    samples.missed(10.0, Source.PROBE, "depth", "late")
    assert samples.series(0.0) == ()
    assert samples.gaps(0.0, 20.0) == ()


def test_histograms_are_added_up_between_two_moments() -> None:
    samples = Samples()
    for at in (1.0, 2.0, 3.0, 4.0):
        samples.add(at, Sample({}, {DEPTH: Buckets((1.0,), (2.0, 1.0), 5.0)}))
    [found] = samples.distributions(opens=1.0, closes=3.0)
    assert (found.counts, found.total) == ((4.0, 2.0), 10.0)


def test_what_is_so_now_is_not_what_was_before() -> None:
    samples = Samples()
    samples.add(10.0, Sample({DEPTH: 3.0, OTHER: 1.0}, {}))
    samples.missed(11.0, Source.PROBE, "other", "it did not answer")
    assert samples.now(since=9.0) == {DEPTH: 3.0}
    assert samples.now(since=10.5) == {}


def test_the_cost_is_the_processor_time_of_the_sampling_threads() -> None:
    samples = Samples()
    samples.add(1.0, Sample({DEPTH: 1.0}, {}))
    samples.end()
    cost = samples.cost()
    assert cost.samples == 1
    assert cost.cpu > 0
