from __future__ import annotations

import os
import sys

import pytest

from perfgate.load.inside.bytecode import leave_none_from_here


def test_neither_the_users_file_nor_what_it_starts_leaves_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "")
    leave_none_from_here()
    assert sys.dont_write_bytecode
    assert os.environ["PYTHONDONTWRITEBYTECODE"]
