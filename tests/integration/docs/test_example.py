"""The commands that run the example, and `make demo`, in a fresh checkout, as they are written but for their length."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from perfgate.records.judgement import Judgement
from perfgate.records.verdict import Reason, ReasonCode, Verdict
from tests.documentation import as_written, shortened
from tests.integration.docs.checkout import Checkout, changed, checkout
from tests.ports import free_ports

pytestmark = pytest.mark.timeout(400)
DEMO = as_written("make demo")
LENGTH = "24s"  # of both runs that are compared; the endpoint that is slower is asked some 25 times then
FIRST = as_written(
    "perfgate run --config examples/tickets/perfgate.yml --stack process --scenario baseline --duration 60s"
)
SLOWER = as_written(f'TICKETS_DELAY="GET /api/v1/health=200ms" {FIRST}')
PICTURES = as_written(
    "python -m tests.e2e.browser.pictures perfgate-out/side-by-side/report.html docs/pictures "
    "--section pairs --section endpoints"
)
COMMENT = as_written("python -m docs.pictures.comment perfgate-out/comment.md docs/pictures")
INSTALL = as_written("pip install --no-deps --require-hashes -r requirements.txt")
PARTS = as_written("python -m tickets.llm & python -m tickets.api & python -m tickets.worker &")
BODY = as_written('body=\'{"title":"Printer is on fire"}\'')
SIGNATURE = as_written("signature=$(printf %s \"$body\" | openssl dgst -sha256 -hmac not-a-secret -r | cut -d' ' -f1)")
SENT = as_written('curl --data "$body" --header "X-Signature: sha256=$signature" http://127.0.0.1:8000/webhooks/desk')


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return checkout(tmp_path_factory.mktemp("docs"))


@pytest.fixture(scope="module")
def demo(fresh: Checkout) -> tuple[int, str]:
    """Where its environment is made: this one. The load beside the base ends when it is decided."""
    with changed(fresh.folder / "Makefile", ("--duration 15s", f"--duration {LENGTH}")):
        return fresh.run(f"make --assume-old=.venv/.run {DEMO.removeprefix('make ')}")


def judged(fresh: Checkout, out: str) -> Judgement:
    return Judgement.model_validate_json((fresh.folder / out / "judgement.json").read_bytes())


def starved(judgement: Judgement) -> bool:
    """The machine had so much else to do that the load came late: times are believed of no run then, and it says so."""
    return any(each.code is ReasonCode.GENERATOR_SATURATED for each in judgement.scenarios[0].reasons)


def regressions(judgement: Judgement) -> dict[str | None, Reason]:
    reasons = judgement.scenarios[0].reasons
    return {each.endpoint: each for each in reasons if each.code is ReasonCode.REGRESSION}


@pytest.mark.alone
def test_make_demo_shows_both_ways_to_compare(fresh: Checkout, demo: tuple[int, str]) -> None:
    code, said = demo
    assert code == 0, said
    stored = judged(fresh, "perfgate-out")
    assert stored.scenarios[0].scenario.name == "baseline"
    if starved(stored):
        pytest.skip("the machine is too busy for the load to be on time")
    assert stored.verdict is not Verdict.FAIL
    beside = judged(fresh, "perfgate-out/side-by-side")
    assert ("It should have failed" in said) == (beside.verdict is not Verdict.FAIL)
    if starved(beside):
        pytest.skip("the machine is too busy for the load to be on time")
    assert beside.verdict is Verdict.FAIL, said
    assert {"GET /health", "total"} & set(regressions(beside))
    measured = json.loads((fresh.folder / "perfgate-out/side-by-side/steady/beside/measurement.json").read_text())
    assert len(measured["side_by_side"]["starts"]) == 2  # confirmed on fresh starts


@pytest.mark.alone
def test_a_slower_version_fails_against_what_the_first_run_stored(fresh: Checkout, demo: tuple[int, str]) -> None:
    """The demo's first run is that of the example's page, and stored a baseline if it was on time."""
    makefile = " ".join((fresh.folder / "Makefile").read_text().replace("\\\n", " ").split())
    assert FIRST.removesuffix(" --duration 60s") in makefile
    first = judged(fresh, "perfgate-out")
    code, said = fresh.run(shortened(SLOWER, duration=LENGTH))
    slower = judged(fresh, "perfgate-out")
    if starved(first) or starved(slower):
        pytest.skip("the machine is too busy for the load to be on time")
    assert code == 11, said
    assert "GET /api/v1/health" in regressions(slower)


@pytest.mark.alone
def test_the_page_and_the_comment_have_their_pictures(fresh: Checkout, demo: tuple[int, str]) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium")
    pictures = fresh.folder / "docs" / "pictures"
    kept = {each.name for each in pictures.glob("*.png")}
    assert {"comment-light.png", "page-pairs.png"} <= kept
    for each in kept:
        (pictures / each).unlink()
    for command in (PICTURES, COMMENT):
        code, said = fresh.run(command)
        assert code == 0, said
    assert {each.name for each in pictures.glob("*.png")} == kept


def test_the_platform_by_hand_takes_a_signed_webhook(fresh: Checkout, tmp_path: Path) -> None:
    """The four lines as one script, with free ports; what is installed already is not downloaded again."""
    code, said = fresh.run(INSTALL, folder="examples/tickets", PIP_DRY_RUN="1")
    assert code == 0, said
    api, llm, worker = map(str, free_ports(3))
    sent = SENT.replace(":8000", f":{api}")
    listens = f"until curl --silent --fail --output /dev/null http://127.0.0.1:{api}/health; do sleep 0.1; done"
    script = f"{PARTS}\ntrap 'kill %1 %2 %3; wait' EXIT\n{listens}\n{BODY}\n{SIGNATURE}\n{sent} --silent --fail"
    code, said = fresh.run(
        script,
        folder="examples/tickets",
        timeout=60,
        TICKETS_DATA=str(tmp_path),
        TICKETS_PORT=api,
        TICKETS_WORKER_PORT=worker,
        LLM_PORT=llm,
        TICKETS_LLM=f"http://127.0.0.1:{llm}",
    )
    assert code == 0, said
    assert re.search(r'\{"id": ?\d+', said), said
