"""Options whose text says more than a name."""

from __future__ import annotations

import pytest

from perfgate.cli.options import above_nothing, if_given, variables
from perfgate.errors import SettingsError
from perfgate.settings.units import parse_duration, parse_percentage


def test_a_quantity_in_base_units() -> None:
    assert above_nothing("2m30s", "--duration", parse_duration) == 150
    assert if_given("20%", "--slower", parse_percentage) == pytest.approx(0.2)
    assert if_given(None, "--delay", parse_duration) is None


@pytest.mark.parametrize("text", ["", "5", "soon"])
def test_what_has_no_unit_names_the_option(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^--delay: .* is no duration"):
        if_given(text, "--delay", parse_duration)


def test_nothing_is_refused() -> None:
    with pytest.raises(SettingsError, match="--slower is 0%, and must be more than nothing"):
        above_nothing("0%", "--slower", parse_percentage)


def test_variables() -> None:
    assert variables(["A=1", "B=x=y", "C=", "A=2"], "--head-env") == {"A": "2", "B": "x=y", "C": ""}


@pytest.mark.parametrize("text", ["A", "=1", ""])
def test_what_sets_nothing_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="sets nothing"):
        variables(["A=1", text], "--head-env")
