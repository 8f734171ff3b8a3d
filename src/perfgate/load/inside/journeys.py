"""Journeys: several requests measured as one, from the first one's begin to the last one's end.

A journey is a row `JOURNEY name`; its requests have rows of their own, and those that only look whether something has
happened yet are rows `POLL …`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import gevent
from locust import FastHttpUser, User
from locust.exception import StopUser

from perfgate.load.answers import Answer, NotInAnswerError
from perfgate.load.inside.exchange import exchange
from perfgate.load.inside.prepared import PreparedJourney, PreparedStep
from perfgate.load.inside.recorder import LAG
from perfgate.load.inside.users_clock import users_clock
from perfgate.records.endpoint import JOURNEY, POLL

Asked = TypeVar("Asked")


class JourneyFailedError(Exception):
    """The text is the failure's message."""

    def __repr__(self) -> str:
        return str(self)


class Journey:
    """One that is under way. `within` is its time limit in seconds, `lag` how late it began."""

    def __init__(self, user: User, name: str, within: float, lag: float = 0.0) -> None:
        self.name = name
        self.within = within
        self.lag = lag
        self._user = user
        self._start = time.time()
        self._begun = time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds, its lateness included."""
        return self.lag + time.perf_counter() - self._begun

    @property
    def left(self) -> float:
        """Seconds to its limit."""
        return self.within - self.elapsed

    def check(self) -> None:
        """Raises `JourneyFailedError` once it has taken too long."""
        if self.left <= 0:
            raise JourneyFailedError(f"not done within {self.within:g} s")

    def record(self, failure: Exception | str | None) -> None:
        self._user.environment.events.request.fire(
            request_type=JOURNEY,
            name=self.name,
            response_time=(time.perf_counter() - self._begun) * 1000,
            response_length=0,
            response=None,
            exception=failure,
            start_time=self._start,
            url="",
            context={LAG: self.lag},
        )


class Unfinished:
    """How many journeys the end of the load has cut off, in this process."""

    def __init__(self) -> None:
        self.count = 0


unfinished = Unfinished()


@contextmanager
def under_way(user: User, name: str, within: float, lag: float = 0.0) -> Iterator[Journey]:
    """Recorded when it is left. A `JourneyFailedError` is its failure and goes no further; another error does both."""
    users_clock.wait_turn()
    with users_clock.unheld():
        journey = Journey(user, name, within, lag)
        try:
            yield journey
            journey.check()
        except JourneyFailedError as failed:
            journey.record(failed)
        except (StopUser, gevent.GreenletExit):
            unfinished.count += 1  # nothing is known of its time, but that it was not shorter
            raise
        except Exception as error:
            journey.record(error)
            raise
        else:
            journey.record(None)


def travel(user: FastHttpUser, prepared: PreparedJourney, chance: random.Random, *, lag: float = 0.0) -> None:
    values = prepared.draw()
    first_polls = [chance.random() for _ in prepared.steps]
    with under_way(user, prepared.name, prepared.within, lag) as journey:
        for number, (step, at) in enumerate(zip(prepared.steps, first_polls, strict=True), 1):
            answer = _step(user, journey, step, (number, at), values)
            for name, take in step.takes:
                try:
                    values[name] = take(answer)
                except NotInAnswerError as missing:
                    raise JourneyFailedError(f"step {number}: {missing}") from missing


def _step(
    user: FastHttpUser,
    journey: Journey,
    step: PreparedStep,
    place: tuple[int, float],
    values: dict[str, object],
) -> Answer:
    """`place` is its number, from 1, and where within `every` its first poll comes."""
    number, at = place
    lag = journey.lag if number == 1 else 0.0

    def ask() -> Answer | None:
        journey.check()
        recorded_as = POLL if step.polling is not None else None
        exchanged = exchange(user, step.request, values, lag=lag, within=journey.left, recorded_as=recorded_as)
        if exchanged.answer is not None and step.fails_on is not None and step.fails_on(exchanged.answer):
            raise JourneyFailedError(f"step {number}: the answer is as `fail_on` says")
        if exchanged.failure is None:
            return exchanged.answer
        if step.polling is None:
            raise JourneyFailedError(f"step {number}: {exchanged.failure}")
        return None

    if step.polling is not None:
        return poll(journey, ask, step.polling.until, step.polling.every, at)
    answer = ask()
    if answer is None:
        journey.check()
        raise JourneyFailedError(f"step {number}: no answer")
    return answer


def poll(
    journey: Journey, ask: Callable[[], Asked | None], until: Callable[[Asked], bool], every: float, at: float
) -> Asked:
    """The first answer that shows what is waited for. `at`, from 0 to 1, is when within `every` the first question
    comes: at random, so that end-to-end times have no steps.
    """
    wait = at * every
    while True:
        gevent.sleep(min(wait, max(journey.left, 0.0)))
        journey.check()
        answer = ask()
        if answer is not None and until(answer):
            return answer
        wait = every
