"""What a comment holds, hidden beside what is read: written by other jobs, perhaps edited by people, so foreign."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from perfgate.records.verdict import Verdict
from perfgate.report.comment import GITHUB_LIMIT
from perfgate.report.wording.words import SIGNS, VERDICTS

NO_VERDICT_SIGN: Final = "⚪"
NO_VERDICT: Final = "No verdict"
NAME_LIMIT: Final = 100
HEADLINE_LIMIT: Final = 600  # characters
MOST_EARLIER: Final = 10
BEGIN: Final = re.compile(r"^<!-- perfgate-section (\{.*\}) -->\n\n", re.MULTILINE)
END: Final = "\n\n<!-- /perfgate-section -->"
STATE: Final = re.compile(r"^<!-- perfgate-state (\{.*\}) -->$", re.MULTILINE)


class _Kept(BaseModel):
    """What is written into a comment and read back."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Headline = Annotated[str, StringConstraints(max_length=HEADLINE_LIMIT, pattern=r"^[^\r\n]*$")]


class Result(_Kept):
    """What one job said about one commit. `headline` is Markdown, and begins with the verdict's word."""

    name: Annotated[str, StringConstraints(max_length=NAME_LIMIT)] = ""
    commit: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40,64}$")] | None = None
    verdict: Verdict | None = Field(default=None, description="None: there is none")
    blocks: bool | None = Field(default=None, description="whether it fails the job; None: not known")
    headline: Headline = NO_VERDICT
    p95: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None  # seconds, all endpoints together
    slower: Annotated[int, Field(ge=0, le=10**6)] | None = None  # comparisons that were called so
    run: Annotated[str, StringConstraints(pattern=r"^https?://[^\s()<>\"]{1,400}$")] | None = None
    run_id: Annotated[int, Field(ge=0, le=2**53)] = 0  # grows with time
    attempt: Annotated[int, Field(ge=0, le=10_000)] = 0

    @property
    def order(self) -> tuple[int, int]:
        return (self.run_id, self.attempt)

    @property
    def sign(self) -> str:
        return NO_VERDICT_SIGN if self.verdict is None else SIGNS[self.verdict]

    @property
    def word(self) -> str:
        return NO_VERDICT if self.verdict is None else VERDICTS[self.verdict]


class Section(_Kept):
    result: Result
    body: str = ""  # Markdown; empty where only the headline is told


class Shared(_Kept):
    """All that a comment holds. Sections are of one commit, the newest; results of earlier ones, the newest first."""

    sections: tuple[Section, ...] = ()
    earlier: Annotated[tuple[Result, ...], Field(max_length=100)] = ()
    # Sections for which there was no room: a digest of the name, and the verdict's word.
    left_out: Annotated[dict[str, str], Field(max_length=1000)] = Field(default_factory=dict)


Kept = TypeVar("Kept", bound=_Kept)


def read_comment(body: str) -> Shared:
    """What was written by `hidden_section` and `hidden_state`.

    From the first line on that somebody has damaged nothing is believed: what follows may be a section's text, in
    which a log can say what it likes. What is lost so comes again with the next run of its job.
    """
    text = body.replace("\r\n", "\n")  # people's browsers write these
    sections: dict[str, Section] = {}
    at = 0
    while (begun := BEGIN.search(text, at)) is not None:
        read = _section_at(text, begun)
        if read is None:
            return Shared(sections=tuple(sections.values()))
        sections.setdefault(read.result.name, read)
        at = begun.end() + len(read.body) + len(END)
    state = STATE.search(text, at)  # behind all sections, so not part of one
    shared = _parsed(Shared, state.group(1)) if state else None
    return Shared(
        sections=tuple(sections.values()),
        earlier=shared.earlier[:MOST_EARLIER] if shared else (),
        left_out=shared.left_out if shared else {},
    )


def digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", errors="surrogatepass")).hexdigest()[:8]


def hidden_section(section: Section) -> str:
    told = section.result.model_dump(mode="json", exclude_defaults=True) | {"length": len(section.body)}
    return f"<!-- perfgate-section {_escaped(json.dumps(told))} -->"


def hidden_state(shared: Shared) -> str:
    """All but the sections, which stand for themselves."""
    state = shared.model_copy(update={"sections": ()})
    return f"<!-- perfgate-state {_escaped(state.model_dump_json(exclude_defaults=True))} -->"


def _escaped(text: str) -> str:
    """JSON that cannot end the HTML comment it stands in."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _section_at(text: str, begun: re.Match[str]) -> Section | None:
    """Its length is said before it, so that nothing in it can end it."""
    after = begun.end()
    result = _parsed(Result, begun.group(1))
    length = _length(begun.group(1))
    if result is None or length is None or not text.startswith(END, after + length):
        return None
    return Section(result=result, body=text[after : after + length])


def _length(text: str) -> int | None:
    try:
        length = json.loads(text).get("length")
    except (ValueError, RecursionError):
        return None
    return length if isinstance(length, int) and 0 <= length <= 2 * GITHUB_LIMIT else None


def _parsed(kind: type[Kept], text: str) -> Kept | None:
    try:
        return kind.model_validate_json(text)
    except ValidationError:
        return None
