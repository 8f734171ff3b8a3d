"""Stacks opened for a run: one, or two beside each other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from perfgate.checkout import Base
from perfgate.doors import Doors, Order
from perfgate.errors import StackError
from perfgate.measuring.asked import Asked
from perfgate.records.pairs import Side
from perfgate.records.stack import StackKind
from perfgate.settings.stack import Stack as StackSettings
from perfgate.stack.opening import RunningStack
from perfgate.stack.ports import moved_aside
from perfgate.stack.site import Site

GROWTH: Final = 1.5  # times what a stack uses once it is ready, under load and with its load generator


@dataclass(frozen=True)
class Code:
    """What a stack is started from, and how it is reached.

    `environ` is added to PerfGate's own; `relay`: see `doors.Order.relays`; `called`: where it is not the head's.
    """

    stack: StackSettings
    folder: Path
    environ: Mapping[str, str]
    relay: float | None
    called: str = ""


class DoesNotFitError(Exception):
    """The machine does not hold a second stack; bytes that one uses, and that are left beside it."""

    def __init__(self, used: int, available: int) -> None:
        super().__init__(used, available)
        self.used = used
        self.available = available


@dataclass(frozen=True)
class BothStacks:
    base: RunningStack
    head: RunningStack
    first_up: Side


def head_code(order: Order) -> Code:
    return _code(Side.HEAD, order.file.stack, order.folder, order)


def base_and_head(base: Base, order: Order, doors: Doors) -> dict[Side, Code]:
    return {Side.BASE: _moved_base(base, order, doors), Side.HEAD: head_code(order)}


def base_twice(base: Base, order: Order, doors: Doors) -> dict[Side, Code]:
    """The base in the place of the head, too. What runs already cannot be had twice: there both are one."""
    moved = _moved_base(base, order, doors)
    if order.stack_kind is StackKind.EXTERNAL:
        return {Side.BASE: moved, Side.HEAD: moved}
    return {Side.BASE: moved, Side.HEAD: base_alone(base, order)}


def base_alone(base: Base, order: Order) -> Code:
    """Where it need not run beside the head."""
    return _code(Side.BASE, base.stack or order.file.stack, base.folder, order, base.called)


def _moved_base(base: Base, order: Order, doors: Doors) -> Code:
    """Where it can run beside the head."""
    moved = moved_aside(base.stack or order.file.stack, order.stack_kind, doors.free_port, head=order.file.stack)
    return _code(Side.BASE, moved, base.folder, order, base.called)


def _code(side: Side, stack: StackSettings, folder: Path, order: Order, called: str = "") -> Code:
    return Code(stack, folder, order.side_environ.get(side, {}), order.relays.get(side), called)


@contextmanager
def open_both(asked: Asked, sides: Mapping[Side, Code], order: Order, doors: Doors) -> Iterator[BothStacks]:
    """Started in an order that a coin decides: who is first may get the better places in memory."""
    in_order = list(Side)
    random.Random(asked.key + asked.out.path.name).shuffle(in_order)  # noqa: S311 - no secret is drawn
    with ExitStack() as opened:
        stacks: dict[Side, RunningStack] = {}
        for side in in_order:
            if stacks and order.file.side_by_side.stacks == "auto":
                _refuse_too_large(stacks[in_order[0]], doors)
            stacks[side] = opened.enter_context(open_side(side, asked, sides[side], order, doors))
        yield BothStacks(stacks[Side.BASE], stacks[Side.HEAD], in_order[0])


def _refuse_too_large(first: RunningStack, doors: Doors) -> None:
    """Judged by what the first really uses. Raises `DoesNotFitError`."""
    usage, available = first.usage(), doors.available_memory()
    if usage is not None and available is not None and usage.memory * GROWTH > available:
        raise DoesNotFitError(usage.memory, available)


@contextmanager
def open_side(side: Side, asked: Asked, code: Code, order: Order, doors: Doors) -> Iterator[RunningStack]:
    """Raises `StackError`, which says whose stack it is that did not come up."""
    with ExitStack() as opened:
        try:
            stack = opened.enter_context(_opening(side, asked, code, order, doors))
        except StackError as error:
            raise StackError(
                f"the {code.called} stack did not come up: {error.message}" if code.called else error.message,
                remedy=error.remedy,
                evidence=error.evidence,
            ) from error
        yield stack


def _opening(side: Side, asked: Asked, code: Code, order: Order, doors: Doors) -> AbstractContextManager[RunningStack]:
    doors.console.stage(f"Starting the {code.called}{' ' * bool(code.called)}stack ({order.stack_kind.value})")
    logs = asked.out.below("logs")
    return doors.open_stack(
        code.stack,
        order.stack_kind,
        Site(
            folder=code.folder,
            key=asked.key if side is Side.HEAD else f"{asked.key}-{side}",
            logs=(logs if side is Side.HEAD else logs.below(side)).path,
            environ={**doors.environ, **code.environ},
            say=doors.console.line,
        ),
    )


def cpu_of(stack: RunningStack) -> Callable[[], float | None]:
    """Seconds used so far; see `load.metering`."""

    def read() -> float | None:
        usage = stack.usage()
        return None if usage is None else usage.cpu

    return read
