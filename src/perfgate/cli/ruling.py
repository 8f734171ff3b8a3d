"""By whose settings a run of a workflow is judged, and what people have accepted for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from perfgate.checkout import place_in_repository, read_in_commit
from perfgate.console import Console
from perfgate.errors import NoBaseError, SettingsError
from perfgate.github.acceptances import read_acceptances
from perfgate.github.answers import ApiError
from perfgate.github.base_file import read_on_branch
from perfgate.github.client import Client
from perfgate.github.event import Event
from perfgate.records.criteria import Acceptance, Rules
from perfgate.settings.model import AcceptanceSettings, File
from perfgate.settings.reading import read_file
from perfgate.settings.rules import Ruled, of_base, of_change


@dataclass(frozen=True)
class Ruling:
    """`config` is the settings file in the checkout."""

    event: Event
    client: Client | None
    config: Path
    environ: Mapping[str, str]
    console: Console

    def __call__(self, own: File) -> Ruled:
        file, rules = self._rules(own)
        return Ruled(file, rules, self._acceptances(file.acceptance))

    def _rules(self, own: File) -> tuple[File, Rules | None]:
        """A change that is proposed to a branch is judged by that branch's file, if it has one."""
        branch = self.event.base_ref
        if branch is None:
            return own, None
        try:
            text = self._text_on(branch)
        except (ApiError, NoBaseError) as error:
            self.console.line(f"the settings of {branch} could not be looked up: {error}")
            return own, of_change(branch, "unknown")
        if text is None:
            return own, of_change(branch, "absent")
        try:
            return of_base(own, read_file(text, f"{self.config.name} of {branch}"), branch)
        except SettingsError as error:
            self.console.line(f"the settings of {branch} cannot be read: {error.message}")
            return own, of_change(branch, "unreadable")

    def _text_on(self, branch: str) -> str | None:
        """From GitHub, which knows the branch's newest commit and needs no deep clone; else from the clone."""
        if self.client is not None:
            try:
                path = place_in_repository(self.config, self.environ)
                return read_on_branch(self.client, self.event.repository, path, branch)
            except ApiError as error:
                self.console.line(f"GitHub does not tell the settings of {branch}: {error}")
        return read_in_commit(self.config, f"origin/{branch}", self.environ)

    def _acceptances(self, wanted: AcceptanceSettings) -> tuple[Acceptance, ...]:
        if self.client is None:
            return ()
        try:
            return read_acceptances(self.client, self.event, wanted)
        except ApiError as error:
            self.console.line(f"what people have accepted could not be looked up, so nothing is: {error}")
            return ()
