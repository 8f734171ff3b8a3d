"""Judgements for the reports' tests: made in code, always the same, one a situation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from perfgate.judge.acceptance import acceptance
from perfgate.records.acceptance import Coverage, DemandMet, OperationCovered
from perfgate.records.criteria import Budget, Demand, Operation, Rules, Tolerance, Waiver
from perfgate.records.endpoint import (
    Block,
    Endpoint,
    EndpointStatistics,
    FailureCount,
    Histogram,
    Percentile,
    ResponseTimes,
)
from perfgate.records.evidence import StoredRun
from perfgate.records.judgement import Change, Checked, Judgement, Kind, Row, ScenarioJudgement
from perfgate.records.load import GeneratorHealth, Load, Scenario
from perfgate.records.measurement import Fingerprint, Subject, Timeline
from perfgate.records.metric import METRICS, Metric
from perfgate.records.provenance import Provenance, ReferenceProvenance, SideBySideProvenance
from perfgate.records.stack import Service, Stack, StackFault, StackKind
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict, worst

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
GROWTH = 1.02
TOLERANCES = {
    Metric.P50: Tolerance(metric=Metric.P50, fail=0.05),
    Metric.P95: Tolerance(metric=Metric.P95, fail=0.10, warn=0.05, at_least=0.002),
    Metric.THROUGHPUT: Tolerance(metric=Metric.THROUGHPUT, fail=0.05),
}
# The ticket platform's public endpoints: share of the requests, median in seconds.
ENDPOINTS = (
    ("GET", "/health", 10 / 17, 0.037),
    ("GET", "/metrics", 5 / 17, 0.010),
    ("GET", "/api/v1/health", 2 / 17, 0.042),
)


def statistics(
    endpoint: Endpoint | None,
    *,
    requests: int,
    median: float,
    failures: int = 0,
    message: str = "",
    measured: float = 110,
) -> EndpointStatistics:
    """A log-normal distribution of response times around `median` seconds."""
    successes = requests - failures
    times = None
    counts: dict[int, int] = {}
    if successes:
        quantiles = [median * math.exp(0.3 * _normal((i + 0.5) / 200)) for i in range(200)]
        for value in quantiles:
            bucket = math.ceil(math.log(value) / math.log(GROWTH))
            counts[bucket] = counts.get(bucket, 0) + max(1, successes // 200)
        times = ResponseTimes(
            count=successes,
            mean=sum(quantiles) / 200,
            trimmed_log_mean=math.log(median),
            min=quantiles[0],
            max=quantiles[-1],
            p50=_percentile(median),
            p95=_percentile(quantiles[189]),
            p99=_percentile(quantiles[197]) if successes >= 500 else _percentile(quantiles[197], high=False),
        )
    return EndpointStatistics(
        endpoint=endpoint,
        requests=requests,
        failures=failures,
        response_times=times,
        throughput=successes / measured,
        request_rate=requests / measured,
        bytes_received=requests * 512,
        statuses={200: successes} | ({503: failures} if failures else {}),
        failure_messages=(FailureCount(message=message or "503 Service Unavailable", count=failures),)
        if failures
        else (),
        histogram=Histogram(
            growth=GROWTH, buckets=tuple(sorted(counts)), counts=tuple(counts[key] for key in sorted(counts))
        ),
        blocks=tuple(_block(index, requests // 11, median) for index in range(11)),
    )


def _percentile(value: float, *, high: bool = True) -> Percentile:
    return Percentile(value=value, low=value * 0.96, high=value * 1.05 if high else None, confidence=0.95)


def _block(index: int, requests: int, median: float) -> Block:
    return Block(
        start=index * 10, duration=10, requests=requests, failures=0, p50=median, p95=median * 1.6, p99=median * 2,
        mean=median * 1.05, log_sum=requests * math.log(median), log_square_sum=requests * math.log(median) ** 2,
    )  # fmt: skip


def _normal(probability: float) -> float:
    """Quantile of the standard normal distribution, by the logistic approximation; only the form matters here."""
    return math.log(probability / (1 - probability)) / 1.702


def change(
    metric: Metric,
    endpoint: str = "total",
    *,
    relative: float = 0.004,
    kind: Kind = Kind.UNCHANGED,
    half_width: float = 0.03,
    baseline: float = 0.052,
    gated: bool = True,
    tolerance: bool = True,
) -> Change:
    better, worse = (-half_width, half_width) if METRICS[metric].lower_is_better else (half_width, -half_width)
    return Change(
        endpoint=endpoint, metric=metric, baseline=baseline, candidate=baseline * (1 + relative), absolute=False,
        change=relative, bound_better=relative + better, bound_worse=relative + worse, kind=kind,
        tolerance=TOLERANCES.get(metric) if tolerance else None, gated=gated, runs=12, spread=0.021,
        spread_from="history", smallest_detectable=0.041 if metric is Metric.P50 else 0.072,
    )  # fmt: skip


def timeline(seconds: int = 120, *, users: int = 10, median: float = 0.037) -> Timeline:
    wave = [1 + 0.25 * math.sin(second / 7) + (0.6 if second % 41 == 40 else 0) for second in range(seconds)]
    return Timeline(
        step=1,
        warm_up=10,
        users=tuple(min(users, 2 * (second + 1)) for second in range(seconds)),
        requests=tuple(2 if second != 60 else 0 for second in range(seconds)),
        failures=tuple(1 if second in {59, 61} else 0 for second in range(seconds)),
        p50=tuple(None if second == 60 else median * factor for second, factor in enumerate(wave)),
        p95=tuple(None if second == 60 else median * factor * 1.6 for second, factor in enumerate(wave)),
        p99=tuple(None if second == 60 else median * factor * 2 for second, factor in enumerate(wave)),
    )


def rows(
    factor: float = 1.0, *, compared: bool = True, names: Sequence[tuple[str, str, float, float]] = ENDPOINTS
) -> list[Row]:
    """Total and every endpoint, `factor` times as slow as the baseline; nothing judged as moved."""
    made = []
    for endpoint, part, median in [(None, 1.0, 0.037), *((Endpoint(method=m, name=n), p, t) for m, n, p, t in names)]:
        label = endpoint.label if endpoint else "total"
        made.append(
            Row(
                label=label,
                presence="both" if compared else "only",
                candidate=statistics(endpoint, requests=round(5390 * part), median=median * factor),
                baseline=statistics(endpoint, requests=round(5401 * part), median=median) if compared else None,
                verdict=Verdict.PASS,
                changes=tuple(change(metric, label) for metric in TOLERANCES) if compared else (),
            )
        )
    return made


def with_change(rows_: list[Row], changed: Change, verdict: Verdict) -> list[Row]:
    """The same rows with this change in the place of its metric's, that endpoint first after the total."""
    result = []
    for row in rows_:
        if row.label == changed.endpoint:
            changes = tuple(changed if each.metric is changed.metric else each for each in row.changes)
            result.append(row.model_copy(update={"changes": changes, "verdict": verdict}))
        else:
            result.append(row)
    return [result[0], *sorted(result[1:], key=lambda each: -each.verdict.rank)]


