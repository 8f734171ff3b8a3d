"""Stacks of real processes: waited for, watched, and ended with all their offspring."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from perfgate.errors import Cancelled, ExitCode, StackError
from perfgate.records.stack import StackFault
from perfgate.stack.children import Children
from tests.integration.stack.conftest import Processes, get, until


def refused(processes: Processes, commands: dict[str, dict[str, object]], **arguments: object) -> StackError:
    with pytest.raises(StackError) as caught, processes.open(commands, **arguments):  # type: ignore[arg-type]
        pytest.fail("the stack came up")
    error = caught.value
    assert error.exit_code is ExitCode.STACK
    assert "\n" not in error.message
    assert error.remedy
    assert processes.running() == []
    return error


def up_then_asked(processes: Processes, path: str) -> dict[str, dict[str, object]]:
    """A server that is up, however long that takes, and is asked for `path` for one second then."""
    return {
        "api": processes.serving(ready={"path": "/status/200", "within": "30s"}),
        "asker": processes.script("exec sleep 100", ready={"path": path, "within": "1s"}),
    }


def test_up_watched_and_gone(processes: Processes) -> None:
    with processes.open({"api": processes.serving(env={"COLOUR": "green"})}) as stack:
        assert stack.target == processes.url
        assert stack.hosts == {}
        assert [each.name for each in stack.services] == ["api"]
        assert 0 < stack.seconds_to_ready < 30
        assert "COLOUR=green" in get(stack.target)
        assert stack.faults() == ()
        assert len(processes.running()) == 1
        stack.save_logs(processes.logs / "so-far")
        assert "listening" in (processes.logs / "so-far" / "api.log").read_text()
    assert processes.running() == []
    assert '"GET / HTTP/1.1" 200' in (processes.logs / "api.log").read_text()


def test_what_it_uses_grows_with_what_its_offspring_does(processes: Processes) -> None:
    burn = f"{sys.executable} -S -c 'while True: pass' & exec {sys.executable} -S {processes.serving()['run'][2]} "
    with processes.open({"api": processes.script(burn + str(processes.port))}) as stack:
        before = stack.usage()
        assert before is not None
        assert 2**20 < before.memory < 2**30
        until(lambda: (now := stack.usage()) is not None and now.cpu > before.cpu + 0.2)


def test_readiness_is_an_answer_below_400(processes: Processes) -> None:
    error = refused(processes, up_then_asked(processes, "/status/404"))
    assert error.message == f"{processes.url}/status/404 was not ready within 1 s: the answer was HTTP 404"
    assert '"GET /status/404' in error.evidence
    with processes.open({"api": processes.serving()}, ready={"path": "/status/302"}):
        pass


def test_target_with_a_path_is_asked_below_it(processes: Processes) -> None:
    with processes.open(
        {"api": processes.serving()}, target=f"{processes.url}/shop/", ready={"path": "/health"}
    ) as stack:
        assert stack.target == f"{processes.url}/shop"
    assert "GET /shop/health " in (processes.logs / "api.log").read_text()


@pytest.mark.parametrize(
    ("command", "problem"),
    [("sleep", "no answer: "), ("asker", "no answer within ")],
)
def test_never_ready(processes: Processes, command: str, problem: str) -> None:
    commands = {
        "sleep": {"sleep": processes.script("exec sleep 100", ready={"path": "/", "within": "1s"})},
        "asker": up_then_asked(processes, "/hang"),
    }
    begun = time.monotonic()
    error = refused(processes, commands[command])
    assert time.monotonic() - begun < 45
    assert f"was not ready within 1 s: {problem}" in error.message
    assert "`ready.within`" in error.remedy
    assert f"--- {command}\n" in error.evidence


def test_commands_start_in_order_and_wait_for_each_other(processes: Processes) -> None:
    """The worker asks the API once, at its very start: it gets an answer only if the API was waited for."""
    ask = f"import urllib.request; urllib.request.urlopen('{processes.url}/from-worker'); print('answered')"
    worker = {"run": ["sh", "-c", f'{sys.executable} -S -c "{ask}" && exec sleep 100']}
    ready = {"path": "/status/200", "within": "30s"}
    with processes.open({"api": processes.serving("late=0.5", ready=ready), "worker": worker}) as stack:
        assert processes.said[:2] == ["starting api", "starting worker"]
        until(lambda: stack.save_logs(processes.logs) or "answered" in (processes.logs / "worker.log").read_text())
        assert stack.faults() == ()


def test_command_that_is_not_ready_keeps_the_next_from_starting(processes: Processes) -> None:
    error = refused(
        processes,
        {
            **up_then_asked(processes, "/status/500"),
            "worker": processes.script("touch started; exec sleep 100"),
        },
    )
    assert "/status/500 was not ready within 1 s: the answer was HTTP 500" in error.message
    assert not (processes.folder / "started").exists()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no database; exit 3", "worker ended with 3 while the stack was starting"),
        ("echo no database", "worker ended with 0 while the stack was starting"),
        ("echo no database; kill -SEGV $$", "worker was ended by SIGSEGV while the stack was starting"),
        (
            "echo no database; kill -KILL $$",
            "worker was ended by SIGKILL (out of memory?) while the stack was starting",
        ),
    ],
)
def test_ends_while_starting(processes: Processes, script: str, message: str) -> None:
    error = refused(processes, {"worker": processes.script(script), "api": processes.serving("late=2")})
    assert error.message == message
    assert error.evidence == "no database"
    assert "no database" in (processes.logs / "worker.log").read_text()


def test_exits_under_load(processes: Processes) -> None:
    with processes.open({"api": processes.serving(), "worker": processes.script("sleep 100; true")}) as stack:
        begun = time.monotonic()
        stack.load_started()
        get(f"{stack.target}/exit/7")
        fault = until(stack.faults)[0]
        assert fault == StackFault(
            service="api", kind="exited", at=fault.at, detail="it ended with 7", log_tail=fault.log_tail
        )
        assert 0 <= fault.at <= time.monotonic() - begun
        assert fault.log_tail.endswith("asked for /exit/7")
        assert stack.faults() == (fault,)


def test_killed_under_load(processes: Processes) -> None:
    with processes.open({"api": processes.serving()}) as stack:
        get(f"{stack.target}/signal/9")
        assert until(stack.faults)[0].detail == "it was ended by SIGKILL (out of memory?)"


def test_what_ignores_sigterm_is_ended_with_all_its_offspring(processes: Processes) -> None:
    with processes.open({"api": processes.serving("stubborn=1", "offspring=1")}):
        assert len(until(lambda: len(found := processes.running()) >= 6 and found)) >= 6
        begun = time.monotonic()
    assert processes.running() == []
    assert time.monotonic() - begun < 15


def test_offspring_of_a_leader_that_ended_by_itself_is_ended(processes: Processes) -> None:
    with processes.open({"api": processes.serving("offspring=1")}) as stack:
        get(f"{stack.target}/exit/0")
        until(stack.faults)
        assert processes.running()
    assert processes.running() == []


def test_offspring_is_gone_after_a_failed_start(processes: Processes) -> None:
    refused(processes, {"worker": processes.script("sleep 100 & sleep 100 & exit 1"), "api": processes.serving()})


@pytest.mark.parametrize("raised", [Cancelled(signal.SIGTERM), KeyboardInterrupt(), ZeroDivisionError()])
def test_whatever_is_raised_inside_everything_is_ended(processes: Processes, raised: BaseException) -> None:
    with pytest.raises(type(raised)), processes.open({"api": processes.serving()}):
        raise raised
    assert processes.running() == []
    assert "listening" in (processes.logs / "api.log").read_text()


def test_interrupted_ending_is_ended_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal may come while the groups are being ended, too."""
    asked = []

    def interrupt_once(seconds: float) -> None:
        asked.append(seconds)
        if len(asked) == 1:
            raise Cancelled(signal.SIGINT)

    children = Children(grace=0.2)
    child = children.start(
        "stubborn", ["sh", "-c", "trap '' TERM; echo up; sleep 300; true"],
        environ={"PATH": "/usr/bin:/bin"}, folder=tmp_path, output=tmp_path / "out.log",
    )  # fmt: skip
    until(child.tail)
    monkeypatch.setattr("perfgate.stack.children.time.sleep", interrupt_once)
    with pytest.raises(Cancelled), children:
        pass
    assert child.wait(5) == -signal.SIGKILL
    assert not child.signal_group(0)


