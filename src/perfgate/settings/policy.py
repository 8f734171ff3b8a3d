"""Which policy holds for this event and branch, and what the gate is to judge by."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from perfgate.errors import SettingsError
from perfgate.records.criteria import Acceptance, BlockOn, Budget, Interface, Policy, TelemetryBudget, Waiver
from perfgate.records.stack import StackKind
from perfgate.records.telemetry import Source
from perfgate.settings.criteria import DEFAULT_TOLERANCES, SIDE_BY_SIDE_TOLERANCES
from perfgate.settings.model import Compare, EventPolicy, File
from perfgate.settings.nearest import did_you_mean
from perfgate.settings.telemetry import Telemetry


@dataclass(frozen=True)
class Overrides:
    """What arguments or inputs say; None: nothing."""

    scenarios: tuple[str, ...] | None = None
    block_on: str | None = None
    time_limit: float | None = None
    store: bool | None = None
    compare: str | None = None


@dataclass(frozen=True)
class RunPolicy:
    """What holds for this run. `store`: whether a valid run becomes a baseline. `time_limit` in seconds of load."""

    event: str
    branch: str | None
    scenarios: tuple[str, ...]
    block_on: BlockOn
    time_limit: float | None
    store: bool
    compare: Compare = Compare.STORED


# Before the file says anything. A pull request never becomes a baseline: what is not merged is not the accepted state.
DEFAULTS: Final[dict[str, EventPolicy]] = {
    "local": EventPolicy(store=True),
    "pull_request": EventPolicy(store=False),
    "merge_group": EventPolicy(store=False),
    "push": EventPolicy(store=True),
    "schedule": EventPolicy(store=True),
    "release": EventPolicy(block_on=BlockOn.CONDITIONAL),
    "release/*": EventPolicy(block_on=BlockOn.CONDITIONAL),
}
EVENTS_THAT_NEVER_STORE: Final = frozenset({"pull_request", "pull_request_target", "merge_group", "issue_comment"})


def resolve_policy(
    file: File, *, event: str, branch: str | None, overrides: Overrides, default_branch: str | None = None
) -> RunPolicy:
    """Overrides > branch patterns of the file, the most specific first > the event in the file > defaults likewise.

    What is not on `default_branch` becomes a baseline only where the file says so; None: it is not known.
    Raises `SettingsError` for a scenario that does not exist.
    """
    written = _layers(file.policy, event, branch)
    layers = [*written, *_layers(DEFAULTS, event, branch)]
    scenarios = overrides.scenarios or _first(layers, "scenarios") or tuple(file.scenarios)
    for name in scenarios:
        if name not in file.scenarios:
            raise SettingsError(
                f"there is no scenario {name!r}{did_you_mean(name, tuple(file.scenarios))}",
                remedy="choose a scenario of perfgate.yml",
            )
    elsewhere = default_branch is not None and branch != default_branch
    stored = overrides.store if overrides.store is not None else _first(written if elsewhere else layers, "store")
    return RunPolicy(
        event=event,
        branch=branch,
        scenarios=tuple(dict.fromkeys(scenarios)),
        block_on=BlockOn(overrides.block_on or _first(layers, "block_on") or BlockOn.FAIL),
        time_limit=overrides.time_limit or _first(layers, "time_limit"),
        compare=Compare(overrides.compare or _first(layers, "compare") or Compare.STORED),
        store=bool(stored) and event not in EVENTS_THAT_NEVER_STORE,
    )


def judging_policy(file: File, interface: Interface | None = None, acceptances: tuple[Acceptance, ...] = ()) -> Policy:
    """Budgets, tolerances, coverage and waivers as judging takes them.

    `interface` is what `coverage.openapi` names; `acceptances` are what people accepted beside the file.
    """
    budgets = [*file.budgets]
    for name, scenario in file.scenarios.items():
        budgets += [each.model_copy(update={"scenario": name}) for each in scenario.budgets]
    return Policy(
        budgets=tuple(each for each in budgets if isinstance(each, Budget)),
        telemetry_budgets=tuple(
            each.model_copy(update={"stack": _stack_of(each, file.telemetry)})
            for each in budgets
            if isinstance(each, TelemetryBudget)
        ),
        tolerances=DEFAULT_TOLERANCES if file.tolerances is None else file.tolerances,
        tolerances_side_by_side=SIDE_BY_SIDE_TOLERANCES if file.tolerances is None else file.tolerances,
        required=file.coverage.require,
        interface=interface.model_copy(update={"at_least": file.coverage.at_least}) if interface else None,
        waivers=tuple(Waiver(**waiver.model_dump()) for waiver in file.waivers),
        acceptances=acceptances,
        creep=file.baseline.creep,
    )


def _stack_of(budget: TelemetryBudget, telemetry: Telemetry) -> StackKind | None:
    """The only kind of stack on which its series is to be had; None: every kind."""
    match budget.source:
        case Source.PROBE:
            probe = telemetry.probes.get(budget.subject)
            return probe.stack if probe else None
        case Source.PROMETHEUS:
            kinds = {page.stack for page in telemetry.prometheus if page.called == budget.subject}
            return kinds.pop() if len(kinds) == 1 else None
        case _:
            return None


def _layers(policies: dict[str, EventPolicy], event: str, branch: str | None) -> list[EventPolicy]:
    patterns = [pattern for pattern in policies if branch is not None and fnmatchcase(branch, pattern)]
    specific_first = sorted(patterns, key=lambda pattern: (pattern.count("*"), -len(pattern)))
    return [policies[pattern] for pattern in specific_first] + ([policies[event]] if event in policies else [])


def _first(layers: list[EventPolicy], field: str) -> Any:
    return next((value for layer in layers if (value := getattr(layer, field)) is not None), None)
