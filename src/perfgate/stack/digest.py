"""What of a stack's description decides comparability, as one hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

# Passwords and the like may be made anew for every run, and must not be guessable from a published hash.
_SECRET_NAME: Final = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|AUTH|SALT|PRIVATE|KEY", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]+@")
_VARIABLES: Final = ("environment", "args", "labels", "env")


def digest(description: Mapping[str, Any], *, generated: Mapping[str, str] | None = None) -> str:
    """SHA-256 over the canonical JSON of `description`, as hex.

    `generated` maps text that differs between runs or machines (project name, folder) to what stands for it. Values
    of variables whose name says that they are secret, and user names and passwords in URLs, are left out.
    """
    stable = _stable(description, dict(generated or {}), in_variables=False)
    text = json.dumps(stable, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _stable(value: Any, generated: Mapping[str, str], *, in_variables: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            _text(str(key), generated): None
            if in_variables and _SECRET_NAME.search(str(key)) and not isinstance(each, Mapping)
            else _stable(each, generated, in_variables=key in _VARIABLES)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_stable(each, generated, in_variables=False) for each in value]
    return _text(value, generated) if isinstance(value, str) else value


def _text(text: str, generated: Mapping[str, str]) -> str:
    for found, stands_for in generated.items():
        text = text.replace(found, stands_for)
    return _USER_INFO.sub("@", text)
