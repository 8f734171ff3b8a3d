import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.errors import SettingsError
from perfgate.records.criteria import Budget, Tolerance
from perfgate.records.metric import Metric
from perfgate.settings.model import File
from perfgate.settings.reading import read_file
from perfgate.settings.schema import json_schema

GOOD = """\
version: 1
stack:
  compose: {files: [docker-compose.yml], env: {LLM_URL: "http://llm:9000"}}
  process:
    target: http://127.0.0.1:8000
    commands: {api: {run: [python, app.py], env: {A: b}, ready: {path: /health}}}
  target: http://api:8000
  ready: {path: /health, within: 120s}
scenarios:
  baseline:
    profile: baseline
    duration: 2m
    warm_up: 10s
    traffic:
      wait: 3s..7s
      requests:
        - {get: /health, weight: 10}
        - {method: POST, path: "/tickets/{id}", json: {a: "{id}"}, values: {id: 1..100}}
  peak: {profile: peak, locustfile: perf/tickets.py, tags: [fast]}
budgets:
  - p95 < 60s
  - success_rate > 99%
  - "POST /webhooks/{source}: p99 < 800ms"
  - requests >= 1_000
  - throughput > 10/s
tolerances:
  p50: 5%
  p95: {fail: 10%, warn: 5%, at_least: 2ms}
  error_ratio: 0.5pp
  "GET /health: p95": 50%
coverage: {require: ["POST /webhooks/{source}"]}
waivers:
  - {metric: p95, endpoint: "POST /x", up_to: 25%, reason: accepted, issue: "#123", expires: 2026-12-31}
policy:
  pull_request: {scenarios: [baseline], compare: stored, block_on: fail, time_limit: 5m}
  release/*: {block_on: conditional}
baseline: {store: .perfgate/baselines, keep: 50}
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_file(text, "perfgate.yml")
    return caught.value.message.splitlines()


def test_values_are_in_base_units() -> None:
    file = read_file(GOOD, "perfgate.yml")
    assert file.scenarios["baseline"].duration == 120
    assert file.scenarios["baseline"].traffic is not None
    assert file.scenarios["baseline"].traffic.wait == (3, 7)
    assert [request.method for request in file.scenarios["baseline"].traffic.requests] == ["GET", "POST"]
    assert file.budgets[2] == Budget(
        endpoint="POST /webhooks/{source}",
        metric=Metric.P99,
        comparison="<",
        limit=0.8,
        text="POST /webhooks/{source}: p99 < 800ms",
    )
    assert [budget.limit for budget in file.budgets] == [60, 0.99, 0.8, 1000, 10]
    assert file.tolerances is not None
    assert file.tolerances[1] == Tolerance(metric=Metric.P95, fail=0.1, warn=0.05, at_least=0.002)
    assert file.tolerances[3].endpoint == "GET /health"
    assert file.waivers[0].up_to == 0.25


def test_what_reads_also_fits_the_schema() -> None:
    document = json.loads(json.dumps(yaml.safe_load(GOOD), default=str))
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(document, json_schema())


def test_every_mistake_is_listed_with_its_line() -> None:
    wrong = (
        GOOD.replace("duration: 2m", "durations: 2m")
        .replace("within: 120s", "within: soon")
        .replace("weight: 10", "weigth: 10")
        .replace("profile: peak", "profile: peek")
        .replace("p95 < 60s", "p95 < 60")
        .replace("block_on: fail", "block_on: fial")
        .replace("scenarios: [baseline]", "scenarios: [basline]")
    )
    assert mistakes(wrong) == [
        "perfgate.yml:8: stack.ready.within: 'soon' is no duration: write it with its unit, as 90s, 2m30s or 800ms",
        'perfgate.yml:12: scenarios.baseline.durations: unknown key; did you mean "duration"?',
        'perfgate.yml:17: scenarios.baseline.traffic.requests[0].weigth: unknown key; did you mean "weight"?',
        "perfgate.yml:19: scenarios.peak.profile: there is no profile 'peek'; did you mean \"peak\"?",
        "perfgate.yml:21: budgets[0]: '60' is no duration: write it with its unit, as 90s, 2m30s or 800ms",
        "perfgate.yml:35: policy.pull_request.block_on: input should be 'fail', 'conditional' or 'never'",
    ]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("wait: 3s..7s", "wait: 7s..3s", "the longer wait comes second"),
        ("wait: 3s..7s", "wait: {}", "is no waiting time"),
        ("warm_up: 10s", "warm_up: 2m", "nothing would be measured"),
        ("locustfile: perf/tickets.py", "warm_up: 5s", "give either `traffic` or `locustfile`"),
        ("profile: baseline", "profile: baseline\n    tags: [x]", "declared traffic has none"),
        ("profile: baseline", "profile: zzz", "known are: baseline, peak, burst, endurance"),
        ("profile: peak", "profile: peak, users: 3, stages: [{duration: 1s, users: 1, spawn_rate: 1}]", "`stages` say"),
        ("scenarios: [baseline]", "scenarios: [basline]", "there is no scenario 'basline'; did you mean \"baseline\"?"),
        ("http://api:8000", "api:8000", "is no base URL"),
        ("  target: http://api:8000\n", "", "`target` is missing"),
        ("{get: /health, weight: 10}", "{get: /health, post: /x}", "give one method and one path"),
        ("{get: /health, weight: 10}", "{get: /health, json: 1, body: x}", "give either `json` or `body`"),
        ("{get: /health, weight: 10}", "just text", "valid dictionary"),
        ("p95 < 60s", "p95 60s", "is no budget"),
        ("p95 < 60s", "p96 < 60s", "there is no metric 'p96'"),
        ("p95 < 60s", "'health: p95 < 60s'", "is no endpoint"),
        ("p95 < 60s", "7", "is no budget"),
        ("requests >= 1_000", "requests >= many", "is no count"),
        ("p50: 5%", "p50: {fial: 5%}", "unknown key 'fial'; did you mean \"fail\"?"),
        ("p50: 5%", "p50: {warn: 5%}", "`fail` is missing"),
        ("p50: 5%", "p50: {fail: 5%, warn: 6%}", "between 0 and `fail`"),
        ("p50: 5%", "p50: {fail: 5%, warn: 5%}", "between 0 and `fail`"),
        ("p50: 5%", "requests: 5%", "grows with the length"),
        ("tolerances:\n  p50: 5%", "tolerances: 5%\nx-rest:\n  p50: 5%", "tolerances are a mapping"),
        ("compare: stored", "compare: pairs", "input should be 'stored', 'paired', 'both' or 'auto'"),
        ("version: 1", "version: 2", "input should be 1"),
        ("expires: 2026-12-31", "expires: someday", "valid date"),
        ("reason: accepted, ", "", "`reason` is missing"),
        ("version: 1", "version: 1\nversion: 1", "this key stands here twice"),
        ("version: 1", "version: 1\n? [a]\n: b", "a key must be a plain word"),
        ("version: 1", "version: 1\ntelemetry: {container: true}", 'unknown key; did you mean "containers"?'),
        ("version: 1", "version: 1\ntelemetry: {probes: {depth: {every: 1s}}}", "give either `service` and `exec`, or"),
        ("version: 1", "version: 1\ntelemetry: {probes: {depth: {exec: [date]}}}", "belong together"),
        (
            "version: 1",
            "version: 1\ntelemetry: {prometheus: [{url: /a}, {url: /b}]}",
            "another page is called 'target'",
        ),
        ("version: 1", "version: 1\ntelemetry: {queues: {jobs: {depth: probe dept}}}", "no probe called 'dept'"),
        ("version: 1", "version: 1\ntelemetry: {queues: {jobs: {depth: depth}}}", "is no series: write it as"),
        ("requests >= 1_000", "probe depth: max < 5", "no probe called 'depth'"),
        ("requests >= 1_000", "container api: heap max < 5MiB", "a container has no series 'heap'"),
        ("requests >= 1_000", "container api: memory max < 5", "does not fit memory, which is in bytes"),
        ("requests >= 1_000", "container api: memory growth < 5MiB", "write it with its time, as 5MiB/min"),
        ("requests >= 1_000", "container api: memory most < 5MiB", "a series has no statistic 'most'"),
        ("keep: 50", "keep: !!python/name:os.system x", "cannot be read as a value"),
    ],
)
def test_each_mistake_has_its_sentence(before: str, after: str, said: str) -> None:
    assert before in GOOD
    found = mistakes(GOOD.replace(before, after, 1))
    assert any(said in line for line in found), found
    assert all(line.startswith("perfgate.yml:") for line in found)


def test_a_mistake_in_the_schema_too() -> None:
    document = json.loads(json.dumps(yaml.safe_load(GOOD), default=str))
    document["scenarios"]["baseline"]["durations"] = "2m"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema())


@pytest.mark.parametrize(
    ("text", "said"), [("a: [", "this is not YAML"), ("- a", "no mapping"), ("", "no mapping"), ("\x00", "YAML")]
)
def test_what_is_no_settings_file(text: str, said: str) -> None:
    assert said in mistakes(text)[0]


def test_an_alias_bomb_is_refused() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    assert any("aliases repeat too much" in line for line in mistakes(bomb))


def test_an_alias_of_itself_is_refused() -> None:
    assert any("too deep" in line for line in mistakes("a: &a [*a]"))


FRAGMENTS = st.sampled_from(
    [
        "version: 1",
        "stack:",
        "  compose: {}",
        "  target: http://a",
        "scenarios:",
        "  b:",
        "    traffic: {requests: []}",
        "budgets: [p95 < 1s]",
        "- x",
        "? y",
        "&a",
        "*a",
        "{",
        "]",
        "tolerances: {p95: 5%}",
        "'",
        "!!binary x",
        "2026-99-99",
        "\t",
        "1e999",
        "~",
    ]
)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=200), st.lists(FRAGMENTS, max_size=12).map("\n".join)))
def test_any_text_is_a_file_or_a_clear_error(text: str) -> None:
    try:
        assert isinstance(read_file(text, "f.yml"), File)
    except SettingsError as error:
        assert error.message.startswith("f.yml:")
        assert error.remedy


def test_the_file_of_the_example_reads() -> None:
    example = Path(__file__).parents[3] / "examples" / "tickets" / "perfgate.yml"
    assert set(read_file(example.read_text(), "perfgate.yml").scenarios) >= {"baseline", "peak", "burst", "endurance"}


def test_a_budget_of_an_endpoint_needs_no_quotes() -> None:
    quoted = read_file(EXAMPLE + 'budgets: ["GET /health: p95 < 1s"]\n', "perfgate.yml")
    plain = read_file(EXAMPLE + "budgets:\n  - GET /health: p95 < 1s\n", "perfgate.yml")
    assert plain.budgets == quoted.budgets
    assert plain.budgets[0].endpoint == "GET /health"


def test_a_budget_of_the_total_and_one_in_whole_requests() -> None:
    file = read_file(EXAMPLE + 'budgets: ["total: p95 < 1s", "total: requests > 1_000"]\n', "perfgate.yml")
    assert [(each.endpoint, each.limit) for each in file.budgets] == [(None, 1.0), (None, 1000.0)]
    with pytest.raises(SettingsError, match="is no budget"):
        read_file(EXAMPLE + "budgets: [{GET /a: p95 < 1s, GET /b: p95 < 1s}]\n", "perfgate.yml")


EXAMPLE = """
stack: {external: {}, target: "http://127.0.0.1:1"}
scenarios: {baseline: {traffic: {requests: [{get: /health}]}}}
"""
