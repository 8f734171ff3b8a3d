"""What was exercised of what was declared, demanded and documented; over all scenarios of a run together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from perfgate.judge.matching import is_surely_template, operations_by_label, segments
from perfgate.records.acceptance import Coverage, DemandMet, OperationCovered
from perfgate.records.criteria import Demand, Interface, Operation, Policy
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import Reason, ReasonCode, Verdict


@dataclass
class Traffic:
    """All requests under one label. A request that failed has exercised nothing, but its status was answered."""

    requests: int = 0
    succeeded: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    scenarios: list[str] = field(default_factory=list)


def cover(measurement: Measurement, policy: Policy, elsewhere: Sequence[Measurement]) -> Coverage:
    """`elsewhere`: the other measurements of the same run, which share the demands but not the declared traffic."""
    traffic = _traffic((measurement, *elsewhere))
    own = {each.label for each in measurement.endpoints if each.requests}
    silent = tuple(each.label for each in measurement.scenario.declared if each.label not in own)
    known = operations_by_label(traffic, policy.interface) if policy.interface else {}
    interface = policy.interface
    return Coverage(
        demands=tuple(_held(demand, traffic, known) for demand in policy.required),
        silent=silent,
        document=interface.document if interface else None,
        operations=_operations(interface, traffic, known) if interface else (),
        unknown=tuple(sorted(label for label in traffic if label not in known)) if interface else (),
        at_least=interface.at_least if interface else None,
    )


def coverage_reasons(coverage: Coverage) -> Iterator[Reason]:
    for label in coverage.silent:
        yield _reason(label, "declared traffic never came to it", endpoint=label)
    for each in coverage.demands:
        if not each.met_by:
            yield _reason(each.demand.text, _why(each), endpoint=_endpoint(each.demand))
    share = coverage.exercised_share
    if coverage.at_least is not None and share is not None and share < coverage.at_least:
        yield Reason(
            code=ReasonCode.NOT_COVERED,
            verdict=Verdict.CONDITIONAL,
            facts={
                "document": coverage.document,
                "exercised": sum(each.succeeded > 0 for each in coverage.operations),
                "operations": len(coverage.operations),
                "at_least": coverage.at_least,
            },
        )


def _traffic(measurements: Sequence[Measurement]) -> dict[str, Traffic]:
    found: dict[str, Traffic] = {}
    for measurement in measurements:
        for each in measurement.endpoints:
            if each.requests:
                traffic = found.setdefault(each.label, Traffic())
                traffic.requests += each.requests
                traffic.succeeded += each.requests - each.failures
                traffic.statuses.update(each.statuses)
                if measurement.scenario.name not in traffic.scenarios:
                    traffic.scenarios.append(measurement.scenario.name)
    return found


def _held(demand: Demand, traffic: Mapping[str, Traffic], known: Mapping[str, Operation]) -> DemandMet:
    fitting = [each for label, each in traffic.items() if _is_at(demand, label, known.get(label))]
    scenarios = dict.fromkeys(name for each in fitting for name in each.scenarios)
    return DemandMet(
        demand=demand,
        requests=sum(each.requests for each in fitting),
        met_by=sum(
            each.succeeded if demand.status is None else _answered(each.statuses, demand.status) for each in fitting
        ),
        scenarios=tuple(scenarios),
    )


def _is_at(demand: Demand, label: str, operation: Operation | None) -> bool:
    """Whether requests under this label are at the endpoint that is demanded, as far as one is."""
    method, _, name = label.partition(" ")
    if demand.method is not None and demand.method != method:
        return False
    if demand.path is None or demand.path == name:
        return True
    wanted = segments(demand.path)
    # A document tells what a name is; without one only what is plainly a value passes for a placeholder.
    return is_surely_template(wanted, segments(name) if operation is None else segments(operation.path))


def _answered(statuses: Mapping[int, int], wanted: str) -> int:
    """How many answers had this status, or one of this class."""
    return sum(many for status, many in statuses.items() if _is_status(status, wanted))


def _is_status(status: int, wanted: str) -> bool:
    return str(status) == wanted or (wanted.endswith("xx") and str(status // 100) == wanted[0])


def _operations(
    interface: Interface, traffic: Mapping[str, Traffic], known: Mapping[str, Operation]
) -> tuple[OperationCovered, ...]:
    labels: dict[str, list[str]] = {}
    for label, operation in known.items():
        labels.setdefault(operation.label, []).append(label)
    return tuple(_operation(each, labels.get(each.label, []), traffic) for each in interface.operations)


def _operation(operation: Operation, labels: Sequence[str], traffic: Mapping[str, Traffic]) -> OperationCovered:
    statuses: Counter[int] = Counter()
    for label in labels:
        statuses.update(traffic[label].statuses)
    seen = tuple(each for each in operation.statuses if _answered(statuses, each))
    answered = sorted(status for status, many in statuses.items() if many and status)  # 0: there was no answer
    return OperationCovered(
        operation=operation,
        labels=tuple(sorted(labels)),
        requests=sum(traffic[label].requests for label in labels),
        succeeded=sum(traffic[label].succeeded for label in labels),
        seen=seen,
        unseen=tuple(each for each in operation.statuses if each not in seen),
        undocumented=tuple(
            status for status in answered if not any(_is_status(status, each) for each in operation.statuses)
        ),
    )


def _endpoint(demand: Demand) -> str | None:
    return f"{demand.method} {demand.path}" if demand.method and demand.path else None


def _why(held: DemandMet) -> str:
    if held.demand.status is not None:
        return "required, and never answered so"
    return "required, and no request succeeded" if held.requests else "required, and not requested"


def _reason(label: str, why: str, *, endpoint: str | None) -> Reason:
    return Reason(
        code=ReasonCode.NOT_COVERED,
        verdict=Verdict.CONDITIONAL,
        endpoint=endpoint,
        facts={"label": label, "why": why},
    )
