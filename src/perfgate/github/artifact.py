"""A judgement out of the artifact of another run, whose code may have been a stranger's: nothing in it is believed.

It is read in memory and nowhere unpacked, within bounds, and only the one file that is needed. Its Markdown and pages
are not looked at: what is published is rendered anew from the judgement.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any, Final

from pydantic import ValidationError

from perfgate.errors import PublishError
from perfgate.github.answers import ApiError
from perfgate.github.client import Client
from perfgate.github.event import Event
from perfgate.records.judgement import Judgement
from perfgate.report.prose import one_line

FILE: Final = "judgement.json"
LARGEST_ARTIFACT: Final = 128 * 2**20  # bytes, packed; logs and raw columns are in it too
LARGEST_JUDGEMENT: Final = 16 * 2**20  # bytes, unpacked
MOST_FILES: Final = 10_000
ENTRY: Final = b"PK\x01\x02"  # how the directory of a zip file begins each of its entries


def fetch_judgement(client: Client, event: Event, name: str) -> Judgement:
    """From the artifact `name` of the run that a `workflow_run` event tells of. Raises `PublishError`."""
    run = event.triggering_run
    if run is None:
        raise PublishError(
            f"the event {event.name} tells of no other run whose artifact could be published",
            remedy="run `perfgate publish` in a workflow that is started by `workflow_run`",
        )
    try:
        path = f"/repos/{event.repository}/actions"
        listed = client.pages(f"{path}/runs/{run.id}/artifacts", items="artifacts", name=name)
        found = [each for each in listed if _is_usable(each, name)]
        if not found:
            raise PublishError(
                f"the run {run.id} left no artifact {one_line(name)}, or it has expired",
                remedy="upload the folder of the run's files in the measuring workflow, with `if: always()`; where the "
                "run ended without a verdict, its own log and summary say why",
            )
        newest = max(found, key=lambda each: int(each["id"]))  # of several attempts
        packed = client.get_bytes(f"{path}/artifacts/{newest['id']}/zip", limit=LARGEST_ARTIFACT)
    except ApiError as error:
        raise PublishError(
            f"the artifact of the run {run.id} cannot be fetched: {error}",
            remedy="give the publishing job the permission actions: read",
        ) from error
    return check_judgement(judgement_in(packed), event)


def judgement_in(packed: bytes) -> Judgement:
    """`judgement.json` at the top of a zip file. Raises `PublishError`."""
    if packed.count(ENTRY) > MOST_FILES:
        raise _unusable("it holds too many files")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive, archive.open(FILE) as file:
            # One byte more than allowed tells a bomb, whatever size it claims to have.
            text = file.read(LARGEST_JUDGEMENT + 1)
    except KeyError:
        raise _unusable(f"there is no {FILE} in it") from None
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise _unusable(f"it is damaged ({one_line(str(error))})") from error
    return parse_judgement(text)


def parse_judgement(text: bytes) -> Judgement:
    """Raises `PublishError`."""
    if len(text) > LARGEST_JUDGEMENT:
        raise _unusable(f"{FILE} is larger than {LARGEST_JUDGEMENT // 2**20} MiB")
    try:
        return Judgement.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise _unusable(
            f"{FILE} is no judgement of this version ({one_line(where)}: {one_line(first['msg'])})"
        ) from error


def check_judgement(judgement: Judgement, event: Event) -> Judgement:
    """Of the very commit that the event names; else somebody else's pass could be shown. Raises `PublishError`."""
    commits = {each.subject.commit for each in judgement.scenarios}
    if not commits:
        raise _unusable("it judges nothing")
    if event.head_sha is None or commits != {event.head_sha}:
        told = ", ".join(sorted(one_line(str(each), 48) for each in commits))
        raise _unusable(f"it judges {told[:200]}, and the run was on {event.head_sha}")
    return judgement


def _is_usable(artifact: Any, name: str) -> bool:
    return (
        isinstance(artifact, dict)
        and artifact.get("name") == name
        and artifact.get("expired") is not True
        and isinstance(artifact.get("id"), int)
    )


def _unusable(why: str) -> PublishError:
    return PublishError(
        f"the artifact cannot be published: {why}",
        remedy="have the measuring workflow upload the folder that this version of PerfGate wrote for this commit",
    )
