"""A stored run as bytes: gzipped JSON, the same bytes for the same run; and back, from files that anyone may write."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import Final, TypeVar

from pydantic import ValidationError

from perfgate.records import baseline, starts
from perfgate.records.baseline import Baseline
from perfgate.records.starts import StartsCompared

Kept = TypeVar("Kept", Baseline, StartsCompared)

LARGEST: Final = 64 * 2**20  # bytes when unpacked
LARGEST_VERSION: Final = 1000  # of a schema; what claims more was not written by any PerfGate


class UnreadableBaselineError(ValueError):
    """Cannot be read, or would not be readable; the text says why, to follow the name of the file or the run."""


def encode_baseline(run: Baseline) -> bytes:
    """Raises `UnreadableBaselineError` for a run so large that `decode_baseline` would refuse it."""
    text = run.model_dump_json().encode()
    if len(text) > LARGEST:
        raise UnreadableBaselineError(f"is larger than {LARGEST // 2**20} MiB as JSON, with its many endpoints")
    return gzip.compress(text, mtime=0)


def encode_starts(run: StartsCompared) -> bytes:
    return gzip.compress(run.model_dump_json().encode(), mtime=0)


def decode_baseline(data: bytes) -> Baseline:
    """Raises `UnreadableBaselineError` for what is damaged, too large, or of another schema."""
    return _decoded(data, Baseline, baseline.SCHEMA_VERSION)


def decode_starts(data: bytes) -> StartsCompared:
    """Raises as `decode_baseline` does."""
    return _decoded(data, StartsCompared, starts.SCHEMA_VERSION)


def _decoded(data: bytes, kind: type[Kept], known: int) -> Kept:
    text = _unpacked(data)
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        version = _schema_version(text)
        if version is not None and version > known:
            raise UnreadableBaselineError(
                f"was written by a newer version of PerfGate (its schema is {version}, this version reads {known})"
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
