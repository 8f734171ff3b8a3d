"""What a self-test found, in words."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from perfgate.records.self_test import Rate, SelfTest
from perfgate.report import numbers


def say_self_test(found: SelfTest) -> str:
    return "\n".join(_lines(found))


def _lines(found: SelfTest) -> Iterator[str]:
    yield f"{found.scenario}: does this gate bite?"
    if found.false_alarms is not None:
        yield f"  the same code on both sides: {_said(found.false_alarms)} failed{_others(found, slower=False)}"
    if found.detected is not None:
        yield f"  {_how(found)}: {_said(found.detected)} failed for it{_others(found, slower=True)}"
    yield _verdict(found)


def _said(rate: Rate) -> str:
    return (
        f"{rate.count} of {numbers.counted(rate.of, 'run')} ({numbers.share(rate.low)} to {numbers.share(rate.high)}, "
        "95 % confidence)"
    )


def _how(found: SelfTest) -> str:
    changes = [each.change for each in found.runs if each.slower and each.change is not None]
    seen = f", p50 {numbers.change(median(changes))} as measured" if changes else ""
    if found.how == "environment":
        return f"the head slower by its environment{seen}"
    delays = [each.delay for each in found.runs if each.delay is not None]
    delay = numbers.duration(median(delays)) if delays else numbers.UNKNOWN
    share = f", {numbers.share(found.asked)} of p50" if found.asked is not None else ""
    return f"the head {delay} later{share}{seen}"


def _others(found: SelfTest, *, slower: bool) -> str:
    verdicts = [each.verdict.value for each in found.runs if each.slower is slower]
    return f"; {verdicts.count('pass')} passed, {verdicts.count('conditional')} conditional"


def _verdict(found: SelfTest) -> str:
    if found.false_alarms is not None and found.false_alarms.count:
        return "It cries wolf: see the reports of the runs, and give the load more time or wider tolerances."
    if found.detected is not None and not found.detected.count:
        return "It does not bite: such a slow-down is not seen. `perfgate plan` says how long a load would see it."
    return "It bites, and not without cause, as far as so many runs can tell."
