"""The client against every way in which a server or a network lets it down."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from perfgate.github.answers import ApiError, ConflictError, MissingError, RefusedError, UnansweredError
from perfgate.github.client import WAITING, Client, nothing_found
from tests.fakes.github import READ_ONLY, REPOSITORY, TOKEN, FakeGitHub
from tests.integration.github.conftest import Clock, OpenClient

COMMENTS = f"/repos/{REPOSITORY}/issues/7/comments"


def test_every_request_carries_version_agent_and_token(github: FakeGitHub, client: Client) -> None:
    client.get(COMMENTS)
    headers = github.requests[0].headers
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["authorization"] == f"Bearer {TOKEN}"


def test_a_netrc_does_not_take_the_tokens_place(
    github: FakeGitHub, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password other\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    client.get(COMMENTS)
    assert github.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("many", [0, 1, 100, 101, 250])
def test_all_pages_are_read(github: FakeGitHub, client: Client, many: int) -> None:
    for number in range(many):
        github.add_comment(7, f"comment {number}")
    assert [each["body"] for each in client.pages(COMMENTS)] == [f"comment {number}" for number in range(many)]


def test_a_next_page_on_another_server_gets_no_token(github: FakeGitHub, client: Client) -> None:
    with FakeGitHub() as other:
        link = {"Link": f'<{other.api_url}{COMMENTS}?page=2>; rel="next"'}
        github.break_next("GET", COMMENTS, "stale", headers=link)
        with pytest.raises(ApiError, match="on another server"):
            list(client.pages(COMMENTS))
        assert other.requests == []


@pytest.mark.parametrize("kind", ["reset", "truncate", "garbage"])
@pytest.mark.parametrize("times", [1, 3])
def test_reading_is_repeated_when_the_answer_is_lost(
    github: FakeGitHub, client: Client, clock: Clock, kind: str, times: int
) -> None:
    github.add_comment(7, "here")
    github.break_next("GET", COMMENTS, kind, times=times)
    assert [each["body"] for each in client.pages(COMMENTS)] == ["here"]
    assert clock.slept == [0.75 * 2**attempt for attempt in range(times)]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(github: FakeGitHub, client: Client, status: int) -> None:
    github.break_next("GET", COMMENTS, "status", status=status, times=2)
    assert client.get(COMMENTS) == []
    assert len(github.asked("GET", COMMENTS)) == 3


def test_a_server_in_trouble_for_good_is_given_up(github: FakeGitHub, client: Client, clock: Clock) -> None:
    github.break_next("GET", COMMENTS, "status", times=100)
    with pytest.raises(UnansweredError, match="in trouble"):
        client.get(COMMENTS)
    assert len(github.requests) == 6
    assert sum(clock.slept) < WAITING


def test_a_silent_server_is_not_waited_for(github: FakeGitHub, open_client: OpenClient) -> None:
    github.break_next("GET", COMMENTS, "hang", seconds=1.0)
    assert open_client(read_seconds=0.2).get(COMMENTS) == []
    assert len(github.asked("GET", COMMENTS)) == 2


@pytest.mark.parametrize("kind", ["reset", "status", "garbage"])
def test_all_requests_together_have_no_more_time_than_they_are_given(
    github: FakeGitHub, client: Client, clock: Clock, kind: str
) -> None:
    github.break_next("GET", COMMENTS, kind, times=99)
    begun = clock.now()
    with client.within(10):
        for _ in range(5):
            with pytest.raises(UnansweredError):
                client.get(COMMENTS)
        with client.within(60), pytest.raises(UnansweredError, match="too long"):
            client.get(COMMENTS)
        assert 5 < clock.now() - begun <= 10
        clock.seconds = begun + 10
        asked = len(github.requests)
        with pytest.raises(UnansweredError, match="used up"):
            client.get(COMMENTS)
        assert len(github.requests) == asked
    github.faults.clear()
    assert client.get(COMMENTS) == []  # outside, time is as before


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_a_server_that_does_not_finish_ends_with_the_time_there_is(github: FakeGitHub, kind: str) -> None:
    """In real time: the read itself must end."""
    github.add_comment(7, "x" * 60_000)
    github.break_next("GET", COMMENTS, kind, seconds=60.0 if kind == "hang" else 0.05)
    with Client(github.api_url, TOKEN) as client, client.within(0.5), pytest.raises(UnansweredError, match="in time"):
        client.get(COMMENTS)
    assert len(github.requests) == 1


def test_nobody_listens(open_client: OpenClient, github: FakeGitHub, clock: Clock) -> None:
    with Client("http://127.0.0.1:9", TOKEN, now=clock.now, sleep=clock.sleep) as client:
        with pytest.raises(UnansweredError, match="cannot be reached"):
            client.get("/x")
        found: list[str] = []
        with pytest.raises(UnansweredError):
            client.post("/x", {}, found=lambda: found.append("looked"))
        assert found == []  # nothing was sent, so there is nothing to look for


def test_retry_after_is_honoured(github: FakeGitHub, client: Client, clock: Clock) -> None:
    github.break_next("GET", COMMENTS, "status", status=429, headers={"Retry-After": "17"})
    assert client.get(COMMENTS) == []
    assert clock.slept == [17]


def test_a_secondary_limit_is_a_403_to_be_waited_for(github: FakeGitHub, client: Client, clock: Clock) -> None:
    said = "You have exceeded a secondary rate limit"
    github.break_next("POST", COMMENTS, "status", status=403, message=said)
    client.post(COMMENTS, {"body": "once"}, found=lambda: pytest.fail("a refused request did nothing"))
    assert clock.slept == [60]
    assert github.bodies(7) == ["once"]


def test_a_primary_limit_is_waited_for_until_its_reset(github: FakeGitHub, client: Client, clock: Clock) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(clock.now()) + 42)}
    github.break_next("GET", COMMENTS, "status", status=403, headers=headers, message="API rate limit exceeded")
    assert client.get(COMMENTS) == []
    assert clock.slept == [43]


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "3600"}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800003000"}],
)
def test_a_limit_beyond_the_bound_is_given_up_at_once(
    github: FakeGitHub, client: Client, clock: Clock, headers: dict[str, str]
) -> None:
    github.break_next("GET", COMMENTS, "status", status=403, headers=headers)
    with pytest.raises(UnansweredError, match="too long"):
        client.get(COMMENTS)
    assert clock.slept == []


def test_the_bound_is_for_all_waiting_together(github: FakeGitHub, client: Client, clock: Clock) -> None:
    github.break_next("GET", COMMENTS, "status", status=429, headers={"Retry-After": "50"}, times=9)
    with pytest.raises(UnansweredError, match="too long"):
        client.get(COMMENTS)
    assert clock.slept == [50, 50]


def test_a_token_that_may_only_read_is_refused_without_repetition(
    github: FakeGitHub, client: Client, clock: Clock
) -> None:
    github.allow(READ_ONLY)
    with pytest.raises(RefusedError, match="Resource not accessible by integration"):
        client.post(COMMENTS, {"body": "x"}, found=nothing_found)
    assert len(github.requests) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    ("status", "error"), [(401, RefusedError), (404, MissingError), (409, ConflictError), (422, ConflictError)]
)
def test_what_repeating_cannot_mend_is_not_repeated(
    github: FakeGitHub, client: Client, status: int, error: type[ApiError]
) -> None:
    github.break_next("GET", COMMENTS, "status", status=status)
    with pytest.raises(error):
        client.get(COMMENTS)
    assert len(github.requests) == 1


@pytest.mark.parametrize("kind", ["reset", "truncate", "status"])
@pytest.mark.parametrize("performed", [True, False])
def test_a_creation_whose_answer_is_lost_is_looked_for_before_it_is_repeated(
    github: FakeGitHub, client: Client, kind: str, performed: bool
) -> None:
    def found() -> object:
        return next((each for each in client.pages(COMMENTS) if each["body"] == "only one"), None)

    github.break_next("POST", COMMENTS, kind, performed=performed)
    made = client.post(COMMENTS, {"body": "only one"}, found=found)
    assert made["body"] == "only one"
    assert github.bodies(7) == ["only one"]


def test_deleting_what_is_gone_is_done(github: FakeGitHub, client: Client) -> None:
    comment = github.add_comment(7, "x")
    github.break_next("DELETE", "/issues/comments/", "reset", performed=True)
    client.delete(f"/repos/{REPOSITORY}/issues/comments/{comment}")
    assert github.bodies(7) == []


def test_an_answer_without_end_is_refused(github: FakeGitHub, client: Client) -> None:
    github.add_comment(7, "x" * 60_000)
    with pytest.raises(ApiError, match="larger than"):
        client.get_bytes(COMMENTS, limit=50_000)


def test_names_are_quoted_in_addresses(github: FakeGitHub, client: Client) -> None:
    github.commit("main", {"x": b""})
    with pytest.raises(MissingError):
        client.get(f"/repos/{REPOSITORY}/git/ref/heads/a b?c#d%2e\r\nHost: x")
    assert github.requests[0].query == {}
    assert github.requests[0].path.endswith("/heads/a%20b%3Fc%23d%252e%0D%0AHost%3A%20x")


@pytest.mark.parametrize("echo", [TOKEN, f"Bearer {TOKEN}"])
def test_the_token_is_nowhere_to_be_read(github: FakeGitHub, client: Client, echo: str) -> None:
    github.break_next("GET", COMMENTS, "status", status=422, message=f"you sent {echo}")
    with pytest.raises(ConflictError) as caught:
        client.get(COMMENTS)
    shown = f"{caught.value!r} {client!r} {vars(client)!r}".replace(f"'_token': '{TOKEN}'", "")
    assert TOKEN not in shown
    assert "***" in str(caught.value)


@pytest.mark.parametrize("token", ["two\nlines", "", "with space", "ü"])
def test_a_token_that_no_header_can_hold_is_refused_like_a_wrong_one(
    github: FakeGitHub, open_client: OpenClient, token: str
) -> None:
    with pytest.raises(RefusedError, match="Bad credentials"):
        open_client(token).get(COMMENTS)


def test_a_line_break_after_the_token_does_no_harm(github: FakeGitHub, open_client: OpenClient) -> None:
    assert open_client(TOKEN + "\n").get(COMMENTS) == []


def test_the_fake_speaks_plain_http_too(github: FakeGitHub) -> None:
    """What guards the other tests: without the version header the fake refuses."""
    answered = requests.get(github.api_url + COMMENTS, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
    assert answered.status_code == 400
