"""What the process ends with: said in one place, the same in the help, the errors and the verdicts."""

from __future__ import annotations

import re
import signal

import pytest

from perfgate import errors
from perfgate.cli.arguments import EXIT_CODES, parser
from perfgate.cli.running import exit_code
from perfgate.errors import Cancelled, ExitCode, PerfGateError
from perfgate.records.verdict import Verdict
from tests.golden.judgements import SITUATIONS


def codes_in(text: str) -> set[int]:
    return {
        int(code)
        for line in text.splitlines()
        for code in re.findall(r"^  ([\d, ]+?) {2,}", line + "  ")
        for code in code.split(", ")
    }


def test_the_help_lists_every_code_and_no_other() -> None:
    assert codes_in(EXIT_CODES) == set(map(int, ExitCode))
    assert EXIT_CODES in parser().format_help()


def test_every_error_has_a_code_of_its_own_kind_and_none_is_a_verdict() -> None:
    verdicts = {ExitCode.PASS, ExitCode.CONDITIONAL, ExitCode.FAIL}
    found = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, PerfGateError)]
    assert {each.exit_code for each in found if each is not PerfGateError} == {
        ExitCode.SETTINGS,
        ExitCode.STACK,
        ExitCode.LOAD,
        ExitCode.BASELINE,
        ExitCode.PUBLISH,
    }
    assert not {each.exit_code for each in found} & verdicts


def test_signals_end_as_shells_expect() -> None:
    assert Cancelled(signal.SIGINT).exit_code is ExitCode.INTERRUPTED
    assert Cancelled(signal.SIGTERM).exit_code is ExitCode.TERMINATED
    assert not isinstance(Cancelled(signal.SIGINT), Exception)  # no handler for errors may swallow it


@pytest.mark.parametrize(
    ("verdict", "blocks", "code"),
    [
        (Verdict.PASS, False, ExitCode.PASS),
        (Verdict.CONDITIONAL, False, ExitCode.PASS),
        (Verdict.CONDITIONAL, True, ExitCode.CONDITIONAL),
        (Verdict.FAIL, True, ExitCode.FAIL),
        (Verdict.FAIL, False, ExitCode.PASS),
    ],
)
def test_the_policy_says_whether_a_verdict_blocks(verdict: Verdict, blocks: bool, code: ExitCode) -> None:
    judgement = next(iter(SITUATIONS.values()))()
    assert exit_code(judgement.model_copy(update={"verdict": verdict, "blocks": blocks})) is code
