"""A stored run as bytes: gzipped JSON, the same bytes for the same run; and back, from files that anyone may write."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import Final

from pydantic import ValidationError

from perfgate.records.baseline import SCHEMA_VERSION, Baseline

LARGEST: Final = 64 * 2**20  # bytes when unpacked
LARGEST_VERSION: Final = 1000  # of a schema; what claims more was not written by any PerfGate


class UnreadableBaselineError(ValueError):
    """Cannot be read, or would not be readable; the text says why, to follow the name of the file or the run."""


def encode_baseline(baseline: Baseline) -> bytes:
    """Raises `UnreadableBaselineError` for a run so large that `decode_baseline` would refuse it."""
    text = baseline.model_dump_json().encode()
    if len(text) > LARGEST:
        raise UnreadableBaselineError(f"is larger than {LARGEST // 2**20} MiB as JSON, with its many endpoints")
    return gzip.compress(text, mtime=0)


def decode_baseline(data: bytes) -> Baseline:
    """Raises `UnreadableBaselineError` for what is damaged, too large, or of another schema."""
    text = _unpacked(data)
    try:
        return Baseline.model_validate_json(text)
    except ValidationError as error:
        version = _schema_version(text)
        if version is not None and version > SCHEMA_VERSION:
            raise UnreadableBaselineError(
                f"was written by a newer version of PerfGate (its schema is {version}, "
                f"this version reads {SCHEMA_VERSION})"
            ) from error
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise UnreadableBaselineError(f"is damaged ({where}: {first['msg']})") from error


def _unpacked(data: bytes) -> bytes:
    """At most `LARGEST` bytes, and not one more is unpacked of a file that claims to hold terabytes."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            text = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableBaselineError(f"is damaged ({error})") from error
    if len(text) > LARGEST:
        raise UnreadableBaselineError(f"is larger than {LARGEST // 2**20} MiB when unpacked")
    return text


def _schema_version(text: bytes) -> int | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    version = content.get("schema_version") if isinstance(content, dict) else None
    return version if isinstance(version, int) and version <= LARGEST_VERSION else None
