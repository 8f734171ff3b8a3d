"""A leftover of a run that is gone, told from another run that goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.stack.owner import Owner, process_start, this_process

ME = Owner("machine", "boot", "ns", 10, "100")
OTHER = replace(ME, pid=20, started="200")


def seen(started: str | None) -> Callable[[int], str | None]:
    return lambda pid: started if pid == 20 else "unexpected"


@pytest.mark.parametrize(
    ("owner", "started", "gone"),
    [
        (OTHER, "200", False),
        (OTHER, None, True),
        (OTHER, "300", True),  # the number is another process's now
        (replace(OTHER, machine="elsewhere"), None, False),
        (replace(OTHER, processes="another container"), None, False),
        (replace(OTHER, boot="earlier"), "200", True),
        (replace(OTHER, boot=""), None, False),
        (replace(OTHER, started=""), "", False),  # a machine that does not tell when
    ],
)
def test_only_what_is_surely_gone(owner: Owner, started: str | None, gone: bool) -> None:
    assert owner.surely_gone(ME, seen(started)) is gone


def test_machine_that_tells_no_boot() -> None:
    me, other = replace(ME, boot=""), replace(OTHER, boot="")
    assert other.surely_gone(me, seen(None))
    assert not replace(other, boot="b").surely_gone(me, seen(None))


@given(*[st.text(st.characters(exclude_characters="/", codec="ascii")) for _ in range(4)], st.integers(0, 4_000_000))
def test_label_says_it_all(machine: str, boot: str, processes: str, started: str, pid: int) -> None:
    owner = Owner(machine, boot, processes, pid, started)
    assert Owner.from_label(owner.label()) == owner


@pytest.mark.parametrize("text", ["", "a/b/c", "a/b/c/x/1", "a/b/c/-1/1", "a/b/c/1/2/3"])
def test_foreign_labels_are_nobodys(text: str) -> None:
    assert Owner.from_label(text) is None


def test_this_process_lives() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert Owner.from_label(me.label()) == me
    assert not me.surely_gone(me, process_start)
    assert not this_process().surely_gone(me, process_start)


def test_process_that_is_not_there() -> None:
    assert process_start(2**22 + 1) is None  # more than the kernel ever gives
    assert process_start(1)
