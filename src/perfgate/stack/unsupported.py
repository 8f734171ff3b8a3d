"""What a compose model asks for and would silently not get. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from perfgate.errors import StackError

# Accepted and silently ignored before this version (tried with 2.26.1, as Debian trixie has it).
_FIRST_WITH_HOOKS: Final = (2, 30)
_IGNORED: Final = ("post_start", "pre_stop", "gpus")


def refuse_ignored_keys(model: Mapping[str, Any], version: str) -> None:
    """Raises `StackError` where the measured stack would not be the user's. `version`: of compose, as `2.26.1-4`."""
    if _version(version) >= _FIRST_WITH_HOOKS:
        return
    found = [
        f"`{key}` of service {name}"
        for name, service in model["services"].items()
        for key in _IGNORED
        if service.get(key)
    ]
    if found:
        raise StackError(
            f"docker compose {version} silently ignores {', '.join(found)}: "
            "what would be measured is not the stack that the files describe",
            remedy="install compose 2.30 or newer, or leave the key out with another compose file for the measurement",
        )


def refuse_relative_devices(model: Mapping[str, Any]) -> None:
    """Compose leaves a relative device of a bind volume as it is, and the engine then looks for it elsewhere."""
    for name, volume in (model.get("volumes") or {}).items():
        options = (volume or {}).get("driver_opts") or {}
        device = str(options.get("device") or "")
        if "bind" in str(options.get("o") or "").split(",") and not device.startswith("/"):
            raise StackError(
                f"volume {name} binds the relative device {device!r}, which the engine cannot find",
                remedy="write it as an absolute path in the compose file, such as ${PWD}/data",
            )


def _version(text: str) -> tuple[int, ...]:
    """Of a text that says nothing, (): older than all, so that a doubt refuses."""
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else ()
