"""What a self-test found, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Final

from perfgate.records.self_test import Rate, SelfTest
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.report import numbers

SHOWN: Final = 5  # codes of reasons
# With one of these a measurement accuses nobody, however slow the head is.
UNSOUND: Final = frozenset(
    {
        ReasonCode.GENERATOR_SATURATED,
        ReasonCode.LOAD_NOT_REACHED,
        ReasonCode.NOISY_RUNNER,
        ReasonCode.IDLE_SIDE_BUSY,
        ReasonCode.RECORDING_INCOMPLETE,
        ReasonCode.BASE_BROKE,
        ReasonCode.STACK_BROKE,
    }
)


def say_self_test(found: SelfTest) -> str:
    return "\n".join(_lines(found))


def _lines(found: SelfTest) -> Iterator[str]:
    yield f"{found.scenario}: does this gate bite?"
    if found.false_alarms is not None:
        yield f"  the same code on both sides: {_said(found.false_alarms)} failed{_others(found, slower=False)}"
    if found.detected is not None:
        yield f"  {_how(found)}: {_said(found.detected)} failed for it{_others(found, slower=True)}"
    yield from _in_the_way(found)
    if found.without_verdict:
        many = numbers.counted(len(found.without_verdict), "run")
        yield f"  {many} came to no verdict, the last since {found.without_verdict[-1]}"
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
    runs = [each for each in found.runs if each.slower is slower]
    verdicts = [each.verdict for each in runs]
    told = f"; {verdicts.count(Verdict.PASS)} passed, {verdicts.count(Verdict.CONDITIONAL)} conditional"
    otherwise = sum(each.verdict is Verdict.FAIL and not each.regression for each in runs) if slower else 0
    return told + (f", {otherwise} failed for something else" if otherwise else "")


def _in_the_way(found: SelfTest) -> Iterator[str]:
    """Of the runs that did not come to what they should have."""
    wanted = {False: Verdict.PASS, True: Verdict.FAIL}
    off = [
        each for each in found.runs if each.verdict is not wanted[each.slower] or (each.slower and not each.regression)
    ]
    codes = Counter(code for each in off for code in dict.fromkeys(each.reasons) if code is not ReasonCode.REGRESSION)
    if codes:
        told = ", ".join(f"{code.value} ({numbers.counted(many, 'run')})" for code, many in codes.most_common(SHOWN))
        yield f"  what stood in the way: {told}"


def _verdict(found: SelfTest) -> str:
    alarms = [each for each in found.runs if not each.slower and each.verdict is Verdict.FAIL]
    if alarms and not any(each.regression for each in alarms):
        return "It fails every head, and not for a change: mend what stands above before anything is compared."
    if found.false_alarms is not None and found.false_alarms.count:
        return "It cries wolf: see the reports of the runs, and give the load more time or wider tolerances."
    slower = [each for each in found.runs if each.slower]
    if slower and not any(each.regression for each in slower) and all(UNSOUND & {*each.reasons} for each in slower):
        return "Whether it bites is not known: no such run was sound. Put less load on, or use a quieter machine."
    if found.detected is not None and not found.detected.count:
        return "It does not bite: such a slow-down is not seen. `perfgate plan` says how long a load would see it."
    return "It bites, and not without cause, as far as so many runs can tell."
