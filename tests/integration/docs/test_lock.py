"""`make lock`, whole, against an index of what is locked: the locks are what the files that they are made from ask for.

The index has each pinned version with its hashes, and what the distribution that is installed says that it needs. So
nothing is newer there, and nothing is fetched.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator, Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path

import pytest

from tests.documentation import ROOT, as_written
from tests.integration.docs.checkout import Checkout, checkout

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the locks are for Python 3.11 and newer, and that is what 3.11 installs"
)
LOCK = as_written("make lock")
LOCKS = ("requirements/run.txt", "requirements/image.txt", "requirements/dev.txt", "examples/tickets/requirements.txt")
# Name, version, for which Python (of those that differ by it), hashes.
PINNED = re.compile(
    r"^([\w.-]+)==(\S+)(?: ; python_full_version ([<>=]+) '([\d.]+)'| ;[^\n]*)? \\\n((?: +--hash=.*\n)+)",
    re.MULTILINE,
)
Versions = dict[str, tuple[str | None, set[str]]]  # by version: which Python it is for, and its hashes


def pinned() -> dict[str, Versions]:
    found: dict[str, Versions] = {}
    for lock in LOCKS:
        for name, version, compared, python, hashes in PINNED.findall((ROOT / lock).read_text(encoding="utf-8")):
            _, known = found.setdefault(name, {}).setdefault(version, (f"{compared}{python}" or None, set()))
            known.update(re.findall(r"sha256:(\w+)", hashes))
    return found


def page(name: str, versions: Versions) -> str:
    """As the simple repository interface has it (PEP 503 and 658): a wheel for each hash, told apart by its build."""
    links = []
    for version, (python, hashes) in versions.items():
        requires = f' data-requires-python="{escape(python)}"' if python else ""
        for build, digest in enumerate(sorted(hashes), start=1):
            wheel = f"{re.sub('[-.]+', '_', name)}-{version}-{build}-py3-none-any.whl"
            link = f"/files/{name}/{version}/{wheel}#sha256={digest}"
            links.append(f'<a href="{link}" data-core-metadata="true"{requires}>{wheel}</a>')
    return "<!doctype html>" + "\n".join(links)


def needs(name: str, version: str) -> str:
    """What only other systems install is asked for nothing."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        found = None
    if found is not None and found.version == version:
        lines += [f"Requires-Dist: {each}" for each in found.requires or ()]
        lines += [f"Provides-Extra: {each}" for each in found.metadata.get_all("Provides-Extra") or ()]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def index() -> Iterator[str]:
    """Its URL."""
    packages: Mapping[str, Versions] = pinned()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, name, *more = self.path.strip("/").split("/")
            if name not in packages or (kind == "files" and not self.path.endswith(".metadata")):
                self.send_error(404)
                return
            body = (page(name, packages[name]) if kind == "simple" else needs(name, more[0])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if kind == "simple" else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return checkout(tmp_path_factory.mktemp("lock"))


def test_the_locks_are_what_they_are_made_from(fresh: Checkout, index: str) -> None:
    """The environment of the command is this one."""
    environ = {"UV_DEFAULT_INDEX": index, "UV_CACHE_DIR": str(fresh.folder / "cache"), "UV_NO_CONFIG": "1"}
    code, said = fresh.run(f"make --assume-old=.venv/.dev {LOCK.removeprefix('make ')}", **environ)
    assert code == 0, said
    changed = [each for each in LOCKS if pins(fresh.folder / each) != pins(ROOT / each)]
    assert changed == [], "out of date: make lock"


def pins(lock: Path) -> list[str]:
    """Without the remarks on who wants what: what is not installed here wants nothing."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.lstrip().startswith("#")]
