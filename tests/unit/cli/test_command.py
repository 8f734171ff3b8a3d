"""From arguments to an exit code, with handlers that do nothing but what a test is about."""

from __future__ import annotations

import io
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perfgate.cli import commands, main
from perfgate.cli.arguments import parser
from perfgate.console import Console
from perfgate.errors import BaselineError, LoadError, PerfGateError, SettingsError, StackError

Handler = Callable[[Namespace, Console], int]


@pytest.fixture
def check_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Put a handler in the place of `check`'s."""
    return lambda handler: monkeypatch.setitem(commands.HANDLERS, "check", handler)


@pytest.fixture(autouse=True)
def handlers_of_signals_stay_as_they_were() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
        signal.signal(number, handler)


def raising(error: BaseException) -> Handler:
    def handler(_arguments: Namespace, _console: Console) -> int:
        raise error

    return handler


def test_every_command_has_a_handler() -> None:
    [choices] = [each.choices for each in parser()._actions if each.choices and each.dest == "command"]
    assert set(choices) == set(commands.HANDLERS)


@pytest.mark.parametrize("kind", [SettingsError, StackError, LoadError, BaselineError])
def test_an_error_is_told_once_with_its_remedy_and_ends_with_its_code(
    kind: type[PerfGateError], check_is: Callable[[Handler], None], capsys: pytest.CaptureFixture[str]
) -> None:
    check_is(raising(kind("it went wrong", remedy="mend it", evidence="the last \x1b[31mline")))
    assert main(["check"]) == kind.exit_code
    out = capsys.readouterr().out
    assert out.count("it went wrong") == 1
    assert out.count("mend it") == 1
    assert "the last" in out
    assert "\x1b" not in out


def test_a_bug_is_left_to_the_interpreter(check_is: Callable[[Handler], None]) -> None:
    check_is(raising(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        main(["check"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_is_raised_once_and_another_does_not_interrupt_the_taking_down(
    number: int, code: int, check_is: Callable[[Handler], None], capsys: pytest.CaptureFixture[str]
) -> None:
    taken_down: list[bool] = []

    def handler(_arguments: Namespace, _console: Console) -> int:
        try:
            signal.raise_signal(number)
            raise AssertionError("nothing happened")
        finally:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            taken_down.append(True)

    check_is(handler)
    assert main(["check"]) == code
    assert taken_down == [True]
    assert "cancelled: what was started has been taken down" in capsys.readouterr().out


def test_handlers_of_signals_are_given_back(check_is: Callable[[Handler], None]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    check_is(lambda _arguments, _console: 0)
    assert main(["check"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_control_c_before_the_handlers_stand_is_no_traceback(
    check_is: Callable[[Handler], None], capsys: pytest.CaptureFixture[str]
) -> None:
    check_is(raising(KeyboardInterrupt()))
    assert main(["check"]) == 130
    assert capsys.readouterr().err == "cancelled\n"


@pytest.mark.parametrize("arguments", [["schema"], ["baselines", "list", "--json"], ["run", "--json"]])
def test_where_data_is_printed_everything_else_goes_to_the_other_stream(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(commands.HANDLERS, arguments[0], raising(SettingsError("it is wrong", remedy="mend it")))
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "it is wrong" in captured.err


def test_a_log_that_cannot_encode_a_picture_ends_no_run(
    check_is: Callable[[Handler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)

    def handler(_arguments: Namespace, console: Console) -> int:
        console.line("▁▂▃ 🔴")
        return 0

    check_is(handler)
    assert main(["check"]) == 0
    stream.flush()
    assert b"??? ?" in written.getvalue()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["run", "--block-on", "sometimes"],
        ["judge"],
        ["compare", "one"],
        ["baselines"],
        ["baselines", "prune", "baseline"],
        ["baselines", "prune", "baseline", "--keep", "some"],
        ["baselines", "accept", "m.json"],
        ["run", "--branch", "\udcff"],
        ["baselines", "accept", "m.json", "--reason", "\udcff"],
    ],
)
def test_arguments_that_say_nothing_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: perfgate" in capsys.readouterr().err


def test_what_is_not_said_has_a_default() -> None:
    run = parser().parse_args(["run"])
    assert (run.config, run.out, run.event, run.store_baseline) == (
        Path("perfgate.yml"),
        Path("perfgate-out"),
        "local",
        "auto",
    )
    assert (run.stack, run.branch, run.block_on, run.scenario, run.json) == (None, None, None, None, False)
