"""The workflow that `perfgate init` writes; docs/workflows/pull-request.yml is held to it by a test."""

from __future__ import annotations

import json
from typing import Final

_BEGIN: Final = """\
# Every pull request is loaded, compared, and told. `perfgate init` writes this file.
# A pull request from a fork gets a token that only reads: see fork-measure.yml and fork-publish.yml for the comment.
name: perfgate
on: # what of it to run, and what blocks, is `policy` in perfgate.yml
  pull_request:
permissions: {}
concurrency:
  group: perfgate-${{ github.ref }}
  cancel-in-progress: true
jobs:
  gate:
    name: gate
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read # the code, the settings of the base, stored runs
      pull-requests: write # the comment
      checks: write # the check run
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
          fetch-depth: 0 # the commit to compare with is among them
      - uses: OWNER/perfgate@v1 # zizmor: ignore[unpinned-uses] or the commit of a release
"""
_END: Final = """\
      - if: always()
        uses: actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0
        with:
          name: perfgate-out
          path: perfgate-out
          if-no-files-found: ignore
"""


def workflow(config: str = "perfgate.yml") -> str:
    """`config` is the path of the settings from the top of the repository."""
    given = "" if config == "perfgate.yml" else f"        with: {{config: {json.dumps(config)}}}\n"
    return _BEGIN + given + _END