def budget(text: str, metric: Metric, limit: float, value: float | None, endpoint: str | None = None) -> Checked:
    used = None if value is None else value / limit
    status = "unknown" if used is None else "met" if used < 1 else "broken"
    return Checked(
        budget=Budget(endpoint=endpoint, metric=metric, comparison="<", limit=limit, text=text),
        value=value, used=used, status=status,
    )  # fmt: skip


BUDGETS = (budget("p95 < 60s", Metric.P95, 60, 0.059), budget("error_ratio < 1%", Metric.ERROR_RATIO, 0.01, 0.0))


def scenario(
    *,
    name: str = "baseline",
    rows_: Sequence[Row] | None = None,
    reasons: Sequence[Reason] = (),
    budgets: Sequence[Checked] = BUDGETS,
    runs: int = 12,
    **others: Any,
) -> ScenarioJudgement:
    made = list(rows() if rows_ is None else rows_)
    values: dict[str, Any] = {
        "measurement_id": "20261123-182500-a1b2c3",
        "verdict": worst([Verdict.PASS, *(reason.verdict for reason in reasons)]),
        "reasons": tuple(reasons),
        "notes": (),
        "scenario": Scenario(
            name=name, profile="baseline", digest="5c" * 32, users=10, spawn_rate=2, duration=120, warm_up=10,
            traffic="declared", declared=(),
        ),
        "subject": Subject(commit="9fceb02d0ae598e95dc970b74767f19372d61af8", branch="feature/tickets", dirty=False),
        "fingerprint": Fingerprint(
            cpu_model="AMD EPYC 7763 64-Core Processor", cores=4, memory=16 * 2**30, system="Linux x86_64",
            kernel="6.11.0-1018", python="3.11.9", perfgate="0.1.0", locust="2.47.0",
            scenario_digest="5c" * 32, stack_digest="7d" * 32,
        ),
        "stack": Stack(
            kind=StackKind.COMPOSE, target="http://api:8000", digest="7d" * 32, seconds_to_ready=14.2, faults=(),
            services=(Service(name="api", image_digest="sha256:" + "ab" * 32), Service(name="redis")),
        ),
        "load": Load(
            locust_version="2.47.0", started_at=NOW - timedelta(minutes=3), planned=120, warm_up=10, measured=110,
            users_wanted=10, users_reached=10, complete=True, ended_because="duration", locust_exit_code=0,
            generator=GeneratorHealth(
                samples=110, cpu_mean=0.12, cpu_max=0.31, busy_share=0.0, loop_lag_p50=0.0002, loop_lag_p90=0.0011,
                loop_lag_p99=0.004,
            ),
            requests_lost=0,
        ),
        "timeline": timeline(),
        "provenance": Provenance(
            runs=runs,
            newest_id="20261121-090000-d4e5f6" if runs else None,
            newest_commit="4b825dc642cb6eb9a060e54bf8d69288fbee4904" if runs else None,
            newest_at=NOW - timedelta(days=2, hours=9) if runs else None,
            oldest_at=NOW - timedelta(days=30) if runs else None,
            differences=(),
        ),
        "rows": tuple(made),
        "budgets": tuple(budgets),
        "waivers": (),
        "trend": trend(runs),
    }  # fmt: skip
    judged = ScenarioJudgement(**(values | others))
    return judged.model_copy(update={"criteria": acceptance(judged, tuple(TOLERANCES.values()))})


