"""Any Locust file of the user's, unchanged, recorded whole: the server's count is the truth."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from perfgate.load.driving import Driven
from perfgate.settings.scenario import Scenario, Stage
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer

HTTP_USER = """
    from locust import HttpUser, constant, task

    class Plain(HttpUser):
        wait_time = constant(0.01)

        @task(3)
        def health(self):
            self.client.get("/health")

        @task
        def missing(self):
            self.client.get("/status/404", name="/missing")

        @task
        def refused(self):
            with self.client.post("/orders", json={"n": 1}, catch_response=True) as answer:
                answer.failure("not today")
"""

FAST_USER = HTTP_USER.replace("HttpUser", "FastHttpUser")

OWN_CLIENT = """
    import http.client
    import time
    from urllib.parse import urlsplit

    from locust import User, constant, task

    class Own(User):
        wait_time = constant(0.01)

        @task
        def health(self):
            begun = time.perf_counter()
            connection = http.client.HTTPConnection(urlsplit(self.host).netloc)
            connection.request("GET", "/own")
            length = len(connection.getresponse().read())
            connection.close()
            self.environment.events.request.fire(
                request_type="OWN", name="health", response_time=(time.perf_counter() - begun) * 1000,
                response_length=length, exception=None,
            )
"""


def recorded(driven: Driven) -> Counter[str]:
    labels = [each.label for each in driven.recording.endpoints]
    return Counter({labels[each]: int(count) for each, count in enumerate(np.bincount(driven.recording.endpoint))})


@pytest.mark.alone
@pytest.mark.parametrize("text", [HTTP_USER, FAST_USER], ids=["HttpUser", "FastHttpUser"])
def test_every_request_is_recorded(loading: Loading, server: CountingServer, text: str) -> None:
    loading.out.mkdir()
    (loading.out / "requests-1.pgr").write_bytes(b"of an earlier load")
    driven = loading.drive(loading.order(loading.locustfile(text), duration=2.3))
    recording = driven.recording
    assert recorded(driven) == {
        "GET /health": server.counts["GET /health"],
        "GET /missing": server.counts["GET /status/404"],
        "POST /orders": server.counts["POST /orders"],
    }
    assert len(recording) == server.total > 50
    assert (driven.ended_because, driven.exit_code, driven.requests_lost) == ("duration", 0, 0)
    assert recording.complete
    assert driven.users_reached == 5
    assert driven.notes == ()
    assert 2.3 <= driven.ended_at - driven.started_at < 4

    by_label = {each.label: number for number, each in enumerate(recording.endpoints)}
    health, missing, orders = (recording.endpoint == by_label[name] for name in sorted(by_label))
    assert set(recording.status[health]) == {200}
    assert set(recording.status[missing]) == {404}
    assert not recording.message[health].any()
    assert all("404" in recording.messages[each] for each in set(recording.message[missing]))
    assert {recording.messages[each] for each in recording.message[orders]} == {"not today"}
    assert set(recording.size) == {len(b'{"ok":true}')}
    assert (recording.start >= driven.started_at).all()
    assert (recording.response_time > 0).all()
    assert np.median(recording.response_time) < 0.3  # seconds, not milliseconds

    assert loading.progress[-1].users == 5
    assert 0 < loading.progress[-1].requests <= len(recording)
    assert 1 <= len(recording.health) == len(loading.progress) <= 4  # one a second
    assert all(sample.loop_lags and 0 < sample.cpu < 2 for sample in recording.health)
    kept = {path.name for path in loading.out.iterdir()} - {path.name for path in driven.files}
    assert kept == {
        "locust.html",
        "locust.log",
        "locust_stats.csv",
        "locust_stats_history.csv",
        "locust_failures.csv",
        "locust_exceptions.csv",
    }
    assert {path.name for path in loading.folder.iterdir()} == {"user_load.py"}


def test_a_client_of_the_users_own_is_recorded(loading: Loading, server: CountingServer) -> None:
    driven = loading.drive(loading.order(loading.locustfile(OWN_CLIENT)))
    assert recorded(driven) == {"OWN health": server.counts["GET /own"]}
    assert (driven.recording.start >= driven.started_at - 0.01).all()
    assert set(driven.recording.status) == {0}


OWN_SHAPE = (
    FAST_USER
    + """
    from locust import LoadTestShape

    class Own(LoadTestShape):
        def tick(self):
            return (3, 10) if self.get_run_time() < SECONDS else None
