"""Why a load gave nothing to judge, as the one error that the reader sees."""

from __future__ import annotations

import re
from pathlib import Path

from perfgate.errors import LoadError
from perfgate.load.lines import Failure, Trouble

EVIDENCE = 20  # lines of Locust's log

# Words of Locust's own log, the only place where it says this; with other words the general message stands.
_NO_USER = re.compile(r"No User class found!")
_UNKNOWN_USER = re.compile(r"Unknown User\(s\): (.+)")
_WORKERS_AWAITED = re.compile(r"Gave up waiting for workers to connect")
_WORKER_JOINED = re.compile(r"(\S+) \(index \d+\) reported as ready")


def explain_failure(failure: Failure, locustfile: Path, out: Path) -> LoadError:
    """For what the process inside found out itself."""
    match failure.trouble:
        case Trouble.NOT_IMPORTED:
            return LoadError(
                f"the Locust file {locustfile} cannot be imported: {failure.detail}",
                remedy="mend the file, or install what it imports beside PerfGate; "
                f"`locust -f {locustfile} --list` shows the same error",
                evidence=failure.evidence,
            )
        case Trouble.NO_TASKS:
            return LoadError(
                f"the tags leave no task to do in the Locust file {locustfile} (users: {failure.detail})",
                remedy="mend `tags` and `exclude_tags` of the scenario, or tag the tasks",
            )
        case Trouble.NOT_WRITTEN:
            return LoadError(
                f"the recording in {out} could not be written: {failure.detail}; the load was stopped",
                remedy="make room there (25 bytes a request, and Locust's own files), or choose another folder with "
                "--out",
            )
        case Trouble.DISTRIBUTED:
            return LoadError(
                f"Locust was told to share the load between several processes ({failure.detail})",
                remedy="remove `master`, `worker` and `processes` from locust.conf and the scenario's `env`; "
                "`workers` of the scenario does that, recorded",
            )
        case Trouble.NOT_JOINED:
            return LoadError(
                f"only {failure.detail} workers came to share the load",
                remedy="see the workers' own output; all must be PerfGate of the same version",
            )


def explain_exit(exit_code: int, log: str, locustfile: Path, was_stopped: bool) -> LoadError:
    """Locust ended before there was any load."""
    if was_stopped:
        return LoadError(
            "the stack broke before the load began",
            remedy="see the logs of its services; run again once it stays up",
        )
    if _NO_USER.search(log):
        return LoadError(
            f"the Locust file {locustfile} defines no user",
            remedy="define a class that inherits from locust.HttpUser, FastHttpUser or User and is not abstract",
        )
    if unknown := _UNKNOWN_USER.search(log):
        return LoadError(
            f"the Locust file {locustfile} has no user class {unknown[1].strip()}",
            remedy="mend `user_classes` of the scenario; without it all classes of the file are used",
        )
    if _WORKERS_AWAITED.search(log):
        joined = len(set(_WORKER_JOINED.findall(log)))
        return LoadError(
            f"the workers that the scenario waits for did not come in time ({joined} did)",
            remedy="start them with `perfgate worker --master HOST:PORT`, and let them reach the scenario's `bind`",
        )
    return LoadError(
        f"Locust ended before the load began ({_ending(exit_code)})",
        remedy=f"see its last lines below; `locust -f {locustfile} --headless` should run by itself",
        evidence=last_lines(log),
    )


def explain_silence(log: str, locustfile: Path, users: int) -> LoadError:
    return LoadError(
        f"not one request was recorded with {users} users",
        remedy=f"see whether the tasks of {locustfile} make requests and whether their waits leave time for any within "
        "the load; Locust's last lines are below",
        evidence=last_lines(log),
    )


def explain_lost_workers(lost: int, log: str) -> LoadError:
    return LoadError(
        f"not one request was recorded, and {lost} of the workers that shared the load were lost",
        remedy="see whether the machine is too busy for them, or what ended them; Locust's last lines are below",
        evidence=last_lines(log),
    )


def explain_hanging(log: str) -> LoadError:
    return LoadError(
        "Locust did not begin to load in time, and was ended by force",
        remedy="see whether the Locust file waits for something or computes without a pause; its last lines are below",
        evidence=last_lines(log),
    )


def last_lines(log: str) -> str:
    return "\n".join(log.rstrip().splitlines()[-EVIDENCE:])


def _ending(exit_code: int) -> str:
    return f"exit code {exit_code}" if exit_code >= 0 else f"signal {-exit_code}"
