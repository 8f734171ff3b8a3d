"""A relay before a server, of any protocol over TCP: what clients send arrives so much later, answers at once.

A process of its own, beside the one that generates load: in a container it is in the same one, and it takes no time
from the event loop of that one.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from perfgate.errors import LoadError

CHUNK: Final = 65_536
MOST_CONNECTIONS: Final = 450  # select() bears 1,024 files; each connection takes two
PROGRAM: Final = "perfgate.load.relay"


@contextmanager
def relay(host: str, port: int, delay: float) -> Iterator[int]:
    """The port on 127.0.0.1 at which `host:port` answers `delay` seconds later. With 0 it only passes on."""
    command = [sys.executable, "-P", "-m", PROGRAM, host, str(port), repr(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdin is None or process.stdout is None:
            raise ValueError("input and output of the process must be pipes")
        told = process.stdout.readline().strip()
        if not told:
            raise LoadError(
                f"the relay before {host}:{port} did not start (exit code {process.wait()})",
                remedy="see what it said above; make the head slower by its environment instead (--slower-env)",
            )
        try:
            yield int(told)
        finally:
            process.stdin.close()  # which ends it


def main(arguments: list[str]) -> None:
    """Until standard input ends, as it does when whoever started this is gone, however that came about."""
    host, port, delay = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the whole process group: the load ends in order, and then this
    # select() takes fractions of a millisecond, which epoll rounds up.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_serve(_Passing(host, int(port), float(delay))))


async def _serve(passing: _Passing) -> None:
    server = await passing.listen()
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.buffer.read)  # the process's end closes what is still open


class _Passing:
    def __init__(self, host: str, port: int, delay: float) -> None:
        self._host, self._port, self._delay = host, port, delay
        self._open: set[asyncio.Task[None]] = set()  # the loop itself holds tasks only weakly

    async def listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._pass(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both ways until both have ended. A server that is not there ends the client's connection, too."""
        try:
            up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            await writer.wait_closed()
            return
        ends = writer, up_writer
        try:
            await asyncio.gather(_later(reader, up_writer, self._delay), _at_once(up_reader, writer))
        except asyncio.CancelledError:
            for each in ends:
                each.transport.abort()  # what is still to be sent, nobody waits for
            raise
        finally:
            for each in ends:
                each.close()
                with suppress(OSError):
                    await each.wait_closed()


async def _at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # either end may go at any time
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def _later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """All parts by the same time, so that a request in several is not held up once for each."""
    if not delay:
        await _at_once(reader, writer)
        return
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def take() -> None:
        data = b"-"
        while data:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                data = b""
            waiting.put_nowait((loop.time() + delay, data))

    async def give() -> None:
        with suppress(OSError):
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(due - loop.time())
                if not data:
                    writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()

    await asyncio.gather(take(), give())


if __name__ == "__main__":
    main(sys.argv[1:])
