"""What a comparison by ratios to a reference adds to the reasons and notes that changes give anyhow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perfgate.judge.by_reference import Judged
from perfgate.judge.changes import inconclusive_reasons
from perfgate.judge.comparison import ENOUGH_RUNS
from perfgate.judge.history import History
from perfgate.judge.paired_reasons import broken_base_reasons, not_compared, overlap_reasons, unconfirmed
from perfgate.records.criteria import Policy
from perfgate.records.judgement import Change, Kind
from perfgate.records.measurement import BesideReference
from perfgate.records.verdict import Note, NoteCode, Reason


def reference_reasons(
    reference: BesideReference, judged: Sequence[Judged], found: Sequence[Change], history: History, policy: Policy
) -> Iterator[Reason]:
    def named(reason: Reason) -> Reason:
        return reason.model_copy(update={"facts": {**reason.facts, "reference": reference.name}})

    yield from map(named, broken_base_reasons(reference.beside))
    withheld = [each for each in judged if each.kind is Kind.REGRESSED and not each.confirmed]
    for one in withheld:
        if one.first is not None:
            again = None if one.again is None else one.again.change
            yield unconfirmed(one.compared, one.first.change, again, reference.beside.stack.kind)
    own = {(each.compared.label, each.compared.metric) for each in withheld}
    unclear = [each for each in found if (each.endpoint, each.metric) not in own]
    yield from map(named, inconclusive_reasons(unclear))
    if history.runs:
        yield from not_compared(reference.beside, [each.compared for each in judged], policy)
    yield from overlap_reasons(reference.beside)


def other_reference_notes(reference: BesideReference, history: History) -> Iterator[Note]:
    """Told as long as the runs beside this reference are few: why there are not more."""
    if history.other_references and 0 < len(history.runs) < ENOUGH_RUNS:
        facts = {"reference": reference.name, "runs": history.other_references}
        yield Note(code=NoteCode.OTHER_REFERENCE, facts=facts)
