"""An OpenAPI document, 2.0 to 3.2, as far as it says what an application offers: methods, paths, statuses.

The document is the user's own or made by a tool, and still read with bounds: nothing outside of it is followed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from perfgate.records.criteria import Interface, Operation

LARGEST: Final = 10 * 2**20  # bytes; the largest published documents have about 10 MB
MOST_OPERATIONS: Final = 20_000
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
STATUS: Final = re.compile(r"[1-5](?:xx|\d\d)", re.IGNORECASE)
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableInterfaceError(ValueError):
    """No OpenAPI document; the text says why, to follow the file's name."""


def read_interface(text: str, name: str) -> Interface:
    """`name` is how perfgate.yml calls the file. Raises `UnreadableInterfaceError`."""
    document = read_document(text)
    if not any(version in document for version in ("openapi", "swagger")):
        raise UnreadableInterfaceError("has neither `openapi` nor `swagger` at its top")
    operations = tuple(_operations(document))
    if not operations:
        raise UnreadableInterfaceError("describes not one operation under `paths`")
    bases = tuple(dict.fromkeys(base for base in _bases(document) if base))
    return Interface(document=name, bases=bases, operations=operations)


def read_document(text: str) -> Mapping[str, Any]:
    """JSON or YAML. Raises `UnreadableInterfaceError`."""
    if len(text) > LARGEST:
        raise UnreadableInterfaceError(f"is larger than {LARGEST // 2**20} MiB")
    try:
        is_json = text.lstrip("\ufeff \t\r\n").startswith("{")
        document = json.loads(text.lstrip("\ufeff")) if is_json else yaml.load(text, Loader=_LOADER)  # noqa: S506 - safe ones
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise UnreadableInterfaceError(f"cannot be read as JSON or YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, Mapping):
        raise UnreadableInterfaceError("holds no mapping")
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    many = 0
    for path, item in _mapping(document.get("paths")).items():
        if not isinstance(path, str) or not path.startswith("/"):
            continue  # an extension, as `x-internal`
        described = _mapping(_resolved(item, document, path))
        for method in METHODS:
            if method in described:
                many += 1
                if many > MOST_OPERATIONS:
                    raise UnreadableInterfaceError(f"describes more than {MOST_OPERATIONS:,} operations")
                yield Operation(method=method.upper(), path=path[:4096], statuses=_statuses(described[method]))


def _resolved(item: Any, document: Mapping[str, Any], path: str) -> Any:
    """A path may be described elsewhere in the document; one step is followed, and none outside."""
    reference = item.get("$ref") if isinstance(item, Mapping) else None
    if reference is None:
        return item
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise UnreadableInterfaceError(f"describes {path} in another file ({reference}): bundle it into one")
    found: Any = document
    for part in reference[2:].split("/"):
        found = _mapping(found).get(part.replace("~1", "/").replace("~0", "~"))
    return found


def _statuses(operation: Any) -> tuple[str, ...]:
    keys = (str(key).lower() for key in _mapping(_mapping(operation).get("responses")))
    return tuple(sorted({key for key in keys if STATUS.fullmatch(key)}))


def _bases(document: Mapping[str, Any]) -> Iterator[str]:
    """The paths of the servers (OpenAPI 3) or the base path (2.0), without a slash at the end."""
    servers = document.get("servers")
    for server in servers[:100] if isinstance(servers, list) else []:
        url = _mapping(server).get("url")
        if isinstance(url, str):
            yield re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/]*|^//[^/]*", "", url[:2000]).split("?")[0].rstrip("/")
    if isinstance(document.get("basePath"), str):
        yield str(document["basePath"])[:2000].rstrip("/")


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
