"""What s3fs is told for an `s3://` URL, and what its errors mean. Endpoint, region and credentials are botocore's:
`AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, …
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

PROTOCOLS: Final = frozenset({"s3", "s3a"})
CONNECT_WITHIN: Final = 5  # seconds
ANSWER_WITHIN: Final = 10  # seconds without a byte; s3fs tries five times what it takes for a passing trouble
ATTEMPTS: Final = 2  # of botocore, for each of those

REMEDY: Final = (
    "check the network, AWS_ENDPOINT_URL (for another server than Amazon's), AWS_REGION, and the credentials in "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which need the rights to list, read, write and delete there"
)


def is_bucket(url: str) -> bool:
    return urlsplit(url).scheme in PROTOCOLS


def options_of(url: str) -> Mapping[str, Any]:
    """For `fsspec`: time limits, so that a server that does not answer ends the run rather than holds it."""
    if not is_bucket(url):
        return {}
    limits = {"connect_timeout": CONNECT_WITHIN, "read_timeout": ANSWER_WITHIN}
    return {"config_kwargs": {**limits, "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS}}}


def is_missing_bucket(error: BaseException | None) -> bool:
    """s3fs says `FileNotFoundError` both for what is not in a bucket and for a bucket that is not there."""
    while error is not None:
        response = getattr(error, "response", None)
        if isinstance(response, dict) and response.get("Error", {}).get("Code") == "NoSuchBucket":
            return True
        error = error.__cause__
    return False
