"""By whose settings a proposed change is judged: by those of the branch it goes to, or it could excuse itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from perfgate.records.criteria import Acceptance, Rules
from perfgate.settings.model import File

# What a change must be able to alter, or its new endpoint could never be loaded. Everything else decides what is good
# enough, what is excused, who may excuse it and where the stored runs are: a key that is new is one of those.
OF_THE_CHANGE: Final = frozenset({"version", "stack", "scenarios", "telemetry"})


@dataclass(frozen=True)
class Ruled:
    """The settings in force. `rules` None: the file's own, as it is."""

    file: File
    rules: Rules | None = None
    acceptances: tuple[Acceptance, ...] = ()


def of_base(own: File, base: File, branch: str) -> tuple[File, Rules]:
    """The settings in force, and what the two files do not agree on."""
    held = {name: getattr(base, name) for name in File.model_fields if name not in OF_THE_CHANGE}
    kept = [name for name, value in held.items() if getattr(own, name) != value]
    scenarios = dict(own.scenarios)
    for name in sorted({*own.scenarios} & {*base.scenarios}):
        budgets = base.scenarios[name].budgets
        if budgets != own.scenarios[name].budgets:
            kept.append(f"scenarios.{name}.budgets")
            scenarios[name] = own.scenarios[name].model_copy(update={"budgets": budgets})
    file = own.model_copy(update={**held, "scenarios": scenarios})
    return file, Rules(branch=branch, why_own=None, kept=tuple(kept), taken=tuple(_taken(file, base)))


def of_change(branch: str, why: Literal["absent", "unreadable", "unknown"]) -> Rules:
    """Where the branch has no settings to judge by."""
    return Rules(branch=branch, why_own=why)


def _taken(own: File, base: File) -> Iterator[str]:
    for name in sorted(OF_THE_CHANGE & set(File.model_fields)):
        if name != "scenarios":
            yield from [name] if getattr(own, name) != getattr(base, name) else []
            continue
        for each in sorted({*own.scenarios, *base.scenarios}):
            if own.scenarios.get(each) != base.scenarios.get(each):
                yield f"scenarios.{each}" + ("" if each in own.scenarios else " (removed)")
