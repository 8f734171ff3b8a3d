"""Ending a program as Ctrl-C does."""

from __future__ import annotations

import signal
import subprocess


def interrupted(process: subprocess.Popen[str]) -> str:
    """What it still wrote to standard error. Sent again while it goes on: the exception that CPython makes of a signal
    is ignored where it strikes inside a callback of compiled code or a finaliser, and then Locust never hears of it.
    """
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        try:
            return process.communicate(timeout=10)[1]
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    return process.communicate()[1]
