"""Opens a compose stack and holds it until it is ended: `python -m tests.e2e.stack.holder FOLDER KEY`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from perfgate.records.stack import StackKind
from perfgate.settings import stack as settings
from perfgate.stack.opening import open_stack
from perfgate.stack.site import Site

if __name__ == "__main__":
    folder, key = Path(sys.argv[1]), sys.argv[2]
    stack = settings.Stack(target="http://web:8000", compose=settings.Compose())
    with open_stack(stack, StackKind.COMPOSE, Site(folder, key, folder / "logs", os.environ, lambda _: None)):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        time.sleep(300)
