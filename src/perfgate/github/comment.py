"""The pull request's comment as text: one for a key, in which every job has a section of its own.

This job's section is rendered anew; those of other jobs are taken over as they stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from perfgate.github.comment_state import (
    END,
    MOST_EARLIER,
    NAME_LIMIT,
    NO_VERDICT,
    NO_VERDICT_SIGN,
    Result,
    Section,
    Shared,
    digest,
    hidden_section,
    hidden_state,
)
from perfgate.records.verdict import Verdict
from perfgate.report import markdown, numbers
from perfgate.report.comment import GITHUB_LIMIT, marker
from perfgate.report.wording.words import SIGNS, VERDICTS

FOLD: Final = 100  # bytes, around a body
LEAST_EARLIER: Final = 3
HEADROOM: Final = 400  # bytes that a section's title and hidden line take, besides its headline


def with_section(shared: Shared, new: Section) -> Shared:
    """`new` in its place. A late result of an older push is only remembered; it covers nothing newer."""
    result = new.result
    others = [each for each in shared.sections if each.result.name != result.name]
    own = next((each for each in shared.sections if each.result.name == result.name), None)
    if any(each.result.commit != result.commit and each.result.order > result.order for each in shared.sections):
        return shared.model_copy(update={"earlier": _remembered([result], shared.earlier)})
    if own is not None and own.result.commit == result.commit and own.result.order > result.order:
        return shared
    stale = [each.result for each in shared.sections if each.result.commit != result.commit]
    return Shared(
        sections=tuple(_worst_first([new, *(each for each in others if each.result.commit == result.commit)])),
        earlier=_remembered(stale, shared.earlier),
        left_out={} if stale else {each: word for each, word in shared.left_out.items() if each != digest(result.name)},
    )


def merged(shared: Shared, other: Shared) -> Shared:
    """Two comments that were made at the same moment become one."""
    for section in other.sections:
        shared = with_section(shared, section)
    return shared.model_copy(update={"earlier": _remembered(list(other.earlier), shared.earlier)})


def compose(shared: Shared, render: Callable[[int], Section], key: str, *, limit: int = GITHUB_LIMIT) -> str:
    """The comment with this job's section in it, at most `limit` bytes.

    What goes first: earlier pushes but the newest three; detail of this job down to its fair share of the room; the
    other jobs' sections, the longest first, down to their headlines; all detail of this job; all earlier pushes; the
    headlines of other jobs, the best first. The verdict of them all is never left out.
    """
    bare = Section(result=render(0).result)
    name = bare.result.name

    def tried(kept: Shared, own: Section) -> str:
        return _text(with_section(kept, own), key)

    def room(kept: Shared) -> int:
        return limit - len(tried(kept, bare).encode()) - FOLD

    fair = limit // (1 + len(shared.sections)) - HEADROOM
    if room(shared) < fair:
        shared = shared.model_copy(update={"earlier": shared.earlier[:LEAST_EARLIER]})
    while room(shared) < fair and (longest := _longest(shared, but=name)) is not None:
        shared = _shortened(shared, longest)
    text = tried(shared, render(max(0, room(shared))))
    if len(text.encode()) > limit:
        shared = shared.model_copy(update={"earlier": ()})
        while len(tried(shared, bare).encode()) > limit and (best := _best(shared, but=name)) is not None:
            shared = _left_out(shared, best)
        text = tried(shared, bare)
    return text


def _text(shared: Shared, key: str) -> str:
    several = len(shared.sections) + len(shared.left_out) > 1
    told = [marker(key)]
    if several:
        told += [f"### {_overall(shared)}", ""]
    for section in shared.sections:
        told += _told(section, several=several)
    if shared.left_out:
        told += [f"… and {len(shared.left_out)} more jobs, for which there is no room here; see their runs.", ""]
    told += _waiting(shared)
    told += _earlier(shared)
    if shared.earlier or shared.left_out:
        told.append(hidden_state(shared))
    return "\n".join(told).rstrip() + "\n"


def _told(section: Section, *, several: bool) -> list[str]:
    """Beside others, a job in which all is well takes one line, and the rest of it waits in a fold."""
    hidden = [hidden_section(section), "", section.body + END]
    if several and section.result.verdict is Verdict.PASS and section.body:
        hidden = markdown.fold("What was measured", hidden)
    return [_title(section.result, several=several), *hidden, ""]


def _overall(shared: Shared) -> str:
    """`🔴 Fail: 3 jobs: 1 fail · 2 pass. Merging is blocked.`"""
    words = [each.result.word for each in shared.sections] + list(shared.left_out.values())
    order = [NO_VERDICT, *(VERDICTS[each] for each in reversed(Verdict))]
    counts = Counter(words)
    signs = {NO_VERDICT: NO_VERDICT_SIGN} | {VERDICTS[each]: SIGNS[each] for each in Verdict}
    known = [word for word in order if counts[word]]
    worst = VERDICTS[Verdict.FAIL] if counts[VERDICTS[Verdict.FAIL]] else known[0] if known else NO_VERDICT
    told = " · ".join(f"{counts[word]} {word.lower()}" for word in known)
    return f"{signs[worst]} {worst}: {len(words)} jobs: {told}.{_for_merging(shared)}"


def _for_merging(shared: Shared) -> str:
    """What the worst job does; nothing where the job that decides it does not say."""
    results = [each.result for each in shared.sections]
    if any(each.blocks for each in results):
        return " Merging is blocked."
    if any(each.verdict is None for each in results) or NO_VERDICT in shared.left_out.values():
        return " Together that is not a pass."
    if shared.left_out or any(each.blocks is None for each in results):
        return ""
    return " Merging is not blocked."


def _title(result: Result, *, several: bool) -> str:
    if not several:
        return f"### {result.sign} {result.headline}"
    return f"#### {result.sign} {markdown.code(result.name or 'gate', NAME_LIMIT)}: {result.headline}"


def _waiting(shared: Shared) -> list[str]:
    """Jobs that spoke about the push before, and not yet about this one."""
    if not shared.earlier or not shared.sections:
        return []
    before = shared.earlier[0].commit
    here = {each.result.name for each in shared.sections}
    names = [
        each.name
        for each in shared.earlier
        if each.commit == before and each.name not in here and digest(each.name) not in shared.left_out
    ]
    if not names:
        return []
    return [f"Not yet heard of for this commit: {', '.join(markdown.code(each, NAME_LIMIT) for each in names)}.", ""]


def _earlier(shared: Shared) -> list[str]:
    if not shared.earlier:
        return []
    lines = [_told_earlier(each) for each in shared.earlier]
    return [*markdown.fold("Earlier pushes", lines), ""]


def _told_earlier(result: Result) -> str:
    """A line, and not a row of a table: a headline may hold a bar, which would end a cell."""
    commit = result.commit[:8] if result.commit else "an unknown commit"
    job = f" {markdown.code(result.name, NAME_LIMIT)}" if result.name else ""
    figures = [f"p95 {numbers.duration(result.p95)}"] if result.p95 is not None else []
    figures += [numbers.counted(result.slower, "comparison") + " slower"] if result.slower else []
    links = [f"[run]({result.run})"] if result.run else []
    told = ", ".join([*figures, *links])
    return f"- {commit}{job}: {result.sign} {result.headline}" + (f" ({told})" if told else "")


def _worst_first(sections: Iterable[Section]) -> list[Section]:
    return sorted(sections, key=lambda each: (-_rank(each.result), each.result.name))


def _rank(result: Result) -> int:
    return result.verdict.rank if result.verdict is not None else len(Verdict)


def _remembered(new: list[Result], known: tuple[Result, ...]) -> tuple[Result, ...]:
    """One result for each job and commit, the newest first."""
    found: dict[tuple[str, str | None], Result] = {}
    for each in sorted([*new, *known], key=lambda result: result.order, reverse=True):
        found.setdefault((each.name, each.commit), each)
    return tuple(found.values())[:MOST_EARLIER]


def _longest(shared: Shared, *, but: str) -> Section | None:
    others = [each for each in shared.sections if each.result.name != but and each.body]
    return max(others, key=lambda each: len(each.body.encode()), default=None)


def _shortened(shared: Shared, section: Section) -> Shared:
    bare = Section(result=section.result)
    kept = tuple(bare if each is section else each for each in shared.sections)
    return shared.model_copy(update={"sections": kept})


def _best(shared: Shared, *, but: str) -> Section | None:
    others = [each for each in shared.sections if each.result.name != but]
    return min(others, key=lambda each: _rank(each.result), default=None)


def _left_out(shared: Shared, section: Section) -> Shared:
    return shared.model_copy(
        update={
            "sections": tuple(each for each in shared.sections if each is not section),
            "left_out": {**shared.left_out, digest(section.result.name): section.result.word},
        }
    )
