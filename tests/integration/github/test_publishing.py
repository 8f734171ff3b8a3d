"""A verdict told in every place, some of which are refused, broken, or spoken in by another job at the same moment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from perfgate.errors import ExitCode, PerfGateError, PublishError, StackError
from perfgate.github.client import Client
from perfgate.github.comment_state import read_comment
from perfgate.github.event import Event
from perfgate.github.mirror import State
from perfgate.github.publishing import Published, Wishes, cancel_check, publish, start_check
from perfgate.records.judgement import Judgement
from perfgate.report.comment import marker
from tests.fakes.github import BOT, READ_ONLY, REPOSITORY, TOKEN, FakeGitHub, Request
from tests.golden import judgements as made
from tests.integration.github.conftest import Clock, OpenClient
from tests.unit.github.events import HEAD, PULL_REQUEST, pushed

DONE, REFUSED, SKIPPED, FAILED = State.DONE, State.REFUSED, State.SKIPPED, State.FAILED


@dataclass
class Step:
    """The surroundings of a step: its files, its log, and what it wishes."""

    folder: Path
    client: Client | None
    log: list[str] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return {"GITHUB_STEP_SUMMARY": str(self.folder / "summary"), "GITHUB_OUTPUT": str(self.folder / "output")}

    def publish(self, outcome: Judgement | PerfGateError, event: Event = PULL_REQUEST, **wishes: Any) -> Published:
        started = wishes.pop("started", None)
        environ = wishes.pop("environ", self.environ)
        return publish(
            outcome,
            event,
            Wishes(**wishes),
            client=self.client,
            environ=environ,
            command=self.log.append,
            started=started,
        )

    def summary(self) -> str:
        return (self.folder / "summary").read_text(encoding="utf-8")

    def outputs(self) -> dict[str, str]:
        """As the runner reads them."""
        found, lines = {}, iter((self.folder / "output").read_text(encoding="utf-8").split("\n"))
        for line in lines:
            if not line:
                continue
            name, separator, end = line.partition("<<")
            assert separator
            value = []
            while (each := next(lines)) != end:
                value.append(each)
            found[name] = "\n".join(value)
        return found


@pytest.fixture
def step(tmp_path: Path, client: Client) -> Step:
    return Step(tmp_path, client)


def states(published: Published) -> dict[str, str]:
    return {each.name: each.state.value for each in published.mirrors}


ALL_DONE = dict.fromkeys(("comment", "check", "summary", "outputs", "annotations"), "done")


def test_a_verdict_is_told_everywhere(github: FakeGitHub, step: Step) -> None:
    published = step.publish(made.regression(), outputs={"report": "out/report.html"})
    assert states(published) == ALL_DONE
    [body] = github.bodies(7)
    headline = "🔴 Fail: p95 of `GET /health` is 23.1 % slower. Merging is blocked."
    assert body.startswith(f"<!-- perfgate:perfgate -->\n### {headline}\n")
    assert step.summary().startswith(f"### {headline}\n")
    [run] = github.repository.check_runs.values()
    assert (run["name"], run["status"], run["conclusion"]) == ("PerfGate", "completed", "failure")
    assert (run["head_sha"], run["details_url"]) == (HEAD, PULL_REQUEST.run_url)
    outputs = step.outputs()
    assert (outputs["verdict"], outputs["regressions"], outputs["report"]) == ("fail", "1", "out/report.html")
    assert (
        outputs["comment-url"] == published.comment.url == next(iter(github.repository.comments.values()))["html_url"]
    )
    assert json.loads(outputs["reasons"])[0] == {
        "code": "regression", "verdict": "fail", "endpoint": "GET /health", "metric": "p95",
    }  # fmt: skip
    assert step.log[0].startswith("::error file=perfgate.yml,line=1,title=PerfGate%3A baseline%3A regression::")


# --- the comment ---


def test_the_comment_is_updated_in_place(github: FakeGitHub, step: Step) -> None:
    first = step.publish(made.regression(), pushed(1))
    second = step.publish(made.passed(), pushed(2))
    assert first.comment.url == second.comment.url
    [body] = github.bodies(7)
    assert "### 🟢 Pass" in body
    assert "Earlier pushes" in body


@pytest.mark.parametrize("before", [0, 99, 100, 250])
def test_the_comment_is_found_on_any_page(github: FakeGitHub, step: Step, before: int) -> None:
    for number in range(before):
        github.add_comment(7, f"talk {number}", login="ada")
    step.publish(made.regression())
    for number in range(50):
        github.add_comment(7, f"more talk {number}", login="ada")
    step.publish(made.passed())
    assert sum(body.startswith(marker("perfgate")) for body in github.bodies(7)) == 1
    assert len(github.bodies(7)) == before + 51


@pytest.mark.parametrize("login", ["mallory", "other-app[bot]"])
def test_the_same_marker_of_another_author_is_not_ours(github: FakeGitHub, step: Step, login: str) -> None:
    theirs = f"{marker('perfgate')}\nall is well"
    github.add_comment(7, theirs, login=login)
    step.publish(made.regression())
    assert github.bodies(7)[0] == theirs
    assert "🔴 Fail" in github.bodies(7)[1]


def test_a_quotation_of_our_marker_is_not_our_comment(github: FakeGitHub, step: Step) -> None:
    github.add_comment(7, f"> {marker('perfgate')}\nlook at this")
    step.publish(made.regression())
    assert len(github.bodies(7)) == 2


def test_other_keys_have_other_comments(github: FakeGitHub, step: Step) -> None:
    step.publish(made.regression(), key="api")
    step.publish(made.passed(), key="web")
    assert [body.split("\n")[0] for body in github.bodies(7)] == ["<!-- perfgate:api -->", "<!-- perfgate:web -->"]


@pytest.mark.parametrize("token_of", [BOT, "my-app[bot]", "ada"])
def test_whoever_the_token_speaks_as_finds_its_own_comment(
    github: FakeGitHub, open_client: OpenClient, tmp_path: Path, token_of: str
) -> None:
    github.allow({"pull-requests": "write"}, token="other", login=token_of)
    step = Step(tmp_path, open_client("other"))
    for _ in range(2):
        step.publish(made.regression())
    assert len(github.bodies(7)) == 1


@pytest.mark.parametrize("kind", ["reset", "truncate", "status", "garbage"])
@pytest.mark.parametrize("performed", [True, False])
def test_a_lost_answer_never_makes_a_second_comment(github: FakeGitHub, step: Step, kind: str, performed: bool) -> None:
    github.break_next("POST", "/issues/7/comments", kind, performed=performed, times=2)
    assert step.publish(made.regression()).comment.state is DONE
    assert len(github.bodies(7)) == 1


def test_what_was_made_is_not_made_again_because_it_is_not_listed_yet(github: FakeGitHub, step: Step) -> None:
    github.break_next("GET", "/issues/7/comments", "stale", times=3)
    assert step.publish(made.regression()).comment.state is DONE
    assert len(github.bodies(7)) == 1


@pytest.mark.parametrize("many", [2, 3])
def test_several_comments_of_ours_become_one_again(github: FakeGitHub, step: Step, many: int) -> None:
    step.publish(made.regression(), section="a")
    [body] = github.bodies(7)
    for number in range(1, many):
        github.add_comment(7, body.replace('"name": "a"', f'"name": "a{number}"'))
    step.publish(made.passed(), section="b")
    assert sections(github) == {"a", "b", *(f"a{number}" for number in range(1, many))}


def test_of_two_comments_made_at_once_the_older_stays_and_takes_the_other_up(github: FakeGitHub, step: Step) -> None:
    step.publish(made.regression(), section="a")
    [body] = github.bodies(7)
    github.repository.comments.clear()
    older: list[int] = []

    def be_faster(_: Request) -> None:
        if not older:
            older.append(github.add_comment(7, body))

    github.before.append(("POST", "/issues/7/comments$", be_faster))
    told = step.publish(made.passed(), section="b")
    assert sections(github) == {"a", "b"}
    assert list(github.repository.comments) == older
    assert told.comment.url == github.repository.comments[older[0]]["html_url"]


def test_who_speaks_is_not_guessed_when_it_could_not_be_asked(
    github: FakeGitHub, open_client: OpenClient, tmp_path: Path
) -> None:
    github.allow({"pull-requests": "write"}, token="other", login="my-app[bot]")
    step = Step(tmp_path, open_client("other"))
    step.publish(made.regression())
    github.break_next("POST", "/graphql", "status", times=6)
    assert step.publish(made.passed()).comment.state is FAILED
    assert len(github.bodies(7)) == 1


def test_a_server_without_viewers_has_the_actions_own_comment(github: FakeGitHub, step: Step) -> None:
    github.break_next("POST", "/graphql", "status", status=404, times=99)
    for _ in range(2):
        step.publish(made.regression())
    assert len(github.bodies(7)) == 1


@pytest.mark.parametrize("headers", [{"Retry-After": "5"}, {}])
def test_a_rate_limit_is_waited_for(github: FakeGitHub, step: Step, clock: Clock, headers: dict[str, str]) -> None:
    said = "You have exceeded a secondary rate limit"
    github.break_next("POST", "/issues/7/comments", "status", status=403, message=said, headers=headers)
    assert step.publish(made.regression()).comment.state is DONE
    assert clock.slept == [5 if headers else 60]


def test_a_rate_limit_of_an_hour_costs_the_comment_and_not_the_verdict(github: FakeGitHub, step: Step) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800003600"}
    github.break_next("GET", "/issues/7/comments", "status", status=403, headers=headers, times=99)
    published = step.publish(made.regression())
    assert states(published) == ALL_DONE | {"comment": "failed"}
    assert "too long" in (published.comment.why or "")


def test_a_comment_deleted_meanwhile_is_made_again(github: FakeGitHub, step: Step) -> None:
    step.publish(made.regression())

    def delete(_: Request) -> None:
        github.before.clear()
        with github.lock:
            github.repository.comments.clear()

    github.before.append(("POST", "/reactions$", delete))
    assert step.publish(made.passed()).comment.state is DONE
    assert len(github.bodies(7)) == 1


@pytest.mark.parametrize(
    ("outcome", "there", "state", "bodies"),
    [
        (made.passed(), False, SKIPPED, 0),
        (made.passed(), True, DONE, 1),
        (made.regression(), False, DONE, 1),
        (StackError("x", remedy="y"), False, DONE, 1),
    ],
)
def test_on_change_speaks_where_there_is_something_to_say(
    github: FakeGitHub, step: Step, outcome: Any, there: bool, state: State, bodies: int
) -> None:
    if there:
        step.publish(made.regression())
    assert step.publish(outcome, comment="on-change").comment.state is state
    assert len(github.bodies(7)) == bodies
    assert not there or "🟢" in github.bodies(7)[0]


def test_never_is_never(github: FakeGitHub, step: Step) -> None:
    assert step.publish(made.regression(), comment="never").comment.state is SKIPPED
    assert github.asked("POST", "/comments") == []


def test_a_push_has_no_pull_request_to_comment_on(github: FakeGitHub, step: Step) -> None:
    event = replace(PULL_REQUEST, name="push", pull_request=None)
    assert states(step.publish(made.regression(), event)) == ALL_DONE | {"comment": "skipped"}


# --- several jobs at once ---


def at_once(jobs: int, client: Callable[[], Client], folder: Path, event: Event = PULL_REQUEST) -> list[Published]:
    """All jobs begin to publish at the same moment."""
    barrier = Barrier(jobs, timeout=60)

    def job(number: int) -> Published:
        own = folder / str(number)
        own.mkdir(exist_ok=True)
        step = Step(own, client())
        barrier.wait()
        outcome = made.regression() if number % 2 else made.passed()
        return step.publish(outcome, event, section=f"job {number}")

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(job, range(jobs)))


def sections(github: FakeGitHub) -> set[str]:
    [body] = github.bodies(7)
    return {each.result.name for each in read_comment(body).sections}


@pytest.mark.parametrize("jobs", [2, 8])
@pytest.mark.parametrize("there", [False, True])
def test_jobs_of_a_matrix_at_once_lose_nothing(
    github: FakeGitHub, hurried: Callable[[], Client], step: Step, jobs: int, there: bool
) -> None:
    if there:
        step.publish(made.passed(), pushed(1), section="job 0")
    published = at_once(jobs, hurried, step.folder, pushed(2))
    assert [states(each) for each in published] == [ALL_DONE] * jobs
    assert sections(github) == {f"job {number}" for number in range(jobs)}
    assert len({each.comment.url for each in published}) == 1
    assert not any(github.repository.reactions.values()), "the lock is open again"
    assert {run["name"] for run in github.repository.check_runs.values()} >= {
        f"PerfGate (job {number})" for number in range(jobs)
    }


def test_two_jobs_that_both_find_no_comment_end_with_one(
    github: FakeGitHub, hurried: Callable[[], Client], tmp_path: Path
) -> None:
    both = Barrier(2, timeout=60)

    def together(_: Request) -> None:
        both.wait()  # neither creates before the other has looked

    github.before.append(("POST", "/issues/7/comments$", together))
    at_once(2, hurried, tmp_path)
    assert len(github.asked("POST", "/issues/7/comments$")) == 2
    assert sections(github) == {"job 0", "job 1"}


def test_without_the_lock_what_was_written_over_is_written_again(
    github: FakeGitHub, hurried: Callable[[], Client], step: Step
) -> None:
    step.publish(made.passed(), pushed(1))
    github.break_next("POST", "/reactions$", "status", status=403, times=99)
    both = Barrier(2, timeout=60)
    met: list[Request] = []

    def together(request: Request) -> None:
        met.append(request)
        if len(met) <= 2:
            both.wait()  # both have read before either writes

    github.before.append(("PATCH", "/issues/comments/", together))
    at_once(2, hurried, step.folder, pushed(2))
    assert sections(github) == {"job 0", "job 1"}


def test_a_killed_jobs_lock_is_broken(github: FakeGitHub, step: Step, clock: Clock) -> None:
    step.publish(made.regression())
    comment = next(iter(github.repository.comments))
    github.repository.reactions[comment] = {
        1: {"id": 1, "user": {"login": BOT}, "content": "eyes", "created_at": github.moment()}
    }
    assert step.publish(made.passed()).comment.state is DONE
    assert "🟢" in github.bodies(7)[0]
    assert 40 < sum(clock.slept) < 60
    assert not github.repository.reactions[comment]


# --- refused ---


def test_a_read_only_token_tells_the_summary_and_the_outputs(github: FakeGitHub, step: Step) -> None:
    github.allow(READ_ONLY)
    published = step.publish(made.regression(), replace(PULL_REQUEST, from_fork=True))
    assert states(published) == ALL_DONE | {"comment": "refused", "check": "refused"}
    assert "Resource not accessible by integration" in (published.comment.why or "")
    assert step.outputs()["verdict"] == "fail"
    assert step.outputs()["comment-url"] == ""


def test_without_a_token(tmp_path: Path) -> None:
    published = Step(tmp_path, None).publish(made.regression())
    assert states(published) == ALL_DONE | {"comment": "skipped", "check": "skipped"}


def test_where_nothing_could_be_told_it_is_an_error_of_its_own(github: FakeGitHub, step: Step) -> None:
    github.allow(READ_ONLY)
    with pytest.raises(PublishError) as caught:
        step.publish(made.regression(), environ={"GITHUB_OUTPUT": str(step.folder / "no" / "folder")})
    assert caught.value.exit_code == ExitCode.PUBLISH == 6
    for cause in ("comment: the token may not", "check: the token may not", "summary: GITHUB_STEP", "outputs: the"):
        assert cause in caught.value.message
    assert "pull-requests: write" in caught.value.remedy


def test_what_a_token_may_not_even_see_is_refused_too(github: FakeGitHub, step: Step) -> None:
    for path in ("/issues/", "/check-runs", "/statuses/"):
        for method in ("GET", "POST"):
            github.break_next(method, path, "status", status=404, message="Not Found", times=99)
    assert states(step.publish(made.regression())) == ALL_DONE | {"comment": "refused", "check": "refused"}


@pytest.mark.parametrize("missing", ["pull-requests", "checks", "statuses", "contents"])
def test_each_permission_is_missed_alone(github: FakeGitHub, step: Step, missing: str) -> None:
    github.actors[TOKEN].permissions.pop(missing)
    expected = {"pull-requests": {"comment": "refused"}}.get(missing, {})
    assert states(step.publish(made.regression())) == ALL_DONE | expected


def test_a_server_that_is_down_costs_no_verdict(tmp_path: Path, clock: Clock) -> None:
    with Client("http://127.0.0.1:9", TOKEN, now=clock.now, sleep=clock.sleep) as client:
        published = Step(tmp_path, client).publish(made.regression())
    assert states(published) == ALL_DONE | {"comment": "failed", "check": "failed"}


# --- the check ---


def test_a_check_is_in_progress_and_then_concluded(github: FakeGitHub, step: Step) -> None:
    started = start_check(step.client, PULL_REQUEST, Wishes())
    [run] = github.repository.check_runs.values()
    assert (run["status"], run["conclusion"], run["name"]) == ("in_progress", None, "PerfGate")
    published = step.publish(made.passed(), started=started)
    [run] = github.repository.check_runs.values()
    assert (run["status"], run["conclusion"]) == ("completed", "success")
    assert published.check.url == run["html_url"]


@pytest.mark.parametrize(
    ("outcome", "conclusion"),
    [
        (made.passed(), "success"),
        (made.regression(), "failure"),
        (made.waived(), "neutral"),
        (made.waived().model_copy(update={"blocks": True}), "failure"),
        (made.regression().model_copy(update={"blocks": False}), "neutral"),
        (StackError("x", remedy="y"), "failure"),
    ],
)
def test_the_conclusion_follows_verdict_and_policy_and_the_name_never_changes(
    github: FakeGitHub, step: Step, outcome: Any, conclusion: str
) -> None:
    step.publish(outcome, check_name="Load test")
    [run] = github.repository.check_runs.values()
    assert (run["name"], run["conclusion"]) == ("Load test", conclusion)


@pytest.mark.parametrize("with_start", [True, False])
def test_annotations_come_in_batches_of_fifty(github: FakeGitHub, step: Step, with_start: bool) -> None:
    started = start_check(step.client, PULL_REQUEST, Wishes()) if with_start else None
    step.publish(made.many_endpoints(), started=started)
    [run] = github.repository.check_runs.values()
    sent = [
        len(each.body["output"]["annotations"])
        for method in ("POST", "PATCH")
        for each in github.asked(method, "/check-runs")
        if "output" in each.body
    ]
    assert sent == [50, 50, 50, 17]
    assert len(run["annotations"]) == 167
    assert len({each["message"] for each in run["annotations"]}) == 167
    assert run["conclusion"] == "failure"


@pytest.mark.parametrize("kind", ["reset", "truncate", "status"])
@pytest.mark.parametrize("performed", [True, False])
@pytest.mark.parametrize("batch", range(2))
def test_a_lost_answer_doubles_neither_check_nor_annotations(
    github: FakeGitHub, step: Step, kind: str, performed: bool, batch: int
) -> None:
    github.break_next("POST", "/check-runs$", kind, performed=performed)
    started = start_check(step.client, PULL_REQUEST, Wishes())
    github.break_next("PATCH", "/check-runs/", kind, performed=performed, skip=batch)
    assert step.publish(made.many_endpoints(160), started=started).check.state is DONE
    [run] = github.repository.check_runs.values()
    assert len(run["annotations"]) == 54  # two batches


def test_a_check_whose_start_was_lost_for_good_is_concluded(github: FakeGitHub, step: Step) -> None:
    github.break_next("POST", "/check-runs$", "reset", performed=True)
    github.break_next("GET", "/check-runs$", "status", times=6)
    assert start_check(step.client, PULL_REQUEST, Wishes()) is None
    step.publish(made.passed())
    [run] = github.repository.check_runs.values()
    assert run["conclusion"] == "success"


def test_without_the_right_to_checks_a_status_is_set(github: FakeGitHub, step: Step) -> None:
    del github.actors[TOKEN].permissions["checks"]
    assert start_check(step.client, PULL_REQUEST, Wishes()) is None
    published = step.publish(made.waived())
    assert published.check.state is DONE
    [status] = github.repository.statuses
    assert (status["state"], status["context"], status["sha"]) == ("success", "PerfGate", HEAD)
    assert status["description"].startswith("Conditional: ")
    assert status["target_url"] == PULL_REQUEST.run_url


def test_a_cancelled_check_does_not_wait_for_ever(github: FakeGitHub, step: Step) -> None:
    started = start_check(step.client, PULL_REQUEST, Wishes())
    assert cancel_check(step.client, PULL_REQUEST, started).state is DONE
    [run] = github.repository.check_runs.values()
    assert (run["status"], run["conclusion"]) == ("completed", "cancelled")
    assert cancel_check(step.client, PULL_REQUEST, None).state is SKIPPED
    assert cancel_check(None, PULL_REQUEST, started).state is SKIPPED


def test_cancelling_does_not_wait_for_a_server_that_is_down(github: FakeGitHub, step: Step, clock: Clock) -> None:
    started = start_check(step.client, PULL_REQUEST, Wishes())
    github.break_next("PATCH", "/check-runs/", "reset", times=99)
    assert cancel_check(step.client, PULL_REQUEST, started).state is FAILED
    assert sum(clock.slept) < 4


@pytest.mark.parametrize("kind", ["reset", "status", "hang"])
def test_publishing_ends_whatever_github_does(
    github: FakeGitHub, open_client: OpenClient, clock: Clock, tmp_path: Path, kind: str
) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE"):
        github.break_next(method, "", kind, times=1000, status=429, headers={"Retry-After": "55"}, seconds=0.2)
    begun, step = clock.now(), Step(tmp_path, open_client(read_seconds=0.05))
    assert start_check(step.client, PULL_REQUEST, Wishes()) is None
    assert clock.now() - begun <= 30
    begun = clock.now()
    assert states(step.publish(made.regression())) == ALL_DONE | {"comment": "failed", "check": "failed"}
    assert clock.now() - begun <= 240 + 120


def test_a_lock_that_cannot_be_given_back_holds_nobody_up(github: FakeGitHub, step: Step, clock: Clock) -> None:
    step.publish(made.regression(), pushed(1))
    github.break_next("DELETE", "/reactions/", "status", times=99)
    begun = clock.now()
    assert step.publish(made.passed(), pushed(2)).comment.state is DONE
    assert clock.now() - begun < 5


def test_a_comments_event_has_no_commit_to_check(github: FakeGitHub, step: Step) -> None:
    event = replace(PULL_REQUEST, name="issue_comment", head_sha=None)
    assert start_check(step.client, event, Wishes()) is None
    assert states(step.publish(made.passed(), event)) == ALL_DONE | {"check": "skipped"}


# --- no verdict ---


def test_a_pull_request_is_told_why_there_is_no_verdict(github: FakeGitHub, step: Step) -> None:
    error = StackError("the service db exited", remedy="see its log", evidence="FATAL: out of space")
    assert states(step.publish(error)) == ALL_DONE
    [body] = github.bodies(7)
    assert "### ⚪ No verdict: the application did not come up. This is not a pass." in body
    assert "FATAL: out of space" in body
    assert step.outputs()["verdict"] == "error"
    assert step.summary().startswith("### ⚪ No verdict: ")
    assert step.log == [
        "::error file=perfgate.yml,line=1,title=PerfGate%3A no verdict::the service db exited. What to do: see its log."
    ]


# --- sizes and hostile words ---


@pytest.mark.parametrize("longer", [0, 1000])
def test_everything_keeps_its_limit(github: FakeGitHub, step: Step, longer: int) -> None:
    """500 endpoints, with names of 1,000 characters. The fake refuses what is too long, as GitHub does."""
    (step.folder / "summary").write_text("x" * (2**20 - 3000), encoding="utf-8")
    assert states(step.publish(made.many_endpoints(longer=longer))) == ALL_DONE
    assert "Fail: " in github.bodies(7)[0].splitlines()[1]
    assert (step.folder / "summary").stat().st_size <= 2**20
    assert "### 🔴 Fail" in step.summary()
    assert len(step.log) == 10


def test_a_full_summary_is_left_as_it_is(step: Step) -> None:
    (step.folder / "summary").write_text("x" * 2**20, encoding="utf-8")
    assert step.publish(made.regression()).summary.state is FAILED
    assert (step.folder / "summary").stat().st_size == 2**20


def test_an_earlier_summary_stays(step: Step) -> None:
    (step.folder / "summary").write_text("of before", encoding="utf-8")
    step.publish(made.passed())
    assert step.summary().startswith("of before\n### 🟢")


def test_hostile_names_command_nothing(github: FakeGitHub, step: Step) -> None:
    hostile = "x\nverdict=pass\nEOF\n::set-output name=verdict::pass"
    assert states(step.publish(made.hostile(), section=hostile, outputs={"report": hostile})) == ALL_DONE
    outputs = step.outputs()
    assert (outputs["verdict"], outputs["report"]) == ("fail", hostile)
    assert set(outputs) == {"report", "verdict", "reasons", "regressions", "comment-url"}
    assert len(step.log) == 10
    for line in step.log:
        assert re.fullmatch(r"::error file=perfgate\.yml,line=1,title=PerfGate%3A [^:,\r\n]*::[^\r\n]*", line)
    [run] = github.repository.check_runs.values()
    assert "\n" not in run["name"]


def test_the_token_is_told_nowhere(github: FakeGitHub, step: Step) -> None:
    github.break_next("POST", "/issues/7/comments", "status", status=422, message=f"bad {TOKEN}")
    published = step.publish(made.regression())
    told = [repr(published), *step.log, step.summary(), (step.folder / "output").read_text(encoding="utf-8")]
    told += [json.dumps(each.body) for each in github.requests]
    assert not [each for each in told if TOKEN in each]


def test_an_enterprise_server_has_its_interface_below_a_path(tmp_path: Path) -> None:
    with (
        FakeGitHub(prefix="/api/v3") as fake,
        Client(fake.api_url, TOKEN, graphql_url=f"{fake.api_url}/graphql") as client,
    ):
        for number in range(120):
            fake.add_comment(7, f"talk {number}")
        step = Step(tmp_path, client)
        for _ in range(2):
            assert states(step.publish(made.regression())) == ALL_DONE
        assert len(fake.bodies(7)) == 121


def test_what_is_asked_of_github_stays_little(github: FakeGitHub, step: Step) -> None:
    """A token of a workflow has 1,000 requests an hour for the whole repository."""
    started = start_check(step.client, PULL_REQUEST, Wishes())
    step.publish(made.regression(), started=started)
    first = len(github.requests)
    started = start_check(step.client, pushed(2), Wishes())
    step.publish(made.regression(), pushed(2), started=started)
    assert first <= 6
    assert len(github.requests) - first <= 8
    assert REPOSITORY in github.requests[0].path
