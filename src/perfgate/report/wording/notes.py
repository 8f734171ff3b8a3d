"""One sentence for every note: doubts that do not change the verdict, and good news."""

from __future__ import annotations

from perfgate.records.verdict import Note, NoteCode
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.about_inside import note_inside
from perfgate.report.wording.acceptance import say_of_acceptance
from perfgate.report.wording.facts import CLAUSE_LIMIT, Facts
from perfgate.report.wording.reference import note_creep, note_level, note_other_reference
from perfgate.report.wording.said import FILE
from perfgate.report.wording.words import metric_word, place, subject


def say_note(note: Note) -> Prose:  # noqa: C901, PLR0912 - one arm a code: the type checker finds a forgotten one
    facts = Facts(note.facts)
    match note.code:
        case NoteCode.THIN_ENDPOINT:
            return _thin_endpoint(note, facts)
        case NoteCode.THIN_SLOWER:
            return prose(
                "{} looks slower{}, which is no verdict: {} was {} on the base and is {} ({}, {} needed). Give it more "
                "weight, or a tolerance of its own in {}.",
                place(note.endpoint),
                f", and {numbers.counted(others, 'other endpoint')} too" if (others := facts.whole("others")) else "",
                metric_word(note.metric),
                facts.value(note.metric, "baseline"),
                facts.value(note.metric, "candidate"),
                numbers.counted(facts.whole("requests") or 0, "request"),
                numbers.count(facts.whole("needed")),
                FILE,
            )
        case NoteCode.SAME_ANSWERS:
            return prose(
                "{} answer with {} each, all alike, as {}: maybe that is a login or an error page. Look at what is "
                "answered, and let {} check it.",
                numbers.counted(facts.whole("endpoints") or 0, "endpoint"),
                numbers.size(facts.number("bytes")),
                place(note.endpoint),
                Code("expect_body"),
            )
        case NoteCode.NEW_ENDPOINT:
            return _new_endpoint(note, facts)
        case NoteCode.RARE_ENDPOINT:
            return prose(
                "{}{} got fewer than {} in the baseline and none now, which may be chance.",
                place(note.endpoint),
                _and_others(facts),
                numbers.counted(facts.whole("fewer_than") or 0, "request"),
            )
        case NoteCode.LOOSE_BUDGET:
            return _loose_budget(note, facts)
        case NoteCode.LIKELY_SOURCE:
            return prose(
                "Most likely it comes from {}: {} there is {} (at least {}, {}).",
                place(note.endpoint),
                metric_word(note.metric),
                facts.moved(note.metric),
                facts.moved(note.metric, "bound_better"),
                numbers.counted(facts.whole("requests") or 0, "request"),
            )
        case NoteCode.STACKS_SWAPPED:
            return prose(
                "Base and head were never up together: the stacks were swapped {} ({} or more can decide something). "
                "What the machine did meanwhile does not cancel out: changes are known 1.4 to 3.2 times less closely "
                "than side by side (docs/judging.md).",
                numbers.counted(facts.whole("swaps") or 0, "time"),
                numbers.count(facts.whole("needed")),
            )
        case NoteCode.EXTERNAL_STACKS:
            return prose(
                "Both sides ran already and were never started afresh: how luckily they happened to start is in every "
                "figure; fresh starts and the control are those of the load generators alone. What they use cannot be "
                "read, so whether the idle side was idle is not known."
            )
        case NoteCode.BASE_LACKS_FILES:
            more = facts.whole("more") or 0
            return prose(
                "Beside the head lie files that git does not have, so the base lacks them: {}{}. Where the application "
                "reads them, the sides differ by more than the change.",
                Code(facts.text("files") or "", CLAUSE_LIMIT),
                f" and {numbers.counted(more, 'other')}" if more else "",
            )
        case NoteCode.BASE_IS_HEAD:
            return prose(
                "Base and head are the same commit, and no file that git knows differs: this shows how steady the "
                "measurement is, and nothing of a change to the code. Another base is named by {}.",
                Code("--base"),
            )
        case NoteCode.IDLE_SIDES_BUSY:
            return prose(
                "Both sides worked on in each other's turns, alike: the {} used {} of a core then, the head {}.",
                "reference" if facts.text("reference") else "base",
                numbers.share(facts.number("base")),
                numbers.share(facts.number("head")),
            )
        case NoteCode.FASTER:
            return _faster(note, facts)
        case (
            NoteCode.WAIVER_EXPIRED | NoteCode.WAIVER_UNUSED | NoteCode.ACCEPTANCE_REFUSED | NoteCode.ACCEPTANCE_UNUSED
        ):
            return say_of_acceptance(note, facts)
        case NoteCode.CREEP:
            return note_creep(note, facts)
        case NoteCode.LEVEL_CHANGED:
            return note_level(note, facts)
        case NoteCode.OTHER_REFERENCE:
            return note_other_reference(facts)
        case NoteCode.TELEMETRY_GAP | NoteCode.MEMORY_GROWS | NoteCode.DRIFT:
            return note_inside(note, facts)
        case NoteCode.NO_WARM_UP:
            return prose("There is no warm-up: the first, slow requests are counted. Set {} in {}.", "warm_up", FILE)


def _thin_endpoint(note: Note, facts: Facts) -> Prose:
    endpoints = facts.whole("endpoints")
    if endpoints is not None:
        return prose(
            "{} have too few requests to be judged by themselves ({} to {}, {} needed); they count in the total.",
            numbers.counted(endpoints, "endpoint"),
            *(numbers.count(facts.whole(each)) for each in ("fewest", "most", "needed")),
        )
    requests, needed = facts.whole("requests"), facts.whole("needed")
    rests = "" if requests is None else f" ({numbers.counted(requests, 'request')}"
    rests += "" if requests is None else f", {numbers.count(needed)} needed)" if needed is not None else ")"
    return prose(
        "{} has too few requests to be judged by itself{}; it counts in the total.", place(note.endpoint), rests
    )


def _and_others(facts: Facts) -> Prose:
    others = facts.whole("others") or 0
    return prose(" and {}", numbers.counted(others, "other endpoint")) if others else prose("")


def _new_endpoint(note: Note, facts: Facts) -> Prose:
    if not facts.whole("others"):
        return prose("{} is new: there is nothing to compare it with yet.", place(note.endpoint))
    return prose(
        "{}{} are new: there is nothing to compare them with yet. Where names hold ids, as {}, group them by {} in the "
        "Locust file.",
        place(note.endpoint),
        _and_others(facts),
        Code("/tickets/17"),
        Code('name="/tickets/{id}"'),
    )


def _loose_budget(note: Note, facts: Facts) -> Prose:
    used = facts.number("used")
    return prose(
        "The budget {} can hardly fail{}: consider a limit nearer to what is measured.",
        facts.code("text", f"for {note.metric}" if note.metric else "of this metric"),
        "" if used is None else f" ({numbers.share(used)} of it is used)",
    )


def _faster(note: Note, facts: Facts) -> Prose:
    if facts.number("change") is None:
        return prose("{} got better.", subject(note.metric, note.endpoint))
    return prose("{} got better: {}.", subject(note.metric, note.endpoint), facts.moved(note.metric))
