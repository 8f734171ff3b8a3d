"""Both linters of workflows, over every one that this repository shows or runs; and that each of them can say no."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHOWN = sorted((ROOT / "docs" / "workflows").glob("*.yml"))
RUN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent
LINTERS = {
    "zizmor": [str(BIN / "zizmor"), "--offline", "--no-progress", "--quiet"],
    "actionlint": [str(BIN / "actionlint"), "-no-color", "-shellcheck=", "-pyflakes="],
}


def lint(linter: str, *files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LINTERS[linter], *map(str, files)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("linter", LINTERS)
def test_nothing_is_found_in_any_workflow(linter: str) -> None:
    assert len(SHOWN) >= 9
    done = lint(linter, *SHOWN, *RUN)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("linter", "good", "bad"),
    [
        (
            "zizmor",
            "      - if: always()",
            "      - run: echo ${{ github.event.pull_request.title }}\n      - if: always()",
        ),
        ("zizmor", "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "actions/checkout@v5"),
        ("actionlint", "runs-on: ubuntu-24.04", "runs-on: ubuntu-24.04\n    needs: nothing"),
        ("actionlint", "${{ github.ref }}", "${{ github.reff.name( }}"),
    ],
)
def test_a_linter_says_no(linter: str, good: str, bad: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "workflows" / "pull-request.yml").read_text()
    assert good in text
    file = tmp_path / "pull-request.yml"
    file.write_text(text.replace(good, bad))
    assert lint(linter, file).returncode != 0
