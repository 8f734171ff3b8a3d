"""The recordings of a campaign judged again by this version, with the luck of starts as its own gates have taught it.

    python -m benchmarks.accuracy.campaign_again FOLDER

Each gate knows the base-against-base gates before it, as if a self-test had stored them; with fewer than ten the
assumption of 1 % a start holds. What fresh starts did not measure then, they cannot confirm now: more alarms than the
campaign had would stay unconfirmed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.accuracy.campaign import CONFIG
from perfgate.judge.start_luck import learned, starts_compared
from perfgate.judge.verdict import judge_scenario
from perfgate.records.measurement import Measurement
from perfgate.records.starts import StartsCompared
from perfgate.settings.policy import judging_policy
from perfgate.settings.reading import read_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    policy = judging_policy(read_file(CONFIG.read_text(encoding="utf-8"), str(CONFIG)))
    known: list[StartsCompared] = []
    verdicts: dict[tuple[float, bool], Counter[str]] = {}
    for told, measurement in gates(folder):
        beside = measurement.side_by_side
        assert beside is not None
        luck = learned(list(reversed(known)))
        again = measurement.model_copy(update={"side_by_side": beside.model_copy(update={"start_luck": luck})})
        judged = judge_scenario(again, (), policy, today=datetime.now(UTC).date())
        verdicts.setdefault((told["change"], luck is not None), Counter())[judged.verdict.value] += 1
        if not told["change"]:
            found = starts_compared(
                beside.starts[0],
                measurement.fingerprint,
                run=measurement.id,
                at=measurement.started_at,
                why="self-test",
                scenario=measurement.scenario.name,
                commit=measurement.subject.commit,
            )
            known += [found] if found else []
    print("| injected | luck of a start | gates | pass | conditional | fail |")
    print("|---|---|---:|---:|---:|---:|")
    for (change, is_learned), counts in sorted(verdicts.items()):
        shown = [str(counts[each]) for each in ("pass", "conditional", "fail")]
        how = "learned" if is_learned else "assumed, 1 %"
        print(f"| {change:+.0%} | {how} | {counts.total()} | {' | '.join(shown)} |".replace("%", " %", 1))
    last = learned(list(reversed(known)))
    if last is not None:
        print(f"\nlearned in the end, from {last.runs} gates: {100 * last.per_start:.1f} % a start")


def gates(folder: Path) -> list[tuple[dict[str, float], Measurement]]:
    """In the order in which they began, but the first, which only told how long responses take."""
    found = []
    for path in sorted(folder.glob("*/gate.json")):
        told = json.loads(path.read_text())
        measured = path.parent / "short" / "beside" / "measurement.json"
        if told["number"] and measured.exists():
            found.append((told, Measurement.model_validate_json(measured.read_text())))
    return sorted(found, key=lambda each: each[0]["began"])


if __name__ == "__main__":
    main()
