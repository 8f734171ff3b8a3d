"""Tickets in SQLite or PostgreSQL, behind a pool of a set number of connections."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.pool import QueuePool

_METADATA = MetaData()
TICKETS = Table(
    "tickets",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("title", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("status", String(10), nullable=False),  # new, enriched, failed
    Column("summary", Text),
    Column("received_at", Float(53), nullable=False),  # seconds since 1970
    Column("enriched_at", Float(53)),
)


class Store:
    def __init__(self, url: str, pool: int, wait: float) -> None:
        """`pool` connections at most; who gets none within `wait` seconds gets sqlalchemy.exc.TimeoutError."""
        self._engine = create_engine(url, poolclass=QueuePool, pool_size=pool, max_overflow=0, pool_timeout=wait)
        if self._engine.dialect.name == "sqlite":
            _let_readers_and_writer_meet(self._engine)

    def create(self, fresh: bool, seed: int) -> None:
        """Make the table; `fresh` empties it first. An empty table gets `seed` enriched tickets, numbered from 1."""
        if fresh:
            _METADATA.drop_all(self._engine)
        _METADATA.create_all(self._engine)
        with self._engine.begin() as connection:
            if seed and not connection.scalar(select(func.count()).select_from(TICKETS)):
                connection.execute(insert(TICKETS), [_seed_ticket(number) for number in range(1, seed + 1)])

    def add(self, source: str, title: str, description: str) -> int:
        """The new ticket's id."""
        row = {"source": source, "title": title, "description": description}
        with self._engine.begin() as connection:
            statement = insert(TICKETS).values(**row, status="new", received_at=time.time()).returning(TICKETS.c.id)
            return int(connection.execute(statement).scalar_one())

    def get(self, ticket: int) -> dict[str, Any] | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(TICKETS).where(TICKETS.c.id == ticket)).mappings().first()
            return None if row is None else dict(row)

    def newest(self, limit: int) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(TICKETS).order_by(TICKETS.c.id.desc()).limit(limit)).mappings()
            return [dict(row) for row in rows]

    def finish(self, ticket: int, status: str, summary: str | None) -> None:
        with self._engine.begin() as connection:
            values = {"status": status, "summary": summary, "enriched_at": time.time()}
            connection.execute(update(TICKETS).where(TICKETS.c.id == ticket).values(**values))

    def ping(self) -> None:
        with self._engine.connect() as connection:
            connection.execute(select(1))

    def connections_in_use(self) -> int:
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()


def _seed_ticket(number: int) -> dict[str, Any]:
    return {
        "source": "seed",
        "title": f"Printer {number} is on fire",
        "description": "It was not on fire yesterday.",
        "status": "enriched",
        "summary": "A printer burns.",
        "received_at": 0.0,
        "enriched_at": 0.0,
    }


def _let_readers_and_writer_meet(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA busy_timeout = 5000")