def trend(runs: int) -> tuple[StoredRun, ...]:
    """Stored runs, the last the newest, each a little slower than the one before but for one quick day."""
    return tuple(
        StoredRun(
            id=f"202611{index:02}-090000-d4e5f6", measured_at=NOW - timedelta(days=2 * (runs - index)),
            commit="4b" * 20, accepted=False,
            figures={
                Metric.P50: 0.034 + index * 0.0002, Metric.P95: 0.050 if index == 5 else 0.056 + index * 0.0004,
                Metric.THROUGHPUT: 49.3 - index * 0.02,
            },
        )
        for index in range(runs)
    )  # fmt: skip


def judgement(*scenarios: ScenarioJudgement, **others: Any) -> Judgement:
    verdict = worst(each.verdict for each in scenarios)
    values: dict[str, Any] = {
        "perfgate": "0.1.0", "judged_at": NOW, "verdict": verdict,
        "blocks": verdict is Verdict.FAIL, "block_on": "fail",
        "event": "pull_request", "branch": "feature/tickets", "seconds": 171.0, "scenarios": scenarios,
        "confidence_fail": 0.99, "confidence_pass": 0.95,
    }  # fmt: skip
    return Judgement(**(values | others))


def passed() -> Judgement:
    return judgement(scenario())


