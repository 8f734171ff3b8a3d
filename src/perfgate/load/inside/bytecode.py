"""Where Python may leave the bytecode of what it imports: beside our modules and Locust's, nowhere near the user's."""

from __future__ import annotations

import os
import sys


def leave_none_from_here() -> None:
    """Nor may what the user's file starts. By now Locust is imported: without its bytecode, where an installer left
    none, each start costs twice as much.
    """
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
