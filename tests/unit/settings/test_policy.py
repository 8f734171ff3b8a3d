import dataclasses
import json
from pathlib import Path

import pytest

from perfgate.errors import SettingsError
from perfgate.records.criteria import BlockOn
from perfgate.settings.criteria import DEFAULT_TOLERANCES
from perfgate.settings.digest import scenario_digest
from perfgate.settings.model import Compare, File
from perfgate.settings.openapi import read_interface
from perfgate.settings.policy import Overrides, RunPolicy, judging_policy, resolve_policy
from perfgate.settings.profiles import PROFILES, resolve
from perfgate.settings.reading import read_file
from perfgate.settings.reference import PARTS, reference_markdown
from perfgate.settings.scenario import Scenario
from perfgate.settings.schema import json_schema
from perfgate.settings.starter import starter

TRAFFIC = "traffic: {requests: [{get: /}]}"


def file(policy: str = "{}") -> File:
    return read_file(
        f"stack: {{external: {{}}, target: 'http://a'}}\n"
        f"scenarios: {{one: {{{TRAFFIC}}}, two: {{{TRAFFIC}}}}}\npolicy: {policy}",
        "f.yml",
    )


def policy(written: str = "{}", *, event: str = "local", branch: str | None = None, **overrides: object) -> RunPolicy:
    return resolve_policy(file(written), event=event, branch=branch, overrides=Overrides(**overrides))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "branch", "block_on", "store"),
    [
        ("local", None, BlockOn.FAIL, True),
        ("pull_request", "feature", BlockOn.FAIL, False),
        ("push", "main", BlockOn.FAIL, True),
        ("schedule", "main", BlockOn.FAIL, True),
        ("push", "release/1.2", BlockOn.CONDITIONAL, True),
        ("pull_request", "release/1.2", BlockOn.CONDITIONAL, False),
        ("workflow_dispatch", "main", BlockOn.FAIL, False),
        ("merge_group", "main", BlockOn.FAIL, False),
        ("workflow_run", "main", BlockOn.FAIL, False),
        ("release", None, BlockOn.CONDITIONAL, False),
    ],
)
def test_defaults(event: str, branch: str | None, block_on: BlockOn, store: bool) -> None:
    found = policy(event=event, branch=branch)
    assert (found.block_on, found.store, found.scenarios) == (block_on, store, ("one", "two"))


@pytest.mark.parametrize(
    ("written", "event", "branch", "store"),
    [
        ("{}", "push", "main", True),
        ("{}", "schedule", "main", True),
        ("{}", "push", "feature", False),
        ("{}", "push", "release/1.2", False),
        ("{}", "push", None, False),
        ("{release/*: {store: true}}", "push", "release/1.2", True),
        ("{push: {store: false}}", "push", "main", False),
        ("{pull_request: {store: true}}", "pull_request", "main", False),
        ("{merge_group: {store: true}}", "merge_group", "main", False),
    ],
)
def test_what_becomes_a_baseline_is_what_is_merged(written: str, event: str, branch: str | None, store: bool) -> None:
    """A branch that somebody tries things on would spoil the history of all others."""
    found = resolve_policy(file(written), event=event, branch=branch, overrides=Overrides(), default_branch="main")
    assert found.store is store
    asked = Overrides(store=True)
    always = resolve_policy(file(written), event=event, branch=branch, overrides=asked, default_branch="main")
    assert always.store is (event not in {"pull_request", "merge_group"})


def test_the_file_counts_before_the_defaults_and_arguments_before_the_file() -> None:
    written = "{push: {block_on: never, scenarios: [one], time_limit: 5m}}"
    assert policy(written, event="push").block_on is BlockOn.NEVER
    assert policy(written, event="push").time_limit == 300
    assert policy(written, event="push", block_on="fail").block_on is BlockOn.FAIL
    assert policy(written, event="push", scenarios=("two",)).scenarios == ("two",)
    assert policy(written, event="push", time_limit=9.0, store=False) == RunPolicy(
        "push", None, ("one",), BlockOn.NEVER, 9.0, store=False
    )


def test_the_most_specific_branch_pattern_counts_and_the_event_fills_in() -> None:
    written = "{'release/*': {block_on: fail}, 'release/1.*': {block_on: never}, push: {scenarios: [two]}}"
    found = policy(written, event="push", branch="release/1.4")
    assert (found.block_on, found.scenarios) == (BlockOn.NEVER, ("two",))
    assert policy(written, event="push", branch="release/2.0").block_on is BlockOn.FAIL


def test_what_is_not_merged_never_becomes_a_baseline() -> None:
    assert policy("{pull_request: {store: true}}", event="pull_request", store=True).store is False


def test_an_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match='did you mean "one"'):
        policy(scenarios=("onne",))


