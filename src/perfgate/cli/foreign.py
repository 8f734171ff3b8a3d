"""A judgement of a stranger's run, held against what the repository itself says before it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from perfgate.console import Console
from perfgate.errors import SettingsError
from perfgate.github.answers import ApiError
from perfgate.github.base_file import read_on_branch
from perfgate.github.client import Client
from perfgate.github.event import Event
from perfgate.judge.verdict import blocks
from perfgate.records.criteria import BlockOn, Rules
from perfgate.records.judgement import Judgement
from perfgate.report.prose import one_line
from perfgate.settings.policy import Overrides, resolve_policy
from perfgate.settings.reading import read_file

WORKFLOWS: Final = ".github/"
MOST: Final = 20  # changed files that are named


@dataclass(frozen=True)
class Repository:
    """`target` is the pull request as the event has it, `config` the path of its settings."""

    client: Client
    target: Event
    config: str
    console: Console

    def holds(self, judgement: Judgement) -> Judgement:
        """What the verdict does to a merge is the base's to say; and a change of what has measured it is told.

        The run's own word on both is worth nothing: a fork's pull request runs the workflow that it brings along.
        """
        branch = self.target.base_ref
        if branch is None:
            return judgement
        found = self._block_on(branch)
        claimed = judgement.rules if judgement.rules and judgement.rules.branch == branch else None
        known = claimed or Rules(branch=branch, why_own=None)
        rules = known if isinstance(found, BlockOn) else Rules(branch=branch, why_own=found)
        rules = rules.model_copy(update={"taken": (*self._changed_workflows(), *rules.taken)})
        if not isinstance(found, BlockOn):
            return judgement.model_copy(update={"rules": rules})
        held = {"rules": rules, "block_on": found.value, "blocks": blocks(judgement.verdict, found)}
        return judgement.model_copy(update=held)

    def _block_on(self, branch: str) -> BlockOn | Literal["absent", "unknown", "unreadable"]:
        """From which verdict on the base blocks, or why it does not say so."""
        try:
            text = read_on_branch(self.client, self.target.repository, self.config, branch)
            if text is None:
                return "absent"
            file = read_file(text, f"{self.config} of {branch}")
            return resolve_policy(file, event="pull_request", branch=branch, overrides=Overrides()).block_on
        except ApiError as error:
            self.console.line(f"the settings of {branch} could not be looked up: {error}")
            return "unknown"
        except SettingsError as error:
            self.console.line(f"the settings of {branch} cannot be read: {error.message}")
            return "unreadable"

    def _changed_workflows(self) -> tuple[str, ...]:
        path = f"/repos/{self.target.repository}/pulls/{self.target.pull_request}/files"
        try:
            names = [str(each.get("filename")) for each in self.client.pages(path) if isinstance(each, dict)]
        except ApiError as error:
            self.console.line(f"whether this change alters its own workflow cannot be seen: {error}")
            return ()
        return tuple(one_line(name) for name in names if name.startswith(WORKFLOWS))[:MOST]