def faster() -> Judgement:
    moved = change(Metric.P95, "GET /metrics", relative=-0.18, kind=Kind.IMPROVED, baseline=0.022)
    note = Note(code=NoteCode.FASTER, endpoint="GET /metrics", metric=Metric.P95, facts={"change": -0.18})
    return judgement(scenario(rows_=with_change(rows(), moved, Verdict.PASS), notes=(note,)))


def broken_budget() -> Judgement:
    broken = budget("GET /health: p99 < 50ms", Metric.P99, 0.05, 0.0751, "GET /health")
    reason = Reason(
        code=ReasonCode.BUDGET, verdict=Verdict.FAIL, endpoint="GET /health", metric=Metric.P99,
        facts={"budget": "GET /health: p99 < 50ms", "text": "GET /health: p99 < 50ms", "value": 0.0751, "limit": 0.05,
               "used": 1.502},
    )  # fmt: skip
    made = rows()
    made[1] = made[1].model_copy(update={"verdict": Verdict.FAIL})
    return judgement(scenario(rows_=made, reasons=[reason], budgets=[broken, *BUDGETS]))


def regression_reason(endpoint: str = "GET /health", relative: float = 0.231) -> Reason:
    return Reason(
        code=ReasonCode.REGRESSION, verdict=Verdict.FAIL, endpoint=endpoint, metric=Metric.P95,
        facts={
            "change": relative, "bound_better": relative - 0.05, "bound_worse": relative + 0.05, "baseline": 0.060,
            "candidate": 0.060 * (1 + relative), "tolerance": 0.10,
        },
    )  # fmt: skip


def regressed(name: str = "baseline") -> ScenarioJudgement:
    moved = change(Metric.P95, "GET /health", relative=0.231, kind=Kind.REGRESSED, baseline=0.060, half_width=0.05)
    return scenario(name=name, rows_=with_change(rows(), moved, Verdict.FAIL), reasons=[regression_reason()])


def regression() -> Judgement:
    return judgement(regressed(), rules=Rules(branch="main", why_own=None))


def more_errors() -> Judgement:
    reason = Reason(
        code=ReasonCode.ERRORS_ROSE, verdict=Verdict.FAIL, endpoint="GET /health", metric=Metric.ERROR_RATIO,
        facts={"change": 0.0312, "worsening": 0.0312, "baseline": 0.0, "candidate": 0.0312, "tolerance": 0.005},
    )  # fmt: skip
    made = rows()
    failing = statistics(Endpoint(method="GET", name="/health"), requests=3171, median=0.037, failures=99)
    made[1] = made[1].model_copy(update={"verdict": Verdict.FAIL, "candidate": failing})
    return judgement(scenario(rows_=made, reasons=[reason]))


def perhaps_broken_budget() -> Judgement:
    """So few requests that chance may have done it."""
    found = broken_budget().scenarios[0]
    reason = found.reasons[0].model_copy(update={"verdict": Verdict.CONDITIONAL})
    made = [
        row.model_copy(update={"verdict": min(row.verdict, Verdict.CONDITIONAL, key=lambda each: each.rank)})
        for row in found.rows
    ]
    return judgement(scenario(rows_=made, reasons=[reason], budgets=found.budgets))


def side_by_side() -> Judgement:
    """A regression that fresh starts have confirmed."""
    found = regressed()
    base = Subject(commit="4b825dc642cb6eb9a060e54bf8d69288fbee4904", branch="main", dirty=False)
    beside = SideBySideProvenance(base=base, pairs=(42, 20), block=1.2, seconds=148.8)
    provenance = found.provenance.model_copy(update={"runs": 0, "newest_at": None, "side_by_side": beside})
    return judgement(found.model_copy(update={"provenance": provenance, "trend": ()}))


