"""The place that the settings name, a folder or a URL, opened as a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import fsspec

from perfgate.baselines.buckets import is_bucket, options_of
from perfgate.baselines.reaching import reaching
from perfgate.baselines.store import Store
from perfgate.errors import BaselineError


def open_store(url: str, *, folder: Path) -> Store:
    """A path is relative to `folder`. Raises `BaselineError` for a URL whose protocol is not known or not installed."""
    if not url.isprintable():
        raise BaselineError(
            f"baselines cannot be kept at {url!r}: it holds control characters", remedy="give a folder or a URL"
        )
    where = url if "://" in url else str(folder / Path(url).expanduser())
    shown = _without_secrets(url)
    if is_bucket(url) and shown != url:
        raise BaselineError(
            f"baselines cannot be kept at {shown}: the URL of a bucket holds credentials",
            remedy="take them out of the URL; they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    try:
        with reaching("opened", shown):
            filesystem, root = fsspec.core.url_to_fs(where, **options_of(url))
    except ImportError as error:
        raise BaselineError(
            f"baselines cannot be kept at {shown}: what reads such a URL is not installed",
            remedy=f"{error}, into the environment that PerfGate runs in; or give a folder, or a "
            "bucket by its S3 interface, with s3:// and AWS_ENDPOINT_URL",
        ) from error
    except (ValueError, TypeError) as error:  # an unknown protocol; or one that wants more than the URL has
        raise BaselineError(
            f"baselines cannot be kept at {shown}: {error}", remedy="give a folder, or a URL that fsspec knows"
        ) from error
    return Store(filesystem, root.rstrip("/"))


def _without_secrets(url: str) -> str:
    """`sftp://user:password@host/path` without user and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.netloc else url
