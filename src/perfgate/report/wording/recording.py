"""Whether a recording is whole, and where it is not, what is missing and what is not."""

from __future__ import annotations

from perfgate.records.load import Load
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose


def how_whole(load: Load) -> Prose:
    measured = numbers.span(load.measured)
    if load.complete:
        return prose("The recording is whole: {} measured, {}.", measured, _lost(load.requests_lost, "nothing"))
    workers = sum(each.lost_at is not None for each in load.workers)
    missing = what_is_missing(load.requests_lost, load.ended_because, workers)
    return prose("The recording is not whole: {} measured; {}.", measured, missing)


def what_is_missing(requests_lost: int | None, ended_because: str | None, workers_lost: int) -> Prose:
    """`requests_lost`: of those that Locust counted; None: not known."""
    lost = _lost(requests_lost, "none")
    if workers_lost:
        return prose(
            "what {} had not yet sent is missing, and nobody counted it; of the requests that were counted, {}",
            "the lost worker" if workers_lost == 1 else f"the {numbers.count(workers_lost)} lost workers",
            lost,
        )
    if ended_because in {None, "duration"}:
        if requests_lost:
            return prose("of the requests that were counted, {}", lost)
        return prose("it breaks off, so the last second may be missing; of the requests that were counted, {}", lost)
    return prose(
        "the load ended before its time ({}); of the requests that were made until then, {}", Code(ended_because), lost
    )


def _lost(requests: int | None, none: str) -> str:
    if requests is None:
        return "how many were lost is not known" if none == "none" else "how many requests were lost is not known"
    if not requests:
        return f"{none} was lost"
    return f"{numbers.count(requests)} {'was' if requests == 1 else 'were'} lost"