def by_reference() -> Judgement:
    """A regression by the ratios to a pinned release, which fresh starts have shown again."""
    found = regressed()
    reference = ReferenceProvenance(name="v1.2.0", commit="a" * 40, pairs=(49, 49), block=1.2, other_references=3)
    notes = (
        Note(
            code=NoteCode.CREEP, endpoint="total", metric=Metric.P50,
            facts={"reference": "v1.2.0", "commit": "a" * 40, "change": 0.09, "low": 0.06, "high": 0.12},
        ),
        Note(
            code=NoteCode.LEVEL_CHANGED, endpoint="total", metric=Metric.P50,
            facts={"change": 0.052, "since": "2026-11-02", "commit": "b" * 40, "runs": 12, "reference": "v1.2.0"},
        ),
    )  # fmt: skip
    provenance = found.provenance.model_copy(update={"reference": reference})
    return judgement(found.model_copy(update={"provenance": provenance, "notes": notes}))


def broken_stack() -> Judgement:
    log = "INFO  started\nERROR could not connect\n\x1b[31mFATAL\x1b[0m ```\n</details><script>alert(1)</script>"
    fault = StackFault(service="api", kind="oom-killed", at=63.0, detail="exit code 137", log_tail=log)
    reason = Reason(
        code=ReasonCode.STACK_BROKE, verdict=Verdict.FAIL,
        facts={"service": "api", "kind": "oom-killed", "at": 63.0, "detail": "exit code 137"}, evidence=log,
    )  # fmt: skip
    stack = scenario().stack.model_copy(update={"faults": (fault,)})
    return judgement(scenario(reasons=[reason], stack=stack))


def first_run() -> Judgement:
    reason = Reason(code=ReasonCode.NO_BASELINE, verdict=Verdict.CONDITIONAL, facts={"other_loads": 0})
    notes = (
        Note(code=NoteCode.LOOSE_BUDGET, metric=Metric.P95, facts={"text": "p95 < 60s", "used": 0.00098}),
        Note(code=NoteCode.NO_WARM_UP),
    )
    return judgement(scenario(rows_=rows(compared=False), reasons=[reason], runs=0, notes=notes))


def waived() -> Judgement:
    waiver = Waiver(
        metric=Metric.P95, endpoint="GET /health", up_to=0.25, reason="signature check rewritten, accepted in review",
        issue="#123", expires=date(2026, 12, 31),
    )  # fmt: skip
    reason = Reason(
        code=ReasonCode.WAIVED, verdict=Verdict.CONDITIONAL, endpoint="GET /health", metric=Metric.P95,
        facts={"up_to": 0.25, "reason": waiver.reason, "issue": "#123", "expires": "2026-12-31", "change": 0.231},
    )  # fmt: skip
    moved = change(Metric.P95, "GET /health", relative=0.231, kind=Kind.REGRESSED, baseline=0.060, half_width=0.05)
    made = with_change(rows(), moved, Verdict.CONDITIONAL)
    return judgement(scenario(rows_=made, reasons=[reason], waivers=(waiver,)))