def test_judging_policy_has_default_tolerances_unless_the_file_says_none() -> None:
    assert judging_policy(file()).tolerances == DEFAULT_TOLERANCES
    assert judging_policy(file().model_copy(update={"tolerances": ()})).tolerances == ()


def scenario(**fields: object) -> Scenario:
    return Scenario.model_validate({"traffic": {"requests": [{"get": "/"}]}, **fields})


def test_profiles_are_those_of_the_first_user() -> None:
    shown = {name: (profile.users, profile.spawn_rate, profile.duration) for name, profile in PROFILES.items()}
    assert shown == {
        "baseline": (10, 2, 300),
        "peak": (100, 10, 600),
        "burst": (200, 50, 300),
        "endurance": (50, 5, 1800),
    }
    assert max(stage.users for stage in PROFILES["burst"].stages) == 200


def test_fields_override_the_profile_and_an_argument_overrides_both() -> None:
    chosen = scenario(users=7, spawn_rate="30/min", duration="2m")
    assert dataclasses.astuple(resolve(chosen))[:3] == (7, 0.5, 120)
    assert resolve(chosen, duration=30).duration == 30


def test_a_shape_is_stretched_to_its_duration() -> None:
    profile = resolve(scenario(profile="burst"), duration=30)
    assert profile.duration == 30
    assert sum(stage.duration for stage in profile.stages) == pytest.approx(30)
    assert profile.users == 200


def test_a_warm_up_too_long_for_a_shortened_load_is_shortened_too() -> None:
    assert resolve(scenario(warm_up="10s"), duration=60).warm_up == 10
    assert resolve(scenario(warm_up="10s"), duration=12).warm_up == 2


def test_the_digest_tells_loads_apart_and_nothing_else() -> None:
    def digest(chosen: Scenario, content: bytes | None = None) -> str:
        return scenario_digest(chosen, resolve(chosen), content)

    plain = scenario()
    assert digest(plain) == digest(scenario())
    others = [
        digest(scenario(users=3)),
        digest(scenario(duration="1m")),
        digest(scenario(profile="burst")),
        digest(scenario(traffic={"wait": "1s", "requests": [{"get": "/"}]})),
        digest(plain, b"from locust import User"),
        digest(plain, b"from locust import HttpUser"),
        digest(scenario(env={"A": "b"})),
    ]
    assert len({digest(plain), *others}) == len(others) + 1


COMPOSE = """
services:
  db: {image: postgres, ports: ["5432:5432"]}
  api: {build: ., ports: ["127.0.0.1:18000:8000/tcp"], expose: [9090]}
"""


@pytest.mark.parametrize(
    ("compose", "target"),
    [
        (COMPOSE, "http://api:8000"),
        ("services: {frob: {ports: [{target: 4711}]}}", "http://frob:4711"),
        ("services: {frob: {}}", "http://frob:8000"),
        ("services: [", "http://app:8000"),
        ("- nothing", "http://app:8000"),
        ("services: 3", "http://app:8000"),
        (None, "http://localhost:8000"),
    ],
)
def test_a_starter_file_reads_whatever_it_was_made_from(compose: str | None, target: str) -> None:
    text = starter(compose_name="compose.yaml" if compose else None, compose_text=compose, interface=None)
    read = read_file(text, "perfgate.yml")
    assert read.stack.target == target
    assert "# a guess: a path that answers" in text
    # Its workflow keeps no stored runs, so that a pull request would never be compared with any.
    assert resolve_policy(read, event="pull_request", branch="x", overrides=Overrides()).compare is Compare.PAIRED


def test_a_starter_file_requests_what_the_openapi_document_offers() -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {"/healthz": {"get": {}}, "/tickets": {"get": {}, "post": {}}, "/tickets/{id}": {"get": {}}, "x": 1},
    }
    interface = read_interface(json.dumps(document), "openapi.json")
    read = read_file(starter(compose_name=None, compose_text=None, interface=interface), "perfgate.yml")
    assert read.coverage.openapi == "openapi.json"
    traffic = read.scenarios["baseline"].traffic
    assert traffic is not None
    assert [request.path for request in traffic.requests] == ["/healthz", "/tickets"]
    assert read.stack.ready.path == "/healthz"
    assert "a guess: a path" not in starter(compose_name=None, compose_text=None, interface=interface)


def test_the_reference_page_is_what_the_code_says() -> None:
    page = Path(__file__).parents[3] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == reference_markdown(), (
        "docs/settings.md is out of date: python -m perfgate.settings.reference > docs/settings.md"
    )


def test_every_part_of_the_schema_has_its_table_in_the_reference() -> None:
    parts = {name for name, part in json_schema()["$defs"].items() if part.get("properties")}
    assert parts == {name for name, _, _ in PARTS} - {"File"}
