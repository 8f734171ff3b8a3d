import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.settings.units import parse_duration, parse_percentage, parse_rate, parse_size, parse_wait


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("2m30s", 150),
        ("2m 30s", 150),
        ("1h", 3600),
        ("800ms", 0.8),
        ("1.5s", 1.5),
        ("1s200ms", 1.2),
        ("0s", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("wrong", ["", "90", "5 apples", "s", "-3s", "3s2m", "1e3s", None, 90, True, ["3s"]])
def test_what_is_no_duration(wrong: object) -> None:
    with pytest.raises(ValueError, match="write it with its unit"):
        parse_duration(wrong)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(1, 999))
def test_durations_add_up(hours: int, minutes: int, seconds: int, milliseconds: int) -> None:
    text = f"{hours}h{minutes}m{seconds}s{milliseconds}ms"
    assert parse_duration(text) == pytest.approx(hours * 3600 + minutes * 60 + seconds + milliseconds / 1000)


@pytest.mark.parametrize(("text", "ratio"), [("5%", 0.05), ("0.5pp", 0.005), ("99.9 %", 0.999), ("100%", 1)])
def test_percentages(text: str, ratio: float) -> None:
    assert parse_percentage(text) == pytest.approx(ratio)


@pytest.mark.parametrize("wrong", ["5", 5, 0.05, "-5%", "%", "5 per cent", None])
def test_what_is_no_percentage(wrong: object) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        parse_percentage(wrong)


@pytest.mark.parametrize(("text", "rate"), [("200/s", 200), ("90/min", 1.5), ("3600 / h", 1), (2, 2), (0.5, 0.5)])
def test_rates(text: object, rate: float) -> None:
    assert parse_rate(text) == pytest.approx(rate)


@pytest.mark.parametrize("wrong", ["200", "200/day", "-1/s", True, None])
def test_what_is_no_rate(wrong: object) -> None:
    with pytest.raises(ValueError, match="no rate"):
        parse_rate(wrong)


@pytest.mark.parametrize(
    ("text", "size"), [("5MiB", 5 * 2**20), ("5MB", 5_000_000), ("1.5 kB", 1500), ("3B", 3), ("1GiB", 2**30)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("wrong", ["5", "5M", "5iB", 5, "-1MB", "5 MiBs"])
def test_what_is_no_size(wrong: object) -> None:
    with pytest.raises(ValueError, match="no size"):
        parse_size(wrong)


@pytest.mark.parametrize(
    ("text", "wait"), [("3s..7s", (3, 7)), ("500ms .. 1s", (0.5, 1)), ("5s", (5, 5)), ((1.0, 2.0), (1, 2))]
)
def test_waits(text: object, wait: tuple[float, float]) -> None:
    assert parse_wait(text) == wait


@pytest.mark.parametrize("wrong", ["3..7", 5, None, "..", "3s.."])
def test_what_is_no_wait(wrong: object) -> None:
    with pytest.raises(ValueError, match="write it"):
        parse_wait(wrong)
