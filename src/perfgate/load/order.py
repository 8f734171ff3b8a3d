"""What is to be driven, and what Locust's process is told so that it does: plan, arguments, environment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import perfgate
from perfgate.errors import LoadError, SettingsError
from perfgate.load.filling import GeneratorMistakeError, check_placeholders
from perfgate.load.plan import Plan, Relayed
from perfgate.load.signing import Scheme, Signer, SigningMistakeError
from perfgate.records.endpoint import FIRST_TOKEN, JOURNEY, PER_TOKEN, POLL, Endpoint
from perfgate.settings.profiles import Profile
from perfgate.settings.scenario import Scenario
from perfgate.settings.traffic import Call, Step, Traffic
from perfgate.settings.withheld import opens_a_store

STOP_TIMEOUT: Final = 10  # seconds for requests in flight at the end, as Locust's `--stop-timeout`
JOIN_WITHIN: Final = 100  # seconds for all workers to join
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# What Locust's process may see of our environment. No tokens: the user's Locust file, and all that it imports, runs
# there. Proxies are left out too, since they would stand between the load and the stack.
ALLOWED: Final = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "SHELL"}
    | {"VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    | {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}
)

BUILT_IN: Final = tuple(Endpoint(method="GET", name=name) for name in ("/health", "/metrics", "/api/v1/health"))


@dataclass(frozen=True)
class LoadOrder:
    scenario: Scenario
    profile: Profile
    target: str  # base URL
    hosts: Mapping[str, str]  # name -> IP address, for names that only the stack's network knows
    folder: Path  # of perfgate.yml
    out: Path  # recordings, Locust's HTML, CSVs and log go here
    networks: tuple[str, ...] = ()  # of the stack; a generator in a container of its own is put on them
    name: str = ""  # of the scenario, by which it is shown
    relay: float | None = None  # seconds by which a relay holds up what the target is sent; None: there is none
    stop_timeout: int = STOP_TIMEOUT  # seconds


def declared_endpoints(scenario: Scenario) -> tuple[Endpoint, ...]:
    """What the scenario's own description says will be requested; nothing is known of a user's Locust file."""
    if scenario.locustfile is not None:
        return ()
    if scenario.traffic is None:
        return BUILT_IN
    return tuple(dict.fromkeys(_rows(scenario.traffic)))


def _rows(traffic: Traffic) -> Iterator[Endpoint]:
    """What the recording will have: for a step that asks again and again, its polls."""
    for call in traffic.calls:
        name = call.name or call.path
        polls = isinstance(call, Step) and call.until is not None
        yield Endpoint(method=POLL if polls else call.method, name=name)
        if call.stream is not None:
            yield from (Endpoint(method=each, name=f"{call.method} {name}") for each in (FIRST_TOKEN, PER_TOKEN))
    for journey in traffic.journeys:
        yield Endpoint(method=JOURNEY, name=journey.name)


def scenario_file(profile_name: str) -> Path:
    """The built-in Locust file of a profile: inside the installed package, or at the top of a checkout."""
    package = Path(perfgate.__file__).parent
    installed = package / "scenarios" / f"{profile_name}.py"
    return installed if installed.exists() else package.parents[1] / "scenarios" / f"{profile_name}.py"


def locustfile_of(order: LoadOrder) -> Path:
    scenario = order.scenario
    if scenario.locustfile is not None:
        path = (order.folder / scenario.locustfile).resolve()
        if not path.is_file():
            raise LoadError(
                f"the Locust file {path} does not exist",
                remedy="mend `locustfile` of the scenario; it is relative to perfgate.yml",
            )
        return path
    if scenario.traffic is None:
        return scenario_file(scenario.profile)
    for known, call in _with_what_is_known(scenario.traffic):
        try:
            check_placeholders(call.path, call.values, known)
        except GeneratorMistakeError as error:
            raise SettingsError(
                f"traffic, {call.method} {call.path}: {error}", remedy="mend `values` of this request"
            ) from error
    return Path(__file__).parent / "inside" / "declared.py"


def _with_what_is_known(traffic: Traffic) -> Iterator[tuple[frozenset[str], Call]]:
    """Each request with the names that earlier steps of its journey have drawn or taken."""
    for request in traffic.requests:
        yield frozenset(), request
    for journey in traffic.journeys:
        known: frozenset[str] = frozenset()
        for step in journey.steps:
            yield known, step
            known |= {*step.values, *step.take}


def plan_for(order: LoadOrder, locustfile: Path) -> Plan:
    traffic = order.scenario.traffic
    return Plan(
        recording=str(order.out.resolve()),
        log=str(order.out.resolve() / "locust.log"),
        locustfile=str(locustfile),
        hosts=dict(order.hosts),
        users=order.profile.users,
        duration=order.profile.duration,
        warm_up=order.profile.warm_up,
        stages=tuple((stage.duration, stage.users, stage.spawn_rate) for stage in order.profile.stages),
        keep_own_shape=order.scenario.locustfile is not None,
        traffic=traffic.model_dump(mode="json", by_alias=True) if traffic and not order.scenario.locustfile else None,
        workers=order.scenario.workers,
        expect_workers=order.scenario.expect_workers,
        otlp=order.scenario.otlp is not None,
        relay=_relayed(order),
    )


def _relayed(order: LoadOrder) -> Relayed | None:
    if order.relay is None:
        return None
    target = urlsplit(order.target)
    return Relayed(target.hostname or "", target.port or DEFAULT_PORTS[target.scheme], order.relay)


def locust_arguments(order: LoadOrder, locustfile: Path) -> list[str]:
    """For Locust's own command line. `--processes` overrides a locust.conf of the user's."""
    scenario, profile, out = order.scenario, order.profile, order.out.resolve()
    return [
        *("-f", str(locustfile), "--host", order.target, "--headless", "--only-summary", "--loglevel", "INFO"),
        *("-u", str(profile.users), "-r", f"{profile.spawn_rate:g}", "-t", f"{math.ceil(profile.duration)}s"),
        *("--html", str(out / "locust.html"), "--csv", str(out / "locust"), "--csv-full-history"),
        *("--stop-timeout", str(order.stop_timeout), "--exit-code-on-error", "0"),
        *(["--tags", *scenario.tags] if scenario.tags else []),
        *(["--exclude-tags", *scenario.exclude_tags] if scenario.exclude_tags else []),
        *_distributed(scenario),
        *(["--otel"] if scenario.otlp is not None else []),
        *scenario.user_classes,
    ]


def _distributed(scenario: Scenario) -> list[str]:
    """Where workers of this machine alone share the load, a free port is found by the process itself."""
    processes = ["--processes", str(scenario.workers)]
    if scenario.workers + scenario.expect_workers:
        processes += ["--expect-workers-max-wait", str(JOIN_WITHIN)]
    if scenario.bind is None:
        return processes
    host, port = scenario.bind
    near = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - asked for
    return [
        *processes,
        *(() if scenario.workers else ("--master", "--expect-workers", str(scenario.expect_workers))),
        *("--master-bind-host", host, "--master-bind-port", str(port), "--master-host", near),
        *("--master-port", str(port)),
    ]


def locust_environment(order: LoadOrder, environ: Mapping[str, str]) -> dict[str, str]:
    allowed = {name: value for name, value in environ.items() if name in ALLOWED or name.startswith("LC_")}
    return {
        **allowed,
        **_otlp(order.scenario),
        **order.scenario.env,
        **secrets_of(order.scenario, environ),
    }


def _otlp(scenario: Scenario) -> dict[str, str]:
    """Metrics alone: a span for each request would be a load of its own. `env` of the scenario may say otherwise."""
    if scenario.otlp is None:
        return {}
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": scenario.otlp,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRIC_EXPORT_INTERVAL": "5000",  # milliseconds
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }


# A pull request writes its own `perfgate.yml`: it must not name the token that the gate itself works with.
OF_THE_RUNNER: Final = ("ACTIONS_", "INPUT_", "STATE_", "GITHUB_", "GH_TOKEN")


def secrets_of(scenario: Scenario, environ: Mapping[str, str]) -> dict[str, str]:
    """Every secret that the scenario names, from `environ`, else from the scenario's own `env`.

    Raises `SettingsError` for one that neither has, or that is not written as its scheme has it.
    """
    signing = [call.sign for call in scenario.traffic.calls if call.sign] if scenario.traffic else []
    found = {}
    for name in dict.fromkeys([*scenario.secrets, *(each.secret_env for each in signing)]):
        if name.upper().startswith(OF_THE_RUNNER) or opens_a_store(name):
            raise SettingsError(
                f"{name} is a variable of the runner's own, or of the store of baselines, and no secret for the code "
                "of a pull request to read",
                remedy="pass what the load needs under another name, as `env: {HOOK_SECRET: ...}` of the step",
            )
        found[name] = environ.get(name) or scenario.env.get(name, "")
        if not found[name]:
            raise SettingsError(
                f"the environment variable {name}, whose secret the load needs, is not set",
                remedy=f"set {name} where PerfGate runs (in a workflow: `env: {{{name}: ${{{{ secrets.{name} }}}}}}`)",
            )
    for each in signing:
        try:
            Signer.of(Scheme.of(each.model_dump()), found[each.secret_env])
        except SigningMistakeError as error:
            raise SettingsError(
                f"traffic cannot be signed with {each.secret_env}: {error}",
                remedy="mend `sign` of the request, or the variable",
            ) from error
    return found
