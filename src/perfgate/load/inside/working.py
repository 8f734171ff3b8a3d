"""A worker: one of several processes that share a load. What it records goes to its master, piece by piece."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import socket
import time
from collections import deque
from functools import cache
from typing import Any

import gevent
import locust
from gevent.event import Event
from locust import argument_parser
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import WorkerRunner

from perfgate.load.inside.clocks import ClockReading, read_clock
from perfgate.load.inside.health import HealthSampler
from perfgate.load.inside.journeys import unfinished
from perfgate.load.inside.messages import END, HELLO, HELLOS, JOINED, PIECE
from perfgate.load.inside.recorder import Flushed, Recorder
from perfgate.load.inside.refusals import signature_checks
from perfgate.load.inside.users_clock import users_clock
from perfgate.load.share import own_share

BEAT = 1.0  # seconds between pieces
ANSWER_WITHIN = 20.0  # seconds for the master to say hello back
ARRIVALS_SEED = 20_260_102

_log = logging.getLogger("perfgate")


class PieceSink:
    """Sends what is recorded to the master. A piece that cannot go now goes first next time, so that none is missing
    in between; the master sees by the numbers if one is.
    """

    def __init__(self, runner: WorkerRunner) -> None:
        self._runner = runner
        self._waiting: deque[dict[str, Any]] = deque()
        self._numbers = itertools.count()
        self.flushed = Flushed(0, 0, ())
        self.said: dict[str, Any] = {}  # goes with the last piece

    def write(self, data: bytes) -> None:
        self._waiting.append({"number": next(self._numbers), "data": data, **_told(self.flushed), **self.said})
        self.flushed = Flushed(0, 0, ())
        while self._waiting:
            try:
                self._runner.send_message(PIECE, self._waiting[0])
            except RPCError as error:
                _log.warning("the master cannot be reached just now: %s", error)
                return
            self._waiting.popleft()

    def close(self) -> None:
        if self._waiting:
            _log.error("%d pieces of the recording could not be sent", len(self._waiting))


def _told(flushed: Flushed) -> dict[str, Any]:
    return {"requests": flushed.requests, "failures": flushed.failures, "times": list(flushed.response_times)}


class Working:
    """From Locust's `init` on. `same_machine`: the master's clock is this one."""

    def __init__(
        self, environment: Environment, runner: WorkerRunner, recorder: Recorder, *, same_machine: bool
    ) -> None:
        self._environment = environment
        self._runner = runner
        self._recorder = recorder
        self._same_machine = same_machine
        self._sink = PieceSink(runner)
        self._health = HealthSampler(gevent.sleep)
        self._clock = ClockReading(0.0, 0.0)
        self._readings: list[ClockReading] = []
        self._answered, self._closed = Event(), False
        self._counted = 0
        # Locust builds its whole command line anew for every option in every message that spawns users: 0.1 s of
        # processor each time, in which no user of this worker would be heard.
        argument_parser.default_args_dict = cache(argument_parser.default_args_dict)
        runner.register_message(HELLO, self._on_hello)
        runner.register_message(END, self._on_end, concurrent=True)
        environment.events.report_to_master.add_listener(self._on_report)
        environment.events.test_start.add_listener(self._on_test_start)
        environment.events.test_stopping.add_listener(lambda **_: users_clock.end())
        environment.events.quitting.add_listener(lambda **_: self._end(self._clock))
        gevent.spawn(self._join)

    def _join(self) -> None:
        self._clock = self._read_clock()
        told = {"host": socket.gethostname(), "process": os.getpid(), "clock_offset": self._clock.offset}
        self._runner.send_message(JOINED, {**told, "clock_error": self._clock.error})

    def _read_clock(self) -> ClockReading:
        """Ends this worker where the master has no share for it, or does not answer."""
        self._readings.clear()
        for _ in range(HELLOS):
            self._answered.clear()
            self._runner.send_message(HELLO, {"sent": time.time()})
            if not self._answered.wait(ANSWER_WITHIN):
                _log.error("the master does not answer, or is no PerfGate of this version")
                self._environment.process_exit_code = 1
                gevent.spawn(self._runner.quit)
                return self._clock
        return ClockReading(0.0, 0.0) if self._same_machine else min(self._readings, key=lambda each: each.error)

    def _on_hello(self, msg: Any, **_: Any) -> None:
        received = time.time()
        if msg.data["share"] is None:
            _log.error("the load has all the workers it waits for, or has begun; this one is not needed")
            self._environment.process_exit_code = 1
            gevent.spawn(self._runner.quit)
            return
        own_share.index, own_share.of = msg.data["share"]
        self._readings.append(read_clock(sent=msg.data["sent"], answered=msg.data["at"], received=received))
        self._answered.set()

    def _on_test_start(self, **_: Any) -> None:
        head = {
            "worker_of": own_share.of,
            "share": own_share.index,
            "host": socket.gethostname(),
            "clock_offset": self._clock.offset,
            "clock_error": self._clock.error,
            "locust": locust.__version__,
        }
        self._recorder.open_on(self._sink, head)
        users_clock.open_for_good(ARRIVALS_SEED)
        # The master, who is interrupted too where it is of the same group, says when and how it ends.
        gevent.signal_handler(signal.SIGINT, self._on_interrupt)
        gevent.spawn(self._health.tick_forever)
        gevent.spawn(self._beat_forever)

    def _on_interrupt(self) -> None:
        if self._closed or not self._same_machine:
            gevent.spawn(self._runner.quit)

    def _beat_forever(self) -> None:
        while self._recorder.is_open:
            gevent.sleep(BEAT)
            self._flush()

    def _flush(self) -> None:
        if self._recorder.is_open:
            self._sink.flushed = self._recorder.take_stock()
            self._recorder.flush(self._health.sample(None))

    def _on_report(self, data: dict[str, Any], **_: Any) -> None:
        """Locust's own count, which it starts anew with each report."""
        self._counted += data["stats_total"]["num_requests"]

    def _on_end(self, **_: Any) -> None:
        self._runner.stop()
        self._end(self._read_clock())

    def _end(self, clock: ClockReading) -> None:
        """No user runs any more: complete the recording, once."""
        if self._closed or not self._recorder.is_open:
            return
        self._closed = True
        self._flush()
        totals = {
            "untimed": self._recorder.untimed,
            "unsent": users_clock.unsent,
            "refusals": signature_checks.finish(),
            "unfinished": unfinished.count,
            "locust_requests": self._counted + self._environment.stats.total.num_requests,
            "more_endpoints": self._recorder.more_endpoints,
            "clock_offset": clock.offset,
            "clock_error": clock.error,
        }
        self._sink.said = {"totals": totals}
        self._recorder.close(totals)
