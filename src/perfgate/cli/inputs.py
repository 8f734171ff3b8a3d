"""The action's inputs, as the runner hands them over: `INPUT_*` variables, upper case, hyphens kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from perfgate.errors import SettingsError
from perfgate.report.prose import one_line
from perfgate.settings.nearest import did_you_mean

# Input -> the option of `perfgate run` with the same meaning.
OPTIONS: Final = {
    "config": "--config",
    "stack": "--stack",
    "target": "--target",
    "compare": "--compare",
    "base-ref": "--base",
    "duration": "--duration",
    "time-limit": "--time-limit",
    "block-on": "--block-on",
    "store-baseline": "--store-baseline",
    "baseline-store": "--baseline-store",
    "artifact-dir": "--out",
}
CHOICES: Final = {
    "stack": ("compose", "process", "external"),
    "compare": ("stored", "paired", "both", "auto"),
    "block-on": ("fail", "conditional", "never"),
    "store-baseline": ("auto", "always", "never"),
    "comment": ("always", "on-change", "never"),
    "check": ("auto", "never"),
}
DEFAULTS: Final = {
    "config": "perfgate.yml",
    "artifact-dir": "perfgate-out",
    "comment": "always",
    "comment-key": "perfgate",
    "check": "auto",
    "artifact": "perfgate-out",
}
_KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_RUNS: Final = re.compile(r"(\d{1,3}) ?\+ ?(\d{1,3})")


@dataclass(frozen=True)
class Inputs:
    arguments: tuple[str, ...]  # of `perfgate run`
    self_test: tuple[str, ...] | None  # arguments of `perfgate self-test`, which is wanted instead
    config: str
    out: Path
    comment: Any  # one of the choices
    comment_key: str
    check: bool
    base: str  # empty: not given
    matrix: str  # JSON
    artifact: str


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """Raises `SettingsError` for the first input that says nothing sensible."""
    given = {name: _given(environ, name) for name in {*OPTIONS, *CHOICES, *DEFAULTS, "scenario", "self-test"}}
    for name, choices in CHOICES.items():
        if given[name] and given[name] not in choices:
            raise SettingsError(
                f"the input `{name}` is {one_line(given[name])}{did_you_mean(given[name], choices)}",
                remedy=f"write one of: {', '.join(choices)}",
            )
    if not _KEY.fullmatch(given["comment-key"]):
        raise SettingsError(
            f"the input `comment-key` is {one_line(given['comment-key'])}",
            remedy="use up to 100 letters, digits, dots, hyphens and underscores",
        )
    self_test = _RUNS.fullmatch(given["self-test"])
    if given["self-test"] and not self_test:
        raise SettingsError(
            f"the input `self-test` is {one_line(given['self-test'])}",
            remedy="write 5+3 for five runs of the same code on both sides and three of a slower head",
        )
    # One word each, so that a value that begins with a hyphen is still no option.
    options = [f"{option}={given[name]}" for name, option in OPTIONS.items() if given[name]]
    scenarios = [f"--scenario={name}" for name in re.split(r"[,\s]+", given["scenario"]) if name]
    return Inputs(
        arguments=(*options, *scenarios),
        self_test=(*_of_self_test(given), *scenarios, f"--runs={self_test[1]}", f"--slower-runs={self_test[2]}")
        if self_test
        else None,
        config=given["config"],
        out=Path(given["artifact-dir"]),
        comment=given["comment"],
        comment_key=given["comment-key"],
        check=given["check"] != "never",
        base=given["base-ref"],
        matrix=_given(environ, "matrix"),
        artifact=given["artifact"],
    )


def _of_self_test(given: Mapping[str, str]) -> Iterator[str]:
    """The options of `perfgate run` that it shares. What it stores is no run, so there is no `always`."""
    for name, option in OPTIONS.items():
        if given[name] and name not in {"compare", "base-ref"} and given[name] != "always":
            yield f"{option}={given[name]}"


def read_token(environ: Mapping[str, str]) -> str:
    """Apart from the inputs: it is needed to tell what is wrong with them, and belongs into no record."""
    return _given(environ, "github-token")


def _given(environ: Mapping[str, str], name: str) -> str:
    """Some runners, and shells on the way, know no hyphens in names."""
    variable = f"INPUT_{name.upper()}"
    value = environ.get(variable) or environ.get(variable.replace("-", "_")) or ""
    return value.strip() or DEFAULTS.get(name, "")
