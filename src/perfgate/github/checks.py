"""The verdict as a check of the commit, or as a commit status where the token may not make checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from perfgate.errors import PerfGateError
from perfgate.github.answers import ApiError
from perfgate.github.client import Client, nothing_found
from perfgate.github.event import Event
from perfgate.github.section import no_verdict, summary_of
from perfgate.records.judgement import Judgement
from perfgate.records.verdict import Verdict
from perfgate.report.prose import one_line, plain
from perfgate.report.wording.headline import headline
from perfgate.report.wording.reasons import say
from perfgate.settings.places import Place, Places

TEXT_LIMIT: Final = 65_535  # of a check's summary; counted in bytes, which are never fewer than characters
BATCH: Final = 50  # annotations that GitHub takes with one request
MOST_ANNOTATIONS: Final = 200
TITLE_LIMIT: Final = 250
DESCRIPTION_LIMIT: Final = 140

Level = Literal["notice", "warning", "failure"]
Conclusion = Literal["success", "neutral", "failure", "cancelled"]
STATES: Final[Mapping[Conclusion, str]] = {
    "success": "success",
    "neutral": "success",  # a status knows no third; its description begins with the verdict
    "failure": "failure",
    "cancelled": "error",
}
LEVELS: Final[Mapping[Verdict, Level]] = {
    Verdict.FAIL: "failure",
    Verdict.CONDITIONAL: "warning",
    Verdict.PASS: "notice",
}


@dataclass(frozen=True)
class Annotation:
    level: Level
    title: str
    message: str
    place: Place | None = None  # None: the first line of the file that annotations point to


@dataclass(frozen=True)
class Report:
    """What a check says when it is done."""

    conclusion: Conclusion
    title: str
    summary: str  # Markdown
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True)
class Check:
    """Which check it is: branch protection knows it by its name, so that never depends on what was found."""

    client: Client
    repository: str
    commit: str
    name: str
    external_id: str  # this job of this attempt of this run
    run_url: str | None
    path: str  # that annotations point to

    @property
    def runs(self) -> str:
        return f"/repos/{self.repository}/check-runs"


def check_of(client: Client, event: Event, *, name: str, section: str, path: str) -> Check | None:
    """None where the event has no commit."""
    if event.head_sha is None:
        return None
    told = one_line(f"{name} ({section})" if section else name, 200)
    external_id = one_line(f"{event.run_id}/{event.run_attempt}/{event.job}/{section}", 200)
    return Check(client, event.repository, event.head_sha, told, external_id, event.run_url, path)


def judged(judgement: Judgement, places: Places | None = None) -> Report:
    """A conditional verdict that does not block is neutral, which lets a required check pass."""
    conclusion: Conclusion = (
        "failure" if judgement.blocks else "success" if judgement.verdict is Verdict.PASS else "neutral"
    )
    return Report(
        conclusion,
        plain(headline(judgement)),
        summary_of(judgement, limit=TEXT_LIMIT),
        annotations_of(judgement, places),
    )


def annotations_of(judgement: Judgement, places: Places | None = None) -> tuple[Annotation, ...]:
    """One for each reason, the worst scenario's first, on the line that it is about where the files are known."""
    told = []
    for scenario in judgement.scenarios:
        for reason in scenario.reasons:
            said = say(reason)
            title = f"{scenario.scenario.name}: {reason.code.value}"
            message = f"{plain(said.sentence)} {plain(said.remedy)}"
            place = places.of(scenario.scenario.name, reason) if places else None
            told.append(Annotation(LEVELS[reason.verdict], one_line(title), message, place))
    return tuple(told[:MOST_ANNOTATIONS])


def failed(error: PerfGateError) -> Report:
    """No verdict is never a pass."""
    message = f"{_ended(error.message)} What to do: {_ended(error.remedy)}"
    summary = summary_of(error, limit=TEXT_LIMIT)
    return Report("failure", no_verdict(error), summary, (Annotation("failure", "no verdict", message),))


