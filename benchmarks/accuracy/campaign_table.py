"""Table of a campaign of real gates (see `campaign`), from what was kept of it, or anew from its recordings.

python -m benchmarks.accuracy.campaign_table NAME             from campaign-NAME.json beside this file
python -m benchmarks.accuracy.campaign_table NAME FOLDER      writes that first, from the folder of a campaign
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.accuracy.campaign import DELAY
from benchmarks.accuracy.campaign_rules import RULES, Gate, by_pairs, halves
from perfgate.records.endpoint import TOTAL, Histogram
from perfgate.records.measurement import Measurement


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="minute, earlier, busy or overloaded")
    parser.add_argument("folder", type=Path, nargs="?")
    given = parser.parse_args()
    if given.folder:
        rows = ",\n".join(json.dumps(each) for each in kept(given.folder))
        kept_at(given.name).write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    gates = read(given.name)
    print(circumstances(gates), end="\n\n")
    print("\n".join(verdicts(gates)), end="\n\n")
    print("\n".join(fails(gates)), end="\n\n")
    print("\n".join(spreads(gates)))


def kept_at(name: str) -> Path:
    return Path(__file__).with_name(f"campaign-{name}.json")


def read(name: str) -> list[Gate]:
    """Gates that came to a verdict, but the first, which only told how long responses take."""
    gates = [Gate.read(each) for each in json.loads(kept_at(name).read_text(encoding="utf-8"))]
    return [each for each in gates if each.number and each.pairs]


def kept(folder: Path) -> Iterator[dict[str, Any]]:
    before: Measurement | None = None
    for path in sorted(folder.glob("*/gate.json")):
        told = json.loads(path.read_text())
        common = {name: told[name] for name in ("number", "change")}
        common |= {"seconds": round(told["seconds"], 1), "others": round(told["others"], 3)}
        measured = path.parent / "short" / "beside" / "measurement.json"
        judged = path.parent / "judgement.json"
        if not (measured.exists() and judged.exists()):
            yield {**common, **WITHOUT_VERDICT, "reasons": [told["error"] or "no measurement"]}
            continue
        measurement = Measurement.model_validate_json(measured.read_text())
        judgement = json.loads(judged.read_text())
        yield {
            **common,
            **figures(measurement, before),
            "injected": round(injected(measurement, told["head_delay_ms"]), 4),
            "verdict": judgement["verdict"],
            "reasons": sorted({each["code"] for one in judgement["scenarios"] for each in one["reasons"]}),
        }
        before = measurement


WITHOUT_VERDICT: Final[dict[str, Any]] = {
    "injected": 0.0,
    "verdict": "error",
    "base_p50": 0.0,
    "head_p50": 0.0,
    "mann_whitney": None,
    "pairs": [],
    "starts": 0,
}


def figures(measurement: Measurement, before: Measurement | None) -> dict[str, Any]:
    beside = measurement.side_by_side
    assert beside is not None
    base, head = beside.total, measurement.total
    assert base.response_times is not None
    assert head.response_times is not None
    earlier = before.side_by_side if before else None
    return {
        "base_p50": milliseconds(base.response_times.p50.value),
        "head_p50": milliseconds(head.response_times.p50.value),
        "mann_whitney": slower(head.histogram, earlier.total.histogram) if earlier else None,
        "pairs": [
            {
                f"{side}_{name}": milliseconds(getattr(getattr(pair.blocks[0], side), name))
                for side in ("base", "head")
                for name in ("p50", "p95")
            }
            for pair in beside.starts[0].pairs
        ],
        "starts": len(beside.starts),
    }


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 4)


def injected(measurement: Measurement, delays: dict[str, float]) -> float:
    """The head's longer wait as a share of what the base took, over all requests."""
    beside = measurement.side_by_side
    assert beside is not None
    longer = [
        (each.requests, (delays[each.label] - DELAY) / (1000 * each.response_times.p50.value))
        for each in beside.endpoints
        if each.label != TOTAL and each.response_times is not None
    ]
    return sum(requests * share for requests, share in longer) / sum(requests for requests, _ in longer)


def slower(head: Histogram, base: Histogram) -> float:
    """The p of the Mann-Whitney test over single requests, to the 1 % of a histogram's buckets."""
    found = stats.mannwhitneyu(requests(head), requests(base), alternative="greater").pvalue
    return float(f"{float(found):.3g}")


def requests(histogram: Histogram) -> NDArray[np.float64]:
    return np.repeat(np.asarray(histogram.buckets, float), histogram.counts)


def verdicts(gates: Sequence[Gate]) -> Iterator[str]:
    yield "| injected | as it came out, median | gates | pass | conditional | fail | judged on fresh starts |"
    yield "|---" + "|---:" * 6 + "|"
    for change in sorted({each.change for each in gates}):
        these = [each for each in gates if each.change == change]
        counts = [sum(each.verdict == verdict for each in these) for verdict in ("pass", "conditional", "fail")]
        came_out = f"{statistics.median(each.injected for each in these):+.1%}" if change else "0 %"
        again = sum(each.starts > 1 for each in these)
        cells = [f"{change:+.0%}", came_out, str(len(these)), *map(str, counts), str(again)]
        yield f"| {' | '.join(cells)} |".replace("%", " %").replace("  %", " %")


def circumstances(gates: Sequence[Gate]) -> str:
    others = [each.others for each in gates]
    times = [each.base_p50 for each in gates]
    return (
        f"{len(gates)} gates; of both processors, others used {min(others):.0%} to {max(others):.0%} "
        f"(median {statistics.median(others):.0%}); p50 of the base {min(times):.1f} to {max(times):.1f} ms "
        f"(median {statistics.median(times):.1f} ms)"
    )


def fails(gates: Sequence[Gate]) -> Iterator[str]:
    changes = sorted({each.change for each in gates})
    yield "| rule | " + " | ".join(f"fail at {change:+.0%}".replace("%", " %") for change in changes) + " |"
    yield "|---" + "|---:" * len(changes) + "|"
    for rule, fails_at in RULES.items():
        cells = []
        for change in changes:
            found = [fails_at(each, gates[:at]) for at, each in enumerate(gates) if each.change == change]
            told = [each for each in found if each is not None]
            cells.append(f"{sum(told)} of {len(told)}")
        yield f"| {rule} | {' | '.join(cells)} |"


def spreads(gates: Sequence[Gate]) -> Iterator[str]:
    """How far two measurements of the same code are apart, by the way they were made."""
    same = [each for each in gates if not each.change]
    stored = [math.log(each.head_p50 / gates[at - 1].base_p50) for at, each in enumerate(gates) if at and each in same]
    yield "| base against base, p50 | standard deviation | farthest off |"
    yield "|---|---:|---:|"
    ways = {
        "one run against the one before": stored,
        "base first, then head": [halves(each) for each in same],
        "in turns, by pairs of blocks": [by_pairs(each) for each in same],
    }
    for way, found in ways.items():
        yield f"| {way} | {100 * statistics.stdev(found):.1f} % | {100 * math.expm1(max(map(abs, found))):.1f} % |"


if __name__ == "__main__":
    main()