def test_port_in_use(processes: Processes) -> None:
    with processes.open({"api": processes.serving()}):
        error = refused(processes_like(processes), {"api": processes.script("touch started; sleep 100")})
    assert error.message.startswith("the port is in use: something already answers at ")
    assert str(processes.port) in error.remedy
    assert not (processes.folder / "started").exists()


def processes_like(processes: Processes) -> Processes:
    """Another folder, the same port."""
    folder = processes.folder.parent / "another"
    folder.mkdir()
    return Processes(folder, processes.logs.parent / "other-logs", port=processes.port)


def test_program_that_does_not_exist(processes: Processes) -> None:
    error = refused(processes, {"api": {"run": ["no-such-program", "--port", "1"]}})
    assert error.message == "stack.process.commands.api: the program 'no-such-program' is not there"
    assert "relative to the command's folder" in error.remedy


def test_program_in_a_folder_that_does_not_exist(processes: Processes) -> None:
    error = refused(processes, {"api": processes.script("true", folder="nowhere")})
    assert error.message == f"stack.process.commands.api.folder: there is no folder {processes.folder}/nowhere"


@pytest.mark.parametrize(
    ("mode", "message"), [(0o644, "is not there"), (0o755, "cannot be started: Exec format error")]
)
def test_file_that_is_no_program(processes: Processes, mode: int, message: str) -> None:
    program = processes.folder / "app"
    program.write_bytes(b"\x00\x01\x02")
    program.chmod(mode)
    error = refused(processes, {"first": processes.script("exec sleep 100"), "api": {"run": ["./app"]}})
    assert message in error.message