def _ended(text: str) -> str:
    """On one line, with a full stop where there is no mark yet."""
    line = one_line(text, 1000)
    return line if line.endswith((".", "!", "?", "…", ":")) else f"{line}."


def start(check: Check) -> int:
    """The id of a check run that is in progress. Raises `ApiError`."""
    body = {**_identity(check), "status": "in_progress"}
    return _id(check.client.post(check.runs, body, found=partial(_find, check)))


def conclude(check: Check, started: int | None, report: Report) -> str:
    """The address of the check run. Raises `ApiError`."""
    told = report.annotations
    batches = [told[at : at + BATCH] for at in range(0, len(told), BATCH)] or [()]
    body = {"status": "completed", "conclusion": report.conclusion, "output": _output(check, report, batches[0])}
    if started is None:
        # One from a start whose answer never came is concluded too, or it would wait for ever.
        found = _find(check)
        started = _id(found) if found else None
    if started is None:
        run = check.client.post(check.runs, {**_identity(check), **body}, found=partial(_find, check))
        started = _id(run)
    else:
        known = partial(_with_annotations, check, started, len(batches[0]))
        run = check.client.patch(f"{check.runs}/{started}", body, found=known)
    sent = len(batches[0])
    for batch in batches[1:]:
        sent += len(batch)
        known = partial(_with_annotations, check, started, sent)
        check.client.patch(f"{check.runs}/{started}", {"output": _output(check, report, batch)}, found=known)
    return str(run.get("html_url") or "")


def cancel(client: Client, repository: str, started: int) -> str:
    """A check that stays in progress would block the merge for ever. Raises `ApiError`."""
    output = {"title": "Cancelled", "summary": "The run was cancelled before there was a verdict. Run it again."}
    body = {"status": "completed", "conclusion": "cancelled", "output": output}
    run = client.patch(f"/repos/{repository}/check-runs/{started}", body)
    return str(run.get("html_url") or "") if isinstance(run, dict) else ""


def set_status(check: Check, report: Report) -> None:
    """Raises `ApiError`."""
    body = {
        "state": STATES[report.conclusion],
        "context": check.name,
        "description": one_line(report.title, DESCRIPTION_LIMIT),
        **({"target_url": check.run_url} if check.run_url else {}),
    }
    check.client.post(f"/repos/{check.repository}/statuses/{check.commit}", body, found=nothing_found)


def _identity(check: Check) -> dict[str, Any]:
    told: dict[str, Any] = {"name": check.name, "head_sha": check.commit, "external_id": check.external_id}
    return told | ({"details_url": check.run_url} if check.run_url else {})


def _output(check: Check, report: Report, batch: Sequence[Annotation]) -> dict[str, Any]:
    return {
        "title": one_line(report.title, TITLE_LIMIT),
        "summary": report.summary,
        "annotations": [
            {
                "path": each.place.path if each.place else check.path,
                "start_line": each.place.line if each.place else 1,
                "end_line": each.place.line if each.place else 1,
                "annotation_level": each.level,
                "title": one_line(each.title, TITLE_LIMIT),
                "message": one_line(each.message, 4000),
            }
            for each in batch
        ],
    }


def _find(check: Check) -> dict[str, Any] | None:
    """The check run that this very job has made already."""
    path = f"/repos/{check.repository}/commits/{check.commit}/check-runs"
    runs = check.client.pages(path, items="check_runs", check_name=check.name, filter="all")
    return next((each for each in runs if each.get("external_id") == check.external_id), None)


def _with_annotations(check: Check, run: int, many: int) -> dict[str, Any] | None:
    """The check run, if it is concluded and has that many: sending them again would show each twice."""
    found = check.client.get(f"{check.runs}/{run}")
    output = found.get("output") if isinstance(found, dict) else None
    known = output.get("annotations_count") if isinstance(output, dict) else None
    is_done = isinstance(known, int) and known >= many and found.get("status") == "completed"
    return found if is_done else None


def _id(run: Any) -> int:
    if not isinstance(run, dict) or not isinstance(run.get("id"), int):
        raise ApiError("the answer is no check run")
    return int(run["id"])
