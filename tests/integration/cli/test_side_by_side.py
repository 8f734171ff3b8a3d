"""Base and head side by side by the real command: a repository, two stacks of processes, two load generators."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfgate.records.baseline import Baseline
from perfgate.records.judgement import Judgement
from perfgate.records.measurement import Measurement
from perfgate.records.metric import Metric
from perfgate.records.verdict import ReasonCode, Verdict
from tests.integration.cli.conftest import Project, clean

PAIRED = ("run", "--stack", "process", "--compare", "paired")
SHORTEST = ("--duration", "13s")  # eight pairs, of which nothing has to be shown
# What a machine that other work keeps busy adds to a verdict.
OF_THE_MACHINE = {ReasonCode.GENERATOR_SATURATED, ReasonCode.LOAD_NOT_REACHED}
GIT = ("git", "-c", "user.name=T", "-c", "user.email=t@example.invalid", "-c", "init.defaultBranch=main")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*GIT, "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Project]:
    """One commit on main, the gate in a folder of it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    with clean(Project(folder)) as project:
        project.configure(
            scenario={"duration": "19s", "warm_up": "400ms"}, side_by_side={"block": "400ms"}, tolerances={"p50": "10%"}
        )
        declare_ports(project)
        git(folder, "init")
        git(folder, "add", "perfgate.yml")
        git(folder, "commit", "-m", "base")
        yield project


def declare_ports(project: Project) -> None:
    path = project.folder / "perfgate.yml"
    content = json.loads(path.read_text())
    content["stack"]["process"]["ports"] = [project.port]
    path.write_text(json.dumps(content))


def skip_where_starved(judgement: Judgement) -> None:
    """The gate says itself that it accuses nobody, since its own load came too late."""
    reasons = {each.code for each in judgement.scenarios[0].reasons}
    if judgement.verdict is not Verdict.FAIL and ReasonCode.GENERATOR_SATURATED in reasons:
        pytest.skip("the machine is too busy for the load to be on time")


def measurement(project: Project) -> Measurement:
    path = project.out / "baseline" / "beside" / "measurement.json"
    return Measurement.model_validate_json(path.read_bytes())


@pytest.mark.alone
def test_a_slower_head_fails_after_fresh_starts_and_is_judged_again_alike(repository: Project) -> None:
    done = repository.perfgate(*PAIRED, "--base", "HEAD", "--head-env", "DELAY_ITEMS=0.15")
    judgement = repository.judgement()
    skip_where_starved(judgement)
    assert done.code == 11, done.said
    assert judgement.verdict is Verdict.FAIL
    assert ReasonCode.REGRESSION in {reason.code for reason in judgement.scenarios[0].reasons}
    assert "GET /items" in (repository.out / "comment.md").read_text()
    beside = measurement(repository).side_by_side
    assert beside is not None
    assert len(beside.starts) == 2
    assert beside.control is not None  # the base, started twice more, against itself
    assert all(pair.base_cpu is not None and pair.head_cpu is not None for pair in beside.starts[0].pairs)
    assert "As a control the base was started twice more" in (repository.out / "comment.md").read_text()
    assert beside.subject.commit == git(repository.folder, "rev-parse", "HEAD")
    path = "perfgate-out/baseline/beside/measurement.json"
    assert repository.perfgate("judge", path, "--out", "again").code == 11
    again = repository.judgement("again").scenarios[0]
    assert again.reasons == judgement.scenarios[0].reasons
    # Loaded in turns it is no run that others can be compared with; what the control tells of starts is kept.
    kept = [path.relative_to(repository.store).parts[:2] for path in repository.store.rglob("*.gz")]
    assert kept == [("baseline", "starts")]
    assert not list(repository.out.glob("base-*"))
    assert not repository.left_behind()


@pytest.mark.alone
def test_stacks_are_swapped_where_the_file_says_so(repository: Project) -> None:
    content = json.loads((repository.folder / "perfgate.yml").read_text())
    content["side_by_side"]["stacks"] = "swapped"
    del content["stack"]["process"]["ports"]  # no two stacks are up together
    (repository.folder / "perfgate.yml").write_text(json.dumps(content))
    done = repository.perfgate(*PAIRED, "--base", "HEAD", "--block-on", "never")
    assert done.code == 0, done.said
    beside = measurement(repository).side_by_side
    assert beside is not None
    assert beside.starts[0].swapped
    assert len(beside.starts[0].pairs) == 2
    assert all(pair.blocks[0].base.requests and pair.blocks[0].head.requests for pair in beside.starts[0].pairs)
    cpu = [each for pair in beside.starts[0].pairs for each in (pair.base_cpu, pair.head_cpu)]
    assert all(each is not None and each.loaded > 0 and each.idle is None for each in cpu)
    seen = measurement(repository).telemetry
    assert seen is not None
    assert max(each.samples for each in seen.series) > 5  # a turn alone has that many at most
    assert "were swapped 2 times" in (repository.out / "comment.md").read_text()
    assert not repository.left_behind()


