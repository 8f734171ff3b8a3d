"""Options whose text says more than a name: quantities with their units, and variables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from perfgate.errors import SettingsError

Parse = Callable[[object], float]


def if_given(text: str | None, option: str, parse: Parse) -> float | None:
    return None if text is None else above_nothing(text, option, parse)


def above_nothing(text: str, option: str, parse: Parse) -> float:
    """In base units. `parse` is one of `settings.units`. Raises `SettingsError`."""
    try:
        value = parse(text)
    except ValueError as error:
        raise SettingsError(f"{option}: {error}", remedy="write it with its unit") from error
    if value <= 0:
        raise SettingsError(f"{option} is {text}, and must be more than nothing", remedy="give a larger one")
    return value


def variables(given: Sequence[str], option: str) -> dict[str, str]:
    """Of `NAME=VALUE`, the last of a name. Raises `SettingsError`."""
    for each in given:
        name, sets, _ = each.partition("=")
        if not name or not sets:
            raise SettingsError(f"{option} {each}: this sets nothing", remedy="write it as NAME=VALUE")
    return {name: value for name, _, value in (each.partition("=") for each in given)}
