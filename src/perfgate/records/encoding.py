"""A stored run as bytes: gzipped JSON, the same bytes for the same run; and back, from files that anyone may write."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import Final

from pydantic import ValidationError

from perfgate.records.baseline import SCHEMA_VERSION, Baseline

LARGEST: Final = 64 * 2**20  # bytes when unpacked; a run of 500 endpoints has about 10 MiB


class UnreadableBaselineError(ValueError):
    """The text says why, to follow the name of the file."""


def encode_baseline(baseline: Baseline) -> bytes:
    return gzip.compress(baseline.model_dump_json().encode(), mtime=0)


def decode_baseline(data: bytes) -> Baseline:
    """Raises `UnreadableBaselineError` for what is damaged, too large, or of another schema."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            text = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableBaselineError(f"is damaged ({error})") from error
    if len(text) > LARGEST:
        raise UnreadableBaselineError(f"is larger than {LARGEST // 2**20} MiB when unpacked")
    try:
        version = json.loads(text).get("schema_version")
    except (ValueError, AttributeError, RecursionError) as error:
        raise UnreadableBaselineError("is damaged (it holds no JSON object)") from error
    if version != SCHEMA_VERSION:
        raise UnreadableBaselineError(
            f"has schema version {version!r}; this version of PerfGate reads {SCHEMA_VERSION}"
        )
    try:
        return Baseline.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnreadableBaselineError(f"is damaged ({where}: {first['msg']})") from error