def test_program_is_found_on_its_own_path_and_in_its_own_folder(processes: Processes) -> None:
    tools = processes.folder / "tools"
    tools.mkdir()
    program = tools / "start-it"
    program.write_text(f"#!/bin/sh\nexec {' '.join(processes.serving()['run'])}\n")
    program.chmod(0o755)
    with processes.open({"api": {"run": ["./start-it"], "folder": "tools"}}):
        pass
    with processes.open({"api": {"run": ["start-it"], "env": {"PATH": f"{tools}:/usr/bin:/bin"}}}):
        pass


@pytest.mark.parametrize("target", ["http://no-such-host.invalid:8000", "http://a..b:80", f"http://{'x' * 70}:80"])
def test_target_that_resolves_to_nothing(processes: Processes, target: str) -> None:
    error = refused(processes, {"api": processes.script("touch started; sleep 100")}, target=target)
    assert "leads nowhere" in error.message
    assert "does not resolve" in error.message
    assert not (processes.folder / "started").exists()


def test_tokens_and_inputs_are_withheld(processes: Processes) -> None:
    environ = {"PATH": "/usr/bin:/bin", "HOME": "/", "GITHUB_TOKEN": "ghs_1", "GH_TOKEN": "ghs_2",
               "INPUT_TOKEN": "ghs_3", "ACTIONS_RUNTIME_TOKEN": "ghs_4", "STATE_TOKEN": "ghs_5",
               "GITHUB_SHA": "abc"}  # fmt: skip
    with processes.open({"api": processes.serving(env={"GITHUB_TOKEN": "own"})}, environ=environ) as stack:
        seen = get(stack.target)
    assert "ghs_" not in seen
    assert "GITHUB_SHA=abc" in seen
    assert "GITHUB_TOKEN=own" in seen


def test_output_is_kept_whatever_it_is(processes: Processes) -> None:
    script = (
        r"printf 'caf\351 \033[31m\n' >&2; head -c 200000 /dev/zero | tr '\0' x; echo; echo last line; exec sleep 100"
    )
    log = processes.logs / "odd_name_ü.log"
    with processes.open({"api": processes.serving(), "odd/name ü": processes.script(script)}) as stack:
        until(lambda: stack.save_logs(processes.logs) or log.read_bytes().endswith(b"last line\n"))
        log.unlink()
    assert {each.name for each in processes.logs.iterdir()} == {"api.log", "odd_name_ü.log"}
    kept = log.read_bytes()
    assert kept.startswith(b"caf\xe9 \x1b[31m\n")
    assert kept.endswith(b"last line\n")
    assert len(kept) > 200_000


def test_commands_whose_names_make_one_file_name_keep_both_logs(processes: Processes) -> None:
    with processes.open(
        {
            "api": processes.serving(),
            "a b": processes.script("echo one; exec sleep 100"),
            "a/b": processes.script("echo two; exec sleep 100"),
        }
    ) as stack:
        until(
            lambda: stack.save_logs(processes.logs / "so-far") or {"one\n", "two\n"} <= texts(processes.logs / "so-far")
        )
    assert {"one\n", "two\n"} <= texts(processes.logs)


def texts(folder: Path) -> set[str]:
    return {each.read_text() for each in folder.glob("*.log")}


def test_digest_knows_what_the_description_says_and_not_where_it_lies(processes: Processes) -> None:
    def digest(**command: object) -> str:
        with processes.open({"api": processes.serving(**command)}) as stack:  # type: ignore[arg-type]
            return stack.digest

    plain = digest()
    assert digest() == plain
    assert digest(env={"WORKERS": "2"}) != plain
    assert digest(env={"API_SECRET": "1"}) == digest(env={"API_SECRET": "2"})