@pytest.mark.alone
def test_a_run_beside_a_pinned_reference_keeps_its_ratio_and_is_judged_again_alike(repository: Project) -> None:
    git(repository.folder, "tag", "v1.0.0")
    content = json.loads((repository.folder / "perfgate.yml").read_text())
    content["baseline"] = {"reference": "v1.0.0"}
    (repository.folder / "perfgate.yml").write_text(json.dumps(content))
    run = ("run", "--stack", "process", "--block-on", "never", "--store-baseline", "never")
    done = repository.perfgate(*run, *SHORTEST, "--head-env", "DELAY_ITEMS=0.1")
    assert done.code == 0, done.said
    reference = repository.measurement().reference
    assert reference is not None
    assert reference.commit == git(repository.folder, "rev-parse", "v1.0.0")
    assert reference.beside.starts[0].pairs
    (ratio,) = (each for each in reference.starts[0] if (each.label, each.metric) == ("GET /items", Metric.P50))
    assert ratio.estimate > math.log(2)  # 100 ms instead of 20 ms
    assert repository.perfgate("judge", "perfgate-out/baseline/measurement.json", "--out", "again").code == 0
    again = repository.judgement("again").scenarios[0]
    assert again.reasons == repository.judgement().scenarios[0].reasons
    assert again.provenance.reference is not None
    # What is kept is the ratio, without the pairs of blocks behind it.
    accepted = repository.perfgate("baselines", "accept", "perfgate-out/baseline/measurement.json", "--reason", "first")
    assert accepted.code == 0, accepted.said
    shown = json.loads(repository.perfgate("baselines", "show", repository.measurement().id, "--json").out)
    kept = Baseline.model_validate(shown).measurement.reference
    assert kept is not None
    assert kept.starts == reference.starts
    assert not kept.beside.starts[0].pairs
    assert not repository.left_behind()


@pytest.mark.alone
def test_an_equal_head_never_fails_and_ends_early_or_says_what_is_missing(repository: Project) -> None:
    done = repository.perfgate(*PAIRED, *SHORTEST, "--base", "HEAD", "--block-on", "never")
    assert done.code == 0, done.said
    judgement = repository.judgement()
    assert judgement.verdict is not Verdict.FAIL
    found = judgement.scenarios[0].provenance.side_by_side
    assert found is not None
    assert found.pairs[0] >= 9
    assert {row.label for row in judgement.scenarios[0].rows} == {"total", "GET /items", "GET /orders"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--base", "no-such-branch"), "no commit 'no-such-branch'"),
        ((), "HEAD is the base itself"),
        (("--base", "HEAD", "--duration", "5s"), "too short to compare base and head side by side"),
        (("--base", "HEAD", "--head-env", "nothing"), "this sets nothing"),
    ],
)
def test_what_is_missing_is_said_before_anything_starts(
    repository: Project, arguments: tuple[str, ...], said: str
) -> None:
    done = repository.perfgate(*PAIRED, *arguments)
    assert done.code == 2
    assert said in " ".join(done.said.split())
    assert not repository.left_behind()


def test_without_ports_two_stacks_of_processes_cannot_be_told_apart(repository: Project) -> None:
    content = json.loads((repository.folder / "perfgate.yml").read_text())
    del content["stack"]["process"]["ports"]
    (repository.folder / "perfgate.yml").write_text(json.dumps(content))
    git(repository.folder, "commit", "-am", "no ports")
    done = repository.perfgate(*PAIRED, "--base", "HEAD")
    assert done.code == 2
    assert "stack.process.ports" in done.said


def test_outside_a_repository_auto_compares_with_stored_runs(tmp_path: Path) -> None:
    folder = tmp_path / "no-repository"
    folder.mkdir()
    with clean(Project(folder)) as project:
        project.configure()
        done = project.perfgate("run", "--stack", "process", "--compare", "auto")
        assert done.code == 0, done.said
        assert "compared with stored runs" in " ".join(done.said.split())
        reasons = {reason.code for reason in project.judgement().scenarios[0].reasons}
        assert reasons - OF_THE_MACHINE == {ReasonCode.NO_BASELINE}