def accepted() -> Judgement:
    """By people, for this change alone; and judged by the settings of the branch that it goes to."""
    by_comment = {
        "how": "comment",
        "by": "ada",
        "reason": "the signature is checked now",
        "up_to": 0.25,
        "change": 0.231,
    }
    reason = Reason(
        code=ReasonCode.WAIVED, verdict=Verdict.CONDITIONAL, endpoint="GET /health", metric=Metric.P95, facts=by_comment
    )
    by_label = {"how": "label", "by": None, "reason": "perfgate-accept", "up_to": None, "change": 0.4}
    labelled = Reason(
        code=ReasonCode.WAIVED, verdict=Verdict.CONDITIONAL, endpoint="GET /metrics", metric=Metric.P95, facts=by_label
    )
    said = {"how": "commit", "by": "mallory", "reason": "trust me", "up_to": None}
    notes = (
        Note(code=NoteCode.ACCEPTANCE_REFUSED, metric=Metric.P50, facts={**said, "why": "fork"}),
        Note(code=NoteCode.ACCEPTANCE_REFUSED, facts={**said, "how": "comment", "why": "unreadable"}),
        Note(
            code=NoteCode.ACCEPTANCE_REFUSED,
            metric=Metric.P50,
            facts={**said, "how": "comment", "why": "may-not-write"},
        ),
        Note(code=NoteCode.ACCEPTANCE_UNUSED, metric=Metric.THROUGHPUT, endpoint="GET /health", facts=said),
        Note(code=NoteCode.ACCEPTANCE_UNUSED, facts=by_label),
    )
    moved = change(Metric.P95, "GET /health", relative=0.231, kind=Kind.REGRESSED, baseline=0.060, half_width=0.05)
    made = with_change(rows(), moved, Verdict.CONDITIONAL)
    rules = Rules(branch="main", why_own=None, kept=("budgets", "waivers"), taken=("stack", "scenarios.peak (removed)"))
    return judgement(scenario(rows_=made, reasons=[reason, labelled], notes=notes), rules=rules)


def own_rules() -> Judgement:
    """The first pull request that brings settings."""
    return judgement(scenario(), rules=Rules(branch="main", why_own="absent"))


CONDITIONAL_FACTS: dict[ReasonCode, dict[str, Any]] = {
    ReasonCode.INCONCLUSIVE: {
        "facts": {
            "comparisons": 2, "worst_endpoint": "GET /health", "worst_metric": "p95", "spread": 0.06,
            "spread_from": "history", "runs": 4, "runs_needed": 4, "smallest_detectable": 0.17,
        },
    },
    ReasonCode.WARNING: {
        "endpoint": "GET /health", "metric": Metric.P95,
        "facts": {"change": 0.062, "warn": 0.05, "baseline": 0.060, "candidate": 0.0637},
    },
    ReasonCode.NOT_COVERED: {
        "facts": {"label": "POST /webhooks/{source}", "why": "required, and not requested"},
    },
    ReasonCode.ENDPOINT_VANISHED: {"endpoint": "GET /old", "facts": {"label": "GET /old"}},
    ReasonCode.ANSWERS_DIFFER: {
        "endpoint": "GET /health", "facts": {"bytes": 24, "before": 1380, "others": 2, "stored": 12},
    },
    ReasonCode.CREEP: {
        "endpoint": "total", "metric": Metric.P50,
        "facts": {
            "reference": "v1.2.0", "commit": "a" * 40, "change": 0.34, "low": 0.31, "high": 0.37, "tolerance": 0.15,
            "endpoints": 0,
        },
    },
    ReasonCode.BASE_BROKE: {"facts": {"service": None, "requests": 612, "failures": 612}},
    ReasonCode.UNCONFIRMED: {
        "endpoint": "GET /health", "metric": Metric.P95, "facts": {"change": 0.112, "again": 0.013},
    },
    ReasonCode.SIGNATURE_REFUSED: {
        "endpoint": "POST /webhooks/{source}",
        "facts": {
            "finding": "reserialised", "status": 401, "refused": 240, "requests": 240, "style": "{spaces: true}",
            "style_setting": "json_style: {spaces: true}", "wrongly": None, "clock_off": 0.2,
        },
        "evidence": "{} rightly signed: 400\nanswer: signature does not match the body",
    },
    ReasonCode.JOURNEY_FAILED: {
        "endpoint": "JOURNEY webhook to ticket",
        "facts": {"label": "JOURNEY webhook to ticket", "failures": 3, "requests": 41},
        "evidence": "3 times: not done within 20 s",
    },
    ReasonCode.NOISY_RUNNER: {"facts": {"overlapping": 31, "requests": 612}},
    ReasonCode.IDLE_SIDE_BUSY: {"facts": {"base": 0.004, "head": 0.31, "busier": "head"}},
    ReasonCode.GENERATOR_SATURATED: {"facts": {"cpu_max": 0.998, "busy_share": 0.41, "loop_lag_p90": 0.0312}},
    ReasonCode.LOAD_NOT_REACHED: {"facts": {"wanted": 10, "reached": 6}},
    ReasonCode.RECORDING_INCOMPLETE: {"facts": {"lost": 17, "ended_because": "locust-quit"}},
    ReasonCode.TOO_FEW_REQUESTS: {"endpoint": "GET /health", "facts": {"requests": 29, "needed": 60, "metric": "p95"}},
    ReasonCode.ENVIRONMENT_DIFFERS: {"facts": {"differences": "cpu_model: Intel Xeon 8370C -> AMD EPYC 7763"}},
    ReasonCode.NOTHING_CHECKED: {},
}  # fmt: skip


