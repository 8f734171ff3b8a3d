"""Mistakes that no single key shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from perfgate.settings.model import Coverage, EventPolicy
from perfgate.settings.nearest import did_you_mean
from perfgate.settings.part import Part
from perfgate.settings.profiles import PROFILES
from perfgate.settings.scenario import Scenario
from perfgate.settings.stack import Stack
from perfgate.settings.telemetry import Telemetry
from perfgate.settings.telemetry_checks import telemetry_budget_checks, telemetry_checks

Found = tuple[tuple[str | int, ...], str]
AnyPart = TypeVar("AnyPart", bound=Part)

# A scenario's name is also that of a folder below `--out`: it must not lead out of it, nor be that of a document.
SCENARIO_NAME: Final = re.compile(r"\w[\w -]{0,59}", re.ASCII)


def cross_checks(tree: Mapping[str, Any]) -> Iterator[Found]:
    """Over whatever parts of the file are sound by themselves, so that one mistake does not hide another."""
    if (stack := _sound(Stack, tree.get("stack"))) is not None:
        yield from _stack(stack)
    scenarios, policies = _mapping(tree, "scenarios"), _mapping(tree, "policy")
    names = tuple(scenarios)
    for name in names:
        if not SCENARIO_NAME.fullmatch(name):
            yield ("scenarios", name), "a scenario is called by up to 60 letters, digits, `_`, `-` and spaces"
        if (scenario := _sound(Scenario, scenarios[name])) is not None:
            yield from _scenario(name, scenario)
    if (coverage := _sound(Coverage, tree.get("coverage", {}))) is not None:
        yield from _coverage(coverage)
    if (telemetry := _sound(Telemetry, tree.get("telemetry", {}))) is not None:
        yield from telemetry_checks(telemetry)
        yield from telemetry_budget_checks(tree.get("budgets"), telemetry, ("budgets",))
        for name in names:
            own = scenarios[name].get("budgets") if isinstance(scenarios[name], Mapping) else None
            yield from telemetry_budget_checks(own, telemetry, ("scenarios", name, "budgets"))
    for pattern in policies:
        if (policy := _sound(EventPolicy, policies[pattern])) is not None:
            yield from _policy(pattern, policy, names)


def _mapping(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = tree.get(key)
    return value if isinstance(value, Mapping) else {}


def _sound(part: type[AnyPart], value: Any) -> AnyPart | None:
    try:
        return part.model_validate(value)
    except ValidationError:
        return None


def _policy(pattern: str, policy: EventPolicy, names: tuple[str, ...]) -> Iterator[Found]:
    for at, name in enumerate(policy.scenarios or ()):
        if name not in names:
            yield ("policy", pattern, "scenarios", at), f"there is no scenario {name!r}{did_you_mean(name, names)}"


def _coverage(coverage: Coverage) -> Iterator[Found]:
    if coverage.at_least is not None and coverage.openapi is None:
        yield ("coverage", "at_least"), "this is a share of a document's operations: name the document in `openapi`"


def _stack(stack: Stack) -> Iterator[Found]:
    kinds = {"compose": stack.compose, "process": stack.process, "external": stack.external}
    present = {name: kind for name, kind in kinds.items() if kind is not None}
    if not present:
        yield ("stack",), "say what the stack is: `compose`, `process` or `external`"
    for name, kind in present.items():
        target = kind.target or stack.target
        path = ("stack", name, "target") if kind.target else ("stack", "target")
        if target is None:
            yield ("stack", name), "`target` is missing, here or in `stack`: the base URL to load"
        elif not target.startswith(("http://", "https://")):
            yield path, f"{target!r} is no base URL: write it as http://api:8000"


def _scenario(name: str, scenario: Scenario) -> Iterator[Found]:
    where = ("scenarios", name)
    if (scenario.traffic is None) == (scenario.locustfile is None):
        yield where, "give either `traffic` or `locustfile`"
    if scenario.profile not in PROFILES:
        yield (
            (*where, "profile"),
            f"there is no profile {scenario.profile!r}{did_you_mean(scenario.profile, tuple(PROFILES))}",
        )
        return
    if scenario.stages and scenario.users is not None:
        yield (*where, "users"), "`stages` say how many users there are; take out one of the two"
    if scenario.duration is not None and scenario.warm_up >= scenario.duration:
        yield (*where, "warm_up"), "the warm-up takes the whole duration; nothing would be measured"
    yield from _processes(where, scenario)
    if scenario.traffic is not None:
        for option in ("tags", "exclude_tags", "user_classes"):
            if getattr(scenario, option):
                yield (*where, option), f"`{option}` choose from a Locust file; declared traffic has none"
        if scenario.traffic.wait[0] > scenario.traffic.wait[1]:
            yield (*where, "traffic", "wait"), "the longer wait comes second, as `3s..7s`"


def _processes(where: tuple[str, ...], scenario: Scenario) -> Iterator[Found]:
    if scenario.otlp is not None and scenario.workers + scenario.expect_workers:
        yield (*where, "otlp"), "several processes would send as one; take out `workers`, or use --metrics-port"
    if (scenario.bind is None) != (scenario.expect_workers == 0):
        missing = "bind" if scenario.bind is None else "expect_workers"
        yield (*where, missing), "workers of other machines need both: `expect_workers`, and `bind` where they join"
