"""What master and workers of one load say to each other, as Locust's custom messages: mappings of plain values.

`HELLO`  worker → master, several times; the answer tells the master's clock and the worker's share
`JOINED` worker → master: it has its share, and knows how far its clock is off
`PIECE`  worker → master, once a second: the next piece of its recording
`END`    master → worker: stop the users and send what is left; the last piece answers it
`PLAN`   from a worker on another machine before it joins; the answer is the plan and the Locust file

The channel is Locust's own (ZeroMQ without authentication), so whoever reaches its port is trusted with the load.
"""

from __future__ import annotations

from typing import Final

HELLO: Final = "perfgate-hello"
JOINED: Final = "perfgate-joined"
PIECE: Final = "perfgate-piece"
END: Final = "perfgate-end"
PLAN: Final = "perfgate-plan"

HELLOS: Final = 5  # exchanges from which a clock is read; the quickest counts
