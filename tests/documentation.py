"""Every command that a page, or a remark in a file of deploy/, tells a reader to run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEWLINE = "\n"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples/tickets/README.md"]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
# Of these, what stands in remarks.
REMARKED = sorted(each for each in (ROOT / "deploy").rglob("*") if each.suffix in {".yml", ".yaml"})
PROGRAMS = (
    *("perfgate", "make", "python", "pip", "uv", "locust", "docker", "kubectl", "helm", "promtool"),
    *("curl", "wget", "git", "gh", "act", "npm", "npx", "apt", "apt-get", "sudo", "cd", "export", "bash", "sh"),
)
# A program with something to do, after assignments for it alone; in a block also an assignment by itself.
COMMAND = rf"(?:[A-Z_]+=(?:\"[^\"]*\"|\S+)\s+)*(?:{'|'.join(PROGRAMS)})\s+\S"
ASSIGNMENT = r"[a-z]+=\S"


@dataclass(frozen=True)
class Written:
    text: str  # on one line, without a remark
    place: str  # file:line
    in_block: bool  # to be copied; else in running text, where it may be the beginning of a command

    def is_covered_by(self, command: str) -> bool:
        """In running text capitals stand for anything, and what follows may be left out."""
        if self.in_block:
            return self.text == command
        words = self.text.removesuffix(" …").split()
        told = (r"\S+" if re.fullmatch(r"[A-Z]+(\.\.\.)?", each) else re.escape(each) for each in words)
        return re.match(" ".join(told) + r"( |$)", command) is not None


@cache
def commands() -> tuple[Written, ...]:
    found = [each for page in PAGES for each in _of_text(page, page.read_text(encoding="utf-8"))]
    for file in REMARKED:
        lines = file.read_text(encoding="utf-8").splitlines()
        remarks = (line[1:].removeprefix(" ") if line.startswith("#") else "" for line in lines)
        found += _of_text(file, "\n".join(remarks))
    return tuple(found)


RUN: set[str] = set()  # what the modules that are imported say they run


def as_written(command: str) -> str:
    """The command, which stands so in the documentation: a test that runs it hears of a change there.

    To be called while a module is imported, so that `tests/unit/docs` knows what is run without running it.
    """
    assert any(each.text == command for each in commands()), f"in no page: {command}"
    RUN.add(command)
    return command


def shortened(command: str, **options: str) -> str:
    """With other values of its options, or with more options: `trials="1"` is `--trials 1`."""
    for name, value in options.items():
        told = f"--{name.replace('_', '-')} {value}"
        command, many = re.subn(rf"--{name.replace('_', '-')} (\"[^\"]*\"|\S+)", told, command)
        command = command if many else f"{command} {told}"
    return command


def _of_text(page: Path, text: str) -> Iterator[Written]:
    """A command goes on where a line ends with a backslash, and within quotation marks."""

    def written(at: int, command: str, *, in_block: bool) -> Written:
        told = re.split(r"\s{2,}# ", command)[0].replace("\\\n", " ")
        return Written(" ".join(told.split()), f"{page.relative_to(ROOT)}:{text[:at].count(NEWLINE) + 1}", in_block)

    for fence in FENCE.finditer(text):
        line = r"^(?:\$ )?(\S.*)$" if fence[1] in {"sh", "bash", "shell", "console"} else rf"^\s*- ({COMMAND}.*)$"
        for found in re.finditer(line, fence[2], re.MULTILINE):
            yield written(fence.start(2) + found.start(1), found[1], in_block=True)
    prose = FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence[0]), text)
    begin = rf"{COMMAND}|{ASSIGNMENT}".replace(r"\s+", r"(?:\s|\\\n)+")
    for found in re.finditer(rf"^ {{4}}(?=\S)((?:{begin})(?:\"[^\"]*\"|\\\n|[^\"\n])*)$", prose, re.MULTILINE):
        yield written(found.start(1), found[1], in_block=True)
    for found in re.finditer(rf"`({COMMAND}[^`]*)`", prose):
        yield written(found.start(), found[1], in_block=False)
