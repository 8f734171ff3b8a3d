"""`python -m perfgate.load.inside.worker HOST PORT [LOCUSTFILE]`: a worker on another machine than its master's.

It asks the master for plan and Locust file, and then is Locust's own worker, recorded. `perfgate worker` starts it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import gevent
import locust  # first: it replaces the standard library's sockets
import locust.main
from locust.env import Environment
from locust.rpc import Message
from locust.rpc.zmqrpc import Client
from locust.runners import Runner, WorkerRunner

from perfgate import __version__
from perfgate.load.inside.bytecode import leave_none_from_here
from perfgate.load.inside.messages import PLAN
from perfgate.load.inside.recorder import Recorder
from perfgate.load.inside.working import Working
from perfgate.load.plan import PLAN_VARIABLE, Plan

ASK_EVERY: Final = 1.0  # seconds
DECLARED: Final = Path(__file__).with_name("declared.py")


def main(host: str, port: int, locustfile: str | None) -> None:
    """Ends by Locust's `sys.exit`, when the master says that the load is over."""
    leave_none_from_here()
    lent = ask(host, port)
    with tempfile.TemporaryDirectory(prefix="perfgate-worker-") as folder:
        path, plan = unpack(lent, Path(folder))
        os.environ[PLAN_VARIABLE] = str(plan)
        work(str(path) if locustfile is None else locustfile, host, port, lent["user_classes"])


def ask(host: str, port: int) -> dict[str, Any]:
    """Until a master answers, which may be brought up later than its workers."""
    name = f"perfgate-{uuid.uuid4().hex}"
    client = Client(host, port, name)

    def ask_forever() -> None:
        while True:
            client.send(Message(PLAN, None, name))
            gevent.sleep(ASK_EVERY)

    asking = gevent.spawn(ask_forever)
    sys.stdout.write(f"waiting for a load to share at {host}:{port}\n")
    sys.stdout.flush()
    answer: dict[str, Any] = client.recv().data
    asking.kill()
    client.close(linger=0)
    if answer["version"] != __version__:
        sys.exit(f"the master is PerfGate {answer['version']}, this is {__version__}: both must be the same")
    return answer


def unpack(lent: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Locust file and plan as files; declared traffic is this PerfGate's own."""
    plan = Plan(**lent["plan"])
    if plan.traffic is not None:
        path = DECLARED
    else:
        path = folder / Path(lent["locustfile"]["name"]).name
        path.write_text(lent["locustfile"]["text"], encoding="utf-8")
    plan.write(folder / "load-plan.json")
    return path, folder / "load-plan.json"


def work(locustfile: str, host: str, port: int, user_classes: Sequence[str]) -> None:
    recorder = Recorder()
    locust.events.request.add_listener(recorder.listener)

    def on_init(environment: Environment, runner: Runner, **_: Any) -> None:
        if not isinstance(runner, WorkerRunner):
            raise TypeError(f"this is to be a worker, not a {type(runner).__name__}; see locust.conf")
        Working(environment, runner, recorder, same_machine=False)

    locust.events.init.add_listener(on_init)
    joined = ["--worker", "--master-host", host, "--master-port", str(port), "--processes", "0"]
    sys.argv = ["locust", "-f", locustfile, *joined, *user_classes]
    locust.main.main()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
