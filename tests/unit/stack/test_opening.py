from __future__ import annotations

from pathlib import Path

import pytest

from perfgate.errors import StackError
from perfgate.records.stack import StackKind
from perfgate.settings import stack as settings
from perfgate.stack.opening import choose_kind, open_stack
from perfgate.stack.process import ending
from perfgate.stack.site import Site

COMPOSE, EXTERNAL = settings.Compose(), settings.External()
PROCESS = settings.Process(commands={"api": settings.Command(run=("api",))})


@pytest.mark.parametrize(
    ("stack", "kind"),
    [
        (settings.Stack(compose=COMPOSE, process=PROCESS, external=EXTERNAL), StackKind.COMPOSE),
        (settings.Stack(process=PROCESS, external=EXTERNAL), StackKind.PROCESS),
        (settings.Stack(external=EXTERNAL), StackKind.EXTERNAL),
    ],
)
def test_first_kind_that_is_given(stack: settings.Stack, kind: StackKind) -> None:
    assert choose_kind(stack) is kind


def test_no_kind_at_all() -> None:
    with pytest.raises(StackError) as caught:
        choose_kind(settings.Stack())
    assert "`compose`, `process` or `external`" in caught.value.remedy


@pytest.mark.parametrize("kind", StackKind)
def test_kind_that_is_not_described(kind: StackKind, tmp_path: Path) -> None:
    with pytest.raises(StackError) as caught:
        open_stack(settings.Stack(target="http://web"), kind, Site(tmp_path, "k", tmp_path, {}, print))
    assert caught.value.message == f"perfgate.yml describes no stack of kind {kind.value}"
    assert f"`stack.{kind.value}`" in caught.value.remedy


@pytest.mark.parametrize("stack", [settings.Stack(compose=COMPOSE), settings.Stack(process=PROCESS)])
def test_nothing_is_started_without_a_target(stack: settings.Stack, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="the stack has no target"):
        open_stack(stack, choose_kind(stack), Site(tmp_path, "k", tmp_path, {}, print))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with 0"),
        (3, "ended with 3"),
        (-9, "was ended by SIGKILL (out of memory?)"),
        (-11, "was ended by SIGSEGV"),
        (-200, "was ended by 200"),
    ],
)
def test_ending_of_a_process_in_words(code: int, words: str) -> None:
    assert ending(code) == words


def test_a_site_does_not_show_its_environment() -> None:
    assert "hunter2" not in repr(Site(Path("shop"), "k", Path("logs"), {"PASSWORD": "hunter2"}, print))