"""
)


def test_a_shape_of_the_users_own_wins(loading: Loading) -> None:
    stages = (Stage.model_construct(duration=30.0, users=9, spawn_rate=100),)
    scenario = loading.locustfile(OWN_SHAPE.replace("SECONDS", "1"))
    driven = loading.drive(loading.order(scenario, users=9, duration=30.0, stages=stages))
    assert driven.users_reached == 3
    assert driven.ended_because == "duration"
    assert driven.ended_at - driven.started_at < 5
    assert "load shape of its own" in driven.notes[0]


def test_a_shape_of_the_users_own_ends_with_the_scenario(loading: Loading) -> None:
    driven = loading.drive(loading.order(loading.locustfile(OWN_SHAPE.replace("SECONDS", "600"))))
    assert driven.ended_because == "duration"
    assert driven.ended_at - driven.started_at < 5
    assert driven.recording.complete


def test_a_file_without_a_shape_follows_the_profiles_stages(loading: Loading) -> None:
    stages = tuple(Stage.model_construct(duration=2.2, users=users, spawn_rate=100) for users in (2, 7, 1))
    driven = loading.drive(loading.order(loading.locustfile(FAST_USER), users=7, duration=6.6, stages=stages))
    assert driven.users_reached == 7
    assert driven.ended_because == "duration"
    users = [sample.users for sample in driven.recording.health]
    assert users[0] == 2
    assert 7 in users
    assert users[-1] < 7


TAGGED = """
    from locust import FastHttpUser, constant, tag, task

    class Reader(FastHttpUser):
        wait_time = constant(0.01)

        @tag("read")
        @task
        def read(self):
            self.client.get("/read")

        @tag("admin")
        @task
        def administer(self):
            self.client.get("/admin")

    class Writer(FastHttpUser):
        wait_time = constant(0.01)

        @tag("write")
        @task
        def write(self):
            self.client.post("/write")
"""


def test_tags_choose_tasks_and_leave_no_idle_users(loading: Loading, server: CountingServer) -> None:
    scenario = loading.locustfile(TAGGED).model_copy(update={"tags": ("read", "admin"), "exclude_tags": ("admin",)})
    driven = loading.drive(loading.order(scenario))
    assert recorded(driven) == {"GET /read": server.total}
    assert driven.users_reached == 5
    assert "no task for Writer" in driven.notes[0]


def test_user_classes_choose(loading: Loading, server: CountingServer) -> None:
    scenario = loading.locustfile(TAGGED).model_copy(update={"user_classes": ("Writer",)})
    driven = loading.drive(loading.order(scenario))
    assert recorded(driven) == {"POST /write": server.total}


def test_time_that_the_file_takes_to_prepare_is_not_taken_from_the_load(loading: Loading) -> None:
    scenario = loading.locustfile(
        FAST_USER
        + """
    import gevent
    from locust import events

    @events.test_start.add_listener
    def prepare(**_):
        gevent.sleep(1)
"""
    )
    driven = loading.drive(loading.order(scenario))
    assert driven.ended_because == "duration"
    assert driven.ended_at - driven.started_at >= 0.6
    assert (driven.recording.start >= driven.started_at).all()


def test_locusts_own_settings_file_does_not_shorten_or_split_the_load(loading: Loading) -> None:
    (loading.folder / "locust.conf").write_text("run-time = 1\nprocesses = 2\nusers = 1\n")
    driven = loading.drive(loading.order(loading.locustfile(FAST_USER), duration=1.3))
    assert (driven.ended_because, driven.users_reached, len(driven.files)) == ("duration", 5, 1)


def test_a_load_that_the_file_ends_is_told_from_a_whole_one(loading: Loading) -> None:
    scenario = loading.locustfile(
        """
        from locust import FastHttpUser, task

        class Quitter(FastHttpUser):
            @task
            def once(self):
                self.client.get("/health")
                self.environment.runner.quit()
        """
    )
    driven = loading.drive(loading.order(scenario, duration=30.0, users=1))
    assert driven.ended_because == "locust-quit"
    assert driven.recording.complete
    assert len(driven.recording) == 1


def test_errors_in_tasks_are_told(loading: Loading) -> None:
    scenario = loading.locustfile(
        """
        from locust import FastHttpUser, constant, task

        class Broken(FastHttpUser):
            wait_time = constant(0.05)

            @task
            def task_with_a_bug(self):
                self.client.get("/health")
                raise KeyError("ticket")
        """
    )
    driven = loading.drive(loading.order(scenario))
    assert "'ticket'" in driven.notes[0]
    assert driven.exit_code == 0
    assert driven.ended_because == "duration"


def test_the_files_process_sees_no_tokens(loading: Loading) -> None:
    scenario = loading.locustfile(
        "import json, os\nfrom pathlib import Path\n"
        "Path('seen.json').write_text(json.dumps(dict(os.environ)))\n"
        "from locust import FastHttpUser, task\n"
        "class Reader(FastHttpUser):\n"
        "    @task\n"
        "    def read(self):\n"
        "        self.client.get('/health')\n"
    ).model_copy(update={"env": {"API_KEY": "for the load"}})
    secrets = {"GITHUB_TOKEN": "x", "ACTIONS_RUNTIME_TOKEN": "x", "INPUT_TOKEN": "x", "HTTP_PROXY": "http://proxy"}
    environ = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **secrets}
    loading.drive(loading.order(scenario), environ=environ)
    seen = (loading.folder / "seen.json").read_text()
    assert not [name for name in secrets if name in seen]
    assert '"API_KEY": "for the load"' in seen
    assert '"LC_ALL": "C.UTF-8"' in seen


def test_built_in_traffic_is_what_it_declares(loading: Loading, server: CountingServer) -> None:
    driven = loading.drive(loading.order(Scenario(), users=12, duration=1.5))
    assert len(driven.recording) == server.total >= 12
    assert set(server.counts) <= {"GET /health", "GET /metrics", "GET /api/v1/health"}
