from pathlib import Path

import pytest

from tickets.switches import Delay, Switches, bytes_per_second, delays, seconds, share


def test_units() -> None:
    assert (seconds("200ms"), seconds("5s"), seconds("0.5s")) == (0.2, 5.0, 0.5)
    assert share("20%") == 0.2
    assert bytes_per_second("60MiB/min") == 2**20


@pytest.mark.parametrize(
    ("read", "text"), [(seconds, "200"), (share, "0.2"), (bytes_per_second, "6MB/min"), (delays, "/health=1s")]
)
def test_a_number_without_its_unit_is_refused(read, text: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        read(text)


def test_delays_by_endpoint() -> None:
    assert delays("") == {}
    assert delays("GET /health=200ms, GET /api/v1/tickets/{id}=+20%") == {
        "GET /health": Delay(seconds=0.2),
        "GET /api/v1/tickets/{id}": Delay(share=0.2),
    }


def test_a_relative_delay_grows_with_the_own_time() -> None:
    assert Delay(share=0.5).after(0.1) == pytest.approx(0.05)
    assert Delay(seconds=0.2).after(0.1) == pytest.approx(0.2)


def test_embedded_without_any_variable_and_servers_where_given() -> None:
    embedded = Switches.read({"TICKETS_DATA": "/data", "TICKETS_POOL": ""})
    assert embedded.data == Path("/data")
    assert embedded.database == "sqlite:////data/tickets.sqlite"
    assert embedded.broker == "files://"
    assert embedded.pool == 10
    assert not embedded.delays
    served = Switches.read({"TICKETS_DATABASE": "postgresql://x", "TICKETS_BROKER": "redis://y", "TICKETS_POOL": "2"})
    assert (served.database, served.broker, served.pool) == ("postgresql://x", "redis://y", 2)
