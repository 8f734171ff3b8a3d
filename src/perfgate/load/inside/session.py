"""One load, from Locust's events: when it begins and ends, what is recorded, what is said meanwhile."""

from __future__ import annotations

import logging
import signal
import time
from pathlib import Path
from typing import Any, Final

import gevent
import locust
from locust.env import Environment
from locust.event import Events
from locust.runners import STATE_STOPPING, LocalRunner, MasterRunner, Runner, WorkerRunner

from perfgate.load.inside.gathering import Gathering
from perfgate.load.inside.health import HealthSampler
from perfgate.load.inside.journeys import unfinished
from perfgate.load.inside.leading import lead
from perfgate.load.inside.otlp import can_export
from perfgate.load.inside.pace import Pace
from perfgate.load.inside.recorder import Recorder
from perfgate.load.inside.refusals import signature_checks
from perfgate.load.inside.shape import StagesShape
from perfgate.load.inside.users_clock import live_by, users_clock
from perfgate.load.inside.voice import Voice
from perfgate.load.inside.working import ARRIVALS_SEED, Working
from perfgate.load.lines import Failure, Note, Started, Trouble
from perfgate.load.plan import Plan

BEAT: Final = 1.0  # seconds between flushes

_log = logging.getLogger("perfgate")


class Session:
    """`attach` before the user's Locust file is loaded, `finish` after Locust is done."""

    def __init__(self, plan: Plan, voice: Voice) -> None:
        self._plan = plan
        self._voice = voice
        self._recorder = Recorder()
        self._health = HealthSampler(gevent.sleep)
        self._pace = Pace(plan.duration)
        self._environment: Environment | None = None
        self._failed = False
        self._started_at: float | None = None
        self._ended_at: float | None = None
        self._ended_because = "locust-quit"
        self._users_reached = 0
        self._gathering: Gathering | None = None  # where this is the master of workers
        self._is_worker = False

    @property
    def initialised(self) -> bool:
        """Whether Locust has loaded its file and accepted its arguments."""
        return self._environment is not None

    def attach(self, events: Events) -> None:
        """The request listener comes before the user's own, so that one of those cannot keep it from hearing."""
        if self._plan.turns is not None:
            live_by(users_clock)
        events.request.add_listener(self._recorder.listener)
        events.init.add_listener(self._on_init)

    def _on_init(self, environment: Environment, runner: Runner, **_: Any) -> None:
        self._environment = environment
        if isinstance(runner, WorkerRunner) and self._plan.workers:
            self._become_worker(environment, runner)
            return
        if isinstance(runner, MasterRunner) and self._plan.all_workers:
            self._gathering = lead(environment, runner, self._plan, fail=self._fail_to_write, note=self._note)
            self._drop_users_without_tasks(environment)
        elif not isinstance(runner, LocalRunner):
            self._fail(Failure(Trouble.DISTRIBUTED, type(runner).__name__))
            return
        if self._plan.otlp and not can_export():
            self._note("Nothing is exported by OTLP: the packages of PerfGate's extra `otlp` are missing.")
        self._choose_shape(environment, runner)
        if environment.shape_class is None:
            environment.parsed_options.run_time = None  # Locust's own would run while the user's code still prepares
        # After the user's own listeners, which may prepare for long before there is any load.
        environment.events.test_start.add_listener(self._on_test_start)
        environment.events.test_stopping.add_listener(self._on_test_stopping)
        environment.events.spawning_complete.add_listener(self._on_spawning_complete)

    def _become_worker(self, environment: Environment, runner: WorkerRunner) -> None:
        """In a process that Locust forked off: the master alone speaks and ends the load."""
        self._is_worker = True
        self._voice.close()
        Working(environment, runner, self._recorder, same_machine=True)

    def _choose_shape(self, environment: Environment, runner: Runner) -> None:
        if environment.shape_class is not None and self._plan.keep_own_shape:
            self._note(
                "The Locust file has a load shape of its own, which decides how many users there are and how fast "
                f"they come; the load ends after {self._plan.duration:g} s at the latest, as the scenario says."
            )
        elif self._plan.stages:
            environment.shape_class = StagesShape(self._plan.stages)
            environment.shape_class.runner = runner

    def _on_test_start(self, environment: Environment, **_: Any) -> None:
        if self._gathering is None:
            self._drop_users_without_tasks(environment)
        elif not self._gathering.wait_for_all():
            self._fail(Failure(Trouble.NOT_JOINED, f"{len(self._gathering.workers)} of {self._plan.all_workers}"))
        if self._failed:
            return
        self._started_at = time.time()
        told = {
            "started_at": self._started_at,
            "users": self._plan.users,
            "duration": self._plan.duration,
            "warm_up": self._plan.warm_up,
            "locust": locust.__version__,
        }
        try:
            self._recorder.open(Path(self._plan.recording), told)
            self._voice.say(Started(self._started_at, locust.__version__))
        except OSError as error:
            self._fail_to_write(error)
            return
        if self._plan.turns is not None:
            gevent.spawn(users_clock.follow, Path(self._plan.turns), self._end_as_planned)
        else:
            users_clock.open_for_good(ARRIVALS_SEED)
        # In a greenlet of its own: the interrupt must not strike in the middle of a write.
        gevent.signal_handler(signal.SIGINT, self._quit)
        for each in (self._health.tick_forever, self._beat_forever, self._end_in_time):
            gevent.spawn(each)

    def _drop_users_without_tasks(self, environment: Environment) -> None:
        """Where tags leave a user class nothing to do, its users would only die one after the other."""
        options = environment.parsed_options
        if not (options.tags or options.exclude_tags):
            return
        idle = [each for each in environment.user_classes if not each.tasks]
        if len(idle) == len(environment.user_classes):
            self._fail(Failure(Trouble.NO_TASKS, ", ".join(sorted(each.__name__ for each in idle))))
        elif idle:
            environment.user_classes[:] = [each for each in environment.user_classes if each.tasks]
            names = ", ".join(sorted(each.__name__ for each in idle))
            self._note(f"The tags leave no task for {names}, so there are no such users in this load.")

    def _on_spawning_complete(self, user_count: int, **_: Any) -> None:
        self._users_reached = max(self._users_reached, user_count)

    def _on_test_stopping(self, environment: Environment, **_: Any) -> None:
        if self._ended_at is not None:
            return
        self._ended_at = time.time()
        users_clock.end()
        if self._gathering is not None:
            environment.runner.update_state(STATE_STOPPING)  # nobody's users are to be given to others any more
            if not self._gathering.anybody_is_there():
                self._quit()  # Locust's master would only stop, and wait for other workers
            self._gathering.end(environment.stop_timeout)
        self._users_reached = max(self._users_reached, environment.runner.user_count)
        if environment.runner.shape_greenlet is not None and environment.runner.shape_greenlet is gevent.getcurrent():
            self._ended_because = "duration"  # the shape came to its end

    def _end_in_time(self) -> None:
        gevent.sleep(self._plan.duration)
        self._end_as_planned()

    def _end_as_planned(self) -> None:
        if self._ended_at is None:
            self._ended_because = "duration"
            self._quit()

    def _beat_forever(self) -> None:
        while True:
            gevent.sleep(BEAT)
            self._beat()

    def _beat(self) -> None:
        """Flush, and say how far the load has come."""
        if self._environment is None or self._started_at is None:
            return
        users = self._environment.runner.user_count
        self._users_reached = max(self._users_reached, users)
        try:
            flushed = self._recorder.flush(self._health.sample(users))
        except OSError as error:
            self._fail_to_write(error)
            return
        requests, failures = self._recorder.requests, self._recorder.failures
        if self._gathering is not None:
            self._gathering.look()
            flushed, requests, failures = (
                self._gathering.take_flushed(),
                self._gathering.requests,
                self._gathering.failures,
            )
        progress = self._pace.progress(
            flushed,
            elapsed=time.time() - self._started_at,
            users=users,
            requests=requests,
            failures=failures,
        )
        try:
            self._voice.say(progress)
        except OSError:
            _log.warning("nobody follows this load any more, so it ends")
            self._quit()

    def finish(self) -> None:
        """Locust is done, no user runs any more: complete the recording."""
        if self._is_worker:
            return  # its last piece went to the master before Locust was done
        if self._gathering is not None:
            self._gathering.close()
        try:
            self._recorder.close(self._totals())
        except OSError as error:
            self._fail_to_write(error)
        if self._recorder.more_endpoints:
            self._note(
                "There are more endpoint names than can be told apart; the rest are counted together. "
                "Group them with `name=` in the Locust file."
            )
        if self._recorder.untimed:
            self._note(
                f"{self._recorder.untimed} requests came without a response time and are not in the recording; "
                "a client of the Locust file's own did not measure it."
            )

    def _totals(self) -> dict[str, Any]:
        """Of a load that was told to begin; see `records.frames`, kind 'Z'."""
        environment = self._environment
        exceptions = environment.runner.exceptions.values() if environment is not None else ()
        counted = None
        if environment is not None and not environment.reset_stats and self._gathering is None:
            counted = environment.stats.total.num_requests
        return {
            "started_at": self._started_at,
            "ended_at": self._ended_at or time.time(),
            "ended_because": self._ended_because,
            "users_reached": self._users_reached,
            "untimed": self._recorder.untimed,
            "unsent": users_clock.unsent,
            "refusals": signature_checks.finish(),
            "unfinished": unfinished.count,
            "locust_requests": counted,
            "workers": [] if self._gathering is None else self._gathering.described(),
            "exceptions": sum(each["count"] for each in exceptions),
            "exception": next((str(each["msg"])[:200] for each in exceptions), ""),
        }

    def say_not_imported(self, detail: str, evidence: str) -> None:
        self._fail(Failure(Trouble.NOT_IMPORTED, detail, evidence))

    def _fail_to_write(self, error: OSError) -> None:
        self._recorder.abandon()
        self._fail(Failure(Trouble.NOT_WRITTEN, error.strerror or str(error)))

    def _fail(self, failure: Failure) -> None:
        """Say it once, and stop the load."""
        if self._failed:
            return
        self._failed = True
        try:
            self._voice.say(failure)
        except OSError:
            _log.warning("nobody hears why this load ends: %s", failure)
        if self._environment is not None:
            self._environment.process_exit_code = 1
            self._quit()

    def _note(self, text: str) -> None:
        try:
            self._voice.say(Note(text))
        except OSError:
            _log.warning("nobody hears: %s", text)

    def _quit(self) -> None:
        """From a greenlet of its own: one that Locust's runner owns would be killed halfway by its own call."""
        if self._environment is not None:
            gevent.spawn(self._environment.runner.quit)
