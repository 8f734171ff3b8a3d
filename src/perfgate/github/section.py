"""One job's part of the comment: the report's comment on its judgement, or why there is no verdict."""

from __future__ import annotations

import json
import re
from typing import Final

from perfgate.errors import BaselineError, LoadError, PerfGateError, SettingsError, StackError
from perfgate.github.comment_state import (
    HEADLINE_LIMIT,
    NAME_LIMIT,
    NO_VERDICT,
    NO_VERDICT_SIGN,
    Result,
    Section,
    digest,
)
from perfgate.github.event import Event
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.report import markdown
from perfgate.report.comment import GITHUB_LIMIT, marker, render_comment
from perfgate.report.prose import Code, one_line, prose
from perfgate.report.wording.headline import headline
from perfgate.report.wording.words import VERDICTS

STAGES: Final[dict[type[PerfGateError], str]] = {
    SettingsError: "the settings are wrong",
    StackError: "the application did not come up",
    LoadError: "the load did not run",
    BaselineError: "the stored runs could not be used",
}
HEADROOM: Final = 400  # bytes, for a headline


def section_name(job: str, matrix: str) -> str:
    """`job (a, b)` as GitHub calls the jobs of a matrix; `matrix` as `toJSON(matrix)` gives it, or empty."""
    try:
        values = json.loads(matrix or "null")
    except (ValueError, RecursionError):
        values = None
    told = ", ".join(_value(each) for each in values.values()) if isinstance(values, dict) else ""
    name = f"{job} ({told})" if told else job
    if len(name) <= NAME_LIMIT:
        return name
    # Two long names may differ only at their ends.
    return f"{name[: NAME_LIMIT - 10]}… {digest(name)}"


def judged_section(judgement: Judgement, name: str, event: Event, *, limit: int = GITHUB_LIMIT) -> Section:
    """At most `limit` bytes of body, if that is possible: the report drops its own detail in its own order."""
    said = markdown.inline(headline(judgement))
    closing = _closing(event)
    room = limit - len(closing.encode())
    # The marker and the headline come first, and are told by others here.
    whole = render_comment(judgement, limit=max(0, room) + len(marker("perfgate")) + len(said.encode()) + 16)
    body = whole.split("\n", 2)[2].strip("\n")
    return Section(
        result=_result(name, event, judgement.verdict, said).model_copy(
            update={"blocks": judgement.blocks, **_figures(judgement)}
        ),
        body="\n\n".join(part for part in (body, closing) if part) if len(body.encode()) <= room else "",
    )


def failed_section(error: PerfGateError, name: str, event: Event, *, limit: int = GITHUB_LIMIT) -> Section:
    closing = _closing(event)
    body = f"{_failed_body(error, limit - len(closing.encode()))}\n\n{closing}".strip("\n")
    return Section(
        result=_result(name, event, None, no_verdict(error)), body=body if len(body.encode()) <= limit else ""
    )


def _failed_body(error: PerfGateError, limit: int) -> str:
    """What happened and what to do. The evidence goes first where there is little room, then all but what happened."""
    told = [*_quoted("What happened", error.message), "", *_quoted("What to do", error.remedy)]
    evidence = ["", *markdown.fold("Last lines", markdown.fenced(error.evidence, 8000))] if error.evidence else []
    texts = [
        "\n".join(each) for each in (told + evidence, told, _quoted("What happened", one_line(error.message, 500)))
    ]
    return next((text for text in texts if len(text.encode()) <= limit), "")


def no_verdict(error: PerfGateError) -> str:
    """Our own words, on one line."""
    return f"{NO_VERDICT}: {STAGES.get(type(error), 'the gate did not come to its end')}. This is not a pass."


def summary_of(outcome: Judgement | PerfGateError, *, limit: int) -> str:
    """The same for a page of its own: a check, or a job's summary. At most `limit` bytes."""
    if isinstance(outcome, Judgement):
        return render_comment(outcome, limit=limit).split("\n", 1)[1]
    told = _failed_body(outcome, limit - HEADROOM)
    return f"### {NO_VERDICT_SIGN} {no_verdict(outcome)}\n\n{told}".rstrip() + "\n"


def _result(name: str, event: Event, verdict: Verdict | None, said: str) -> Result:
    word = NO_VERDICT if verdict is None else VERDICTS[verdict]
    run = event.run_url if event.run_url and re.fullmatch(r"https?://[^\s()<>\"]{1,400}", event.run_url) else None
    return Result(
        name=one_line(name, NAME_LIMIT) if name else "",
        commit=event.head_sha,
        verdict=verdict,
        # Markdown cannot be cut: where it is too long, the verdict's word stands alone.
        headline=said if len(said) <= HEADLINE_LIMIT else word,
        run=run,
        run_id=event.run_id,
        attempt=event.run_attempt,
    )


def _figures(judgement: Judgement) -> dict[str, float | int | None]:
    """What a later push is looked at beside: of the worst scenario, which stands first."""
    total = next((row.candidate for each in judgement.scenarios[:1] for row in each.rows if row.label == TOTAL), None)
    reasons = (reason for scenario in judgement.scenarios for reason in scenario.reasons)
    slower = sum(reason.code is ReasonCode.REGRESSION for reason in reasons)
    return {"p95": total.response_times.p95.value if total and total.response_times else None, "slower": slower}


def _closing(event: Event) -> str:
    return f"[The run, with its report]({event.run_url})" if event.run_url else ""


def _quoted(title: str, text: str) -> list[str]:
    """Sentences may quote foreign names, so all of it is shown literally."""
    if "\n" in text.strip():
        return [f"**{title}**", "", *markdown.fenced(text.strip(), 8000)]
    return [f"**{title}:** {markdown.inline(prose('{}', Code(text, 2000)))}"]


def _value(value: object) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value), NAME_LIMIT)
