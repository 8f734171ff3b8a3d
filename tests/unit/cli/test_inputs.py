from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from perfgate.cli.arguments import parser
from perfgate.cli.inputs import CHOICES, DEFAULTS, OPTIONS, read_inputs, read_token
from perfgate.errors import SettingsError

ACTION = yaml.safe_load((Path(__file__).parents[3] / "action.yml").read_text())


def test_defaults_are_those_of_action_yml() -> None:
    read = read_inputs({})
    assert {name: ACTION["inputs"][name]["default"] for name in DEFAULTS} == DEFAULTS
    assert (read.config, read.out, read.comment, read.comment_key, read.check) == (
        "perfgate.yml",
        Path("perfgate-out"),
        "always",
        "perfgate",
        True,
    )


def test_every_input_of_action_yml_is_read_and_no_other() -> None:
    assert set(ACTION["inputs"]) == {*OPTIONS, *CHOICES, *DEFAULTS, "scenario", "self-test", "github-token", "matrix"}


def test_inputs_become_arguments_of_run() -> None:
    read = read_inputs(
        {
            "INPUT_CONFIG": " perf/gate.yml ",
            "INPUT_SCENARIO": "baseline, peak\nburst",
            "INPUT_TIME-LIMIT": "5m",
            "INPUT_BLOCK_ON": "conditional",
            "INPUT_ARTIFACT-DIR": "-out",
            "INPUT_DURATION": "",
        }
    )
    arguments = parser().parse_args(["run", *read.arguments])
    assert arguments.config == Path("perf/gate.yml")
    assert arguments.scenario == ["baseline", "peak", "burst"]
    assert arguments.time_limit == "5m"
    assert arguments.block_on == "conditional"
    assert arguments.out == Path("-out")
    assert arguments.duration is None


def test_a_self_test_takes_what_it_shares_with_a_run() -> None:
    read = read_inputs(
        {
            "INPUT_SELF-TEST": "5+3",
            "INPUT_SCENARIO": "steady",
            "INPUT_STACK": "compose",
            "INPUT_COMPARE": "both",
            "INPUT_BASE-REF": "main",
            "INPUT_STORE-BASELINE": "always",
            "INPUT_BASELINE-STORE": "branch",
        }
    )
    assert read.self_test is not None
    arguments = parser().parse_args(["self-test", *read.self_test])
    assert (arguments.runs, arguments.slower_runs, arguments.scenario) == (5, 3, ["steady"])
    assert (arguments.stack, arguments.baseline_store, arguments.store_baseline) == ("compose", "branch", "auto")
    assert read_inputs({}).self_test is None
    with pytest.raises(SettingsError, match="the input `self-test` is true"):
        read_inputs({"INPUT_SELF-TEST": "true"})


def test_no_input_can_be_another_option() -> None:
    read = read_inputs({"INPUT_CONFIG": "--store-baseline=always", "INPUT_SCENARIO": "--json"})
    arguments = parser().parse_args(["run", *read.arguments])
    assert arguments.config == Path("--store-baseline=always")
    assert arguments.scenario == ["--json"]
    assert arguments.store_baseline == "auto"
    assert arguments.json is False


@pytest.mark.parametrize("name", list(CHOICES))
def test_unknown_choice_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_inputs({f"INPUT_{name.upper()}": "::error::sometimes"})
    assert f"`{name}`" in caught.value.message
    assert all(choice in caught.value.remedy for choice in CHOICES[name])


def test_comment_key_is_a_word() -> None:
    with pytest.raises(SettingsError, match="comment-key"):
        read_inputs({"INPUT_COMMENT-KEY": "a --> b"})


def test_token_is_in_no_record() -> None:
    environ = {"INPUT_GITHUB-TOKEN": "ghs_secret"}
    assert read_token(environ) == "ghs_secret"
    assert "ghs_secret" not in repr(read_inputs(environ))
