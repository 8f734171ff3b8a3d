"""What a place of stored runs refuses, told as what could not be done there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from perfgate.baselines.buckets import REMEDY, is_bucket, is_missing_bucket
from perfgate.errors import BaselineError


@contextmanager
def reaching(done: str, address: str, *, but: type[OSError] | tuple[()] = ()) -> Iterator[None]:
    """What the place refuses becomes a `BaselineError`: `<address> could not be <done>`. `but` passes."""
    try:
        yield
    except Exception as error:
        if is_missing_bucket(error):
            raise BaselineError(
                f"the baselines at {address} could not be {done}: there is no such bucket",
                remedy="create the bucket, or mend its name in `baseline.store`; a bucket of another server than "
                "Amazon's needs AWS_ENDPOINT_URL",
            ) from error
        if isinstance(error, but) or not _is_the_places(error):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        raise BaselineError(
            f"the baselines at {address} could not be {done}: {reason}",
            remedy=REMEDY
            if is_bucket(address)
            else "check that the place is there, its permissions, credentials and free space",
        ) from error


def _is_the_places(error: Exception) -> bool:
    """A failure of the disk or the service, not a bug.

    What stands behind a URL is a package of its own (s3fs, gcsfs, …) with errors of its own, which no list here can
    name: whatever is neither of the language nor of PerfGate is taken for one.
    """
    if isinstance(error, OSError | NotImplementedError):
        return True
    return type(error).__module__.partition(".")[0] not in {"builtins", "perfgate"}
