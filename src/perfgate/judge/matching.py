"""Which names of recorded endpoints are which paths: `/tickets/17` and `/tickets/[id]` are `/tickets/{ticket_id}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from perfgate.records.criteria import Interface, Operation

# How Locust users write a variable part of a name: {id}, [id], <id>, :id.
WRITTEN_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|<[^<>]*>|:\w+")
Segments = tuple[str, ...]


def segments(name: str) -> Segments:
    """Of the path in an endpoint's name: without scheme and host, query, fragment, and slashes at the ends."""
    path = re.sub(r"^[a-z][a-z0-9+.-]*://[^/?#]*", "", name, count=1)
    return tuple(re.split(r"[?#]", path, maxsplit=1)[0].strip("/").split("/"))


def is_template(template: Segments, recorded: Segments) -> bool:
    """Whether a placeholder of the template stands for whatever the recorded name has there."""
    return len(template) == len(recorded) and all(map(_fits, template, recorded))


def is_surely_template(template: Segments, recorded: Segments) -> bool:
    """The same where no document says what else there is: `/tickets/search` is not taken for `/tickets/{id}`."""
    return is_template(template, recorded) and all(
        part == found or WRITTEN_PLACEHOLDER.search(found) is not None or any(map(str.isdigit, found))
        for part, found in zip(template, recorded, strict=True)
    )


def operations_by_label(labels: Iterable[str], interface: Interface) -> dict[str, Operation]:
    """The operation that each label is, for those that are one; concrete paths go before templates.

    A document names the paths of its servers, which the stack under test may serve or leave out: taken is the one
    under which most labels are known.
    """
    names = tuple(labels)
    found = [_assigned(names, interface.operations, base) for base in (*interface.bases, "")]
    return max(found, key=len)


def _assigned(labels: tuple[str, ...], operations: tuple[Operation, ...], base: str) -> dict[str, Operation]:
    alike: dict[tuple[str, int], list[tuple[Segments, Operation]]] = {}
    for operation in operations:
        template = segments(base + operation.path)
        alike.setdefault((operation.method, len(template)), []).append((template, operation))
    found = {label: _most_concrete(label, alike) for label in labels}
    return {label: operation for label, operation in found.items() if operation is not None}


def _most_concrete(label: str, alike: Mapping[tuple[str, int], list[tuple[Segments, Operation]]]) -> Operation | None:
    method, _, name = label.partition(" ")
    recorded = segments(name)
    fitting = [each for each in alike.get((method, len(recorded)), []) if is_template(each[0], recorded)]
    if not fitting:
        return None
    return min(fitting, key=lambda each: tuple("{" in part for part in each[0]))[1]


def _fits(part: str, found: str) -> bool:
    """A segment may hold text around its placeholder, as `report.{format}`; compared without backtracking."""
    if "{" not in part:
        return part == found
    before, after = part[: part.index("{")], part[part.rindex("}") + 1 :] if "}" in part else ""
    return len(found) > len(before) + len(after) and found.startswith(before) and found.endswith(after)
