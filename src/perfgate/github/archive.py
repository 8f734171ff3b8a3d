"""The files of a packed folder, from bytes that anyone may have made."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterator
from typing import Final

LARGEST_FILE: Final = 32 * 2**20  # bytes
LARGEST: Final = 512 * 2**20  # bytes of all together, when unpacked
MOST: Final = 20_000  # files


def unpacked(packed: bytes) -> Iterator[bytes]:
    """What regular files hold, read in memory and nowhere written. Ends where the archive is damaged or too large."""
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r|gz") as archive:
            for number, member in enumerate(archive):
                total += member.size
                if number >= MOST or total > LARGEST:
                    return
                if not member.isreg() or member.size > LARGEST_FILE:
                    continue
                file = archive.extractfile(member)
                if file is not None:
                    yield file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        return