def conditional(code: ReasonCode) -> Judgement:
    """By one of the reasons in `CONDITIONAL_FACTS`, with a change that fits where there is one."""
    reason = Reason(code=code, verdict=Verdict.CONDITIONAL, **CONDITIONAL_FACTS[code])
    made = rows()
    others: dict[str, Any] = {}
    match code:
        case ReasonCode.INCONCLUSIVE:
            moved = change(
                Metric.P95, "GET /health", relative=0.06, half_width=0.14, kind=Kind.INCONCLUSIVE, baseline=0.060
            )
            made = with_change(made, moved, Verdict.CONDITIONAL)
        case ReasonCode.WARNING:
            moved = change(Metric.P95, "GET /health", relative=0.062, baseline=0.060)
            made = with_change(made, moved, Verdict.CONDITIONAL)
        case ReasonCode.UNCONFIRMED:
            moved = change(
                Metric.P95, "GET /health", relative=0.112, half_width=0.06, kind=Kind.INCONCLUSIVE, baseline=0.060
            )
            made = with_change(made, moved, Verdict.CONDITIONAL)
        case ReasonCode.NOT_COVERED:
            others = {"coverage": Coverage(demands=demands({"POST /webhooks/{source}": 0, "GET /health": 3171}))}
        case ReasonCode.ENDPOINT_VANISHED:
            gone = statistics(Endpoint(method="GET", name="/old"), requests=400, median=0.020)
            made.insert(1, Row(label="GET /old", presence="vanished", candidate=None, baseline=gone,
                               verdict=Verdict.CONDITIONAL, changes=()))  # fmt: skip
        case ReasonCode.NOTHING_CHECKED:
            made, others = rows(compared=False), {"runs": 0, "budgets": ()}
        case _:
            pass
    return judgement(scenario(rows_=made, reasons=[reason], **others))


def demands(met: Mapping[str, int]) -> tuple[DemandMet, ...]:
    return tuple(
        DemandMet(demand=Demand(text=text), requests=many, met_by=many, scenarios=("baseline",) if many else ())
        for text, many in met.items()
    )


def several_scenarios() -> Judgement:
    unclear = conditional(ReasonCode.INCONCLUSIVE).scenarios[0]
    burst = unclear.model_copy(update={"scenario": unclear.scenario.model_copy(update={"name": "burst"})})
    return judgement(regressed("peak"), burst, scenario())


def many_endpoints(number: int = 500, *, longer: int = 0) -> Judgement:
    """Every third endpoint regressed, all with long names, and longer by so many characters."""
    path = "/api/v1/organisations/{organisation}/projects/{project}/things-" + "x" * longer
    names = [("GET", f"{path}{index}", 1 / number, 0.02 + index / 1e4) for index in range(number)]
    made, reasons = rows(names=names), []
    for index in range(0, number, 3):
        label = made[index + 1].label
        moved = change(Metric.P95, label, relative=0.2 + index / 1000, kind=Kind.REGRESSED, half_width=0.05)
        changes = tuple(moved if each.metric is Metric.P95 else each for each in made[index + 1].changes)
        made[index + 1] = made[index + 1].model_copy(update={"changes": changes, "verdict": Verdict.FAIL})
        reasons.append(regression_reason(label, 0.2 + index / 1000))
    ordered = [made[0], *sorted(made[1:], key=lambda row: -row.verdict.rank)]
    return judgement(scenario(rows_=ordered, reasons=reasons))


