"""An artifact's zip file is foreign: what it may hold at most."""

from __future__ import annotations

import io
import zipfile

import pytest

from perfgate.errors import PublishError
from perfgate.github.artifact import MOST_FILES, judgement_in


@pytest.mark.parametrize(("files", "said"), [(MOST_FILES, "no judgement.json"), (MOST_FILES + 1, "too many files")])
def test_a_zip_file_of_too_many_files_is_not_opened(files: int, said: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(files):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
    with pytest.raises(PublishError, match=said):
        judgement_in(packed.getvalue())
