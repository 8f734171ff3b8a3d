"""What a signal must not cut in two: afterwards it is either done, and noted, or it never begins."""

from __future__ import annotations

import threading
from collections.abc import Callable


def unbroken(act: Callable[[], None]) -> None:
    """Call `act`, which makes something outside and notes it.

    Signals are handled in the main thread alone, so it runs in another. What a handler raises here meanwhile is raised
    on once `act` has ended, or is sure never to begin. Not an executor's thread: interrupted while it starts one, an
    executor does not know it, and does not wait for it.
    """
    first, ended = threading.Lock(), threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        if not first.acquire(blocking=False):
            return
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - it is raised on, by whoever waits
            failed.append(error)
        finally:
            ended.set()

    try:
        threading.Thread(target=run, name="unbroken", daemon=True).start()
        ended.wait()
    except BaseException:
        if not first.acquire(blocking=False):
            ended.wait()
        raise
    if failed:
        raise failed[0]