HOSTILE = (
    "/a|b|c",
    "/`code` ``and`` ```fence```",
    "/<script>alert('x')</script></details><img src=x onerror=alert(1)>",
    "/line\nbreak\r\n# heading\n| a | b |",
    "/@everyone @octocat #1 GH-1 https://evil.example www.evil.example",
    "/**bold** _it_ ~~no~~ [link](https://evil.example) ![image](https://evil.example/x.png) $x^2$ <!-- comment -->",
    "/\u202egnp.exe \x1b[31mred\x1b[0m \x00nul \u2028line",
    "/trailing\\",
    "/a\\|b ` --> ]]> {{ 7 * 7 }} {% raw %}",
    "/" + "x" * 1000,
    "=cmd|' /C calc'!A0",
)


def hostile_coverage() -> Coverage:
    operations = tuple(
        OperationCovered(
            operation=Operation(method="GET", path=path, statuses=("200",)), labels=(), requests=0, succeeded=0,
            seen=(), unseen=("200",), undocumented=(),
        )
        for path in HOSTILE
    )  # fmt: skip
    asked = demands(dict.fromkeys(HOSTILE[:3], 0) | dict.fromkeys(HOSTILE[3:], 1))
    return Coverage(demands=asked, document=HOSTILE[2], operations=operations, unknown=HOSTILE)


def hostile() -> Judgement:
    """Every foreign text tries to be more than text."""
    made = rows(names=[("GET", name, 1 / len(HOSTILE), 0.03) for name in HOSTILE])
    reasons = []
    for index, row in enumerate(made[1:], start=1):
        moved = change(Metric.P95, row.label, relative=0.3, kind=Kind.REGRESSED, half_width=0.05)
        candidate = statistics(row.candidate.endpoint, requests=400, median=0.03, failures=3, message=row.label)
        made[index] = row.model_copy(update={"changes": (moved,), "verdict": Verdict.FAIL, "candidate": candidate})
        reasons.append(regression_reason(row.label, 0.3))
    everything = "".join(HOSTILE[:9])
    reasons.append(
        Reason(code=ReasonCode.STACK_BROKE, verdict=Verdict.FAIL, evidence=everything,
               facts={"service": everything, "kind": "exited", "at": 3, "detail": everything})
    )  # fmt: skip
    whole = scenario(
        name=HOSTILE[2], rows_=made, reasons=reasons, coverage=hostile_coverage(),
        budgets=[budget(everything, Metric.P95, 0.01, 0.02)],
    )  # fmt: skip
    provenance = whole.provenance.model_copy(update={"newest_commit": HOSTILE[2], "differences": HOSTILE[:2]})
    return judgement(whole.model_copy(update={"provenance": provenance}), branch=HOSTILE[4], event=HOSTILE[2])


SITUATIONS = {
    "pass": passed,
    "faster": faster,
    "fail-budget": broken_budget,
    "fail-regression": regression,
    "fail-stack": broken_stack,
    "fail-errors": more_errors,
    "fail-side-by-side": side_by_side,
    "fail-by-reference": by_reference,
    "conditional-budget": perhaps_broken_budget,
    "first-run": first_run,
    "waived": waived,
    "accepted": accepted,
    "own-rules": own_rules,
    "several": several_scenarios,
    "hostile": hostile,
    **{f"conditional-{code.value}": (lambda code=code: conditional(code)) for code in CONDITIONAL_FACTS},
}
