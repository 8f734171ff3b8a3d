from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from perfgate.stack.tails import TAIL_CHARACTERS, TAIL_LINES, keep_end, log_name, tail, tail_of_file


def test_tail_is_the_last_lines() -> None:
    text = "\n".join(str(number) for number in range(200)) + "\n\n"
    assert tail(text) == "\n".join(str(number) for number in range(200 - TAIL_LINES, 200))
    assert tail("") == ""
    assert tail("abcdef", characters=3) == "def"


@given(st.text())
def test_tail_is_bounded_and_an_end_of_the_text(text: str) -> None:
    found = tail(text, lines=3, characters=20)
    assert len(found) <= 20
    assert len(found.splitlines()) <= 3
    assert "\n".join(text.rstrip().splitlines()).endswith(found)


def test_tail_of_a_file(tmp_path: Path) -> None:
    assert tail_of_file(tmp_path / "none.log") == ""
    log = tmp_path / "out.log"
    log.write_bytes(b"x" * 200_000 + b"\ncaf\xe9\n")
    found = tail_of_file(log)
    assert len(found) == TAIL_CHARACTERS
    assert found.endswith("xxx\ncaf�")


def test_log_names() -> None:
    assert log_name("api") == "api.log"
    assert log_name("../../etc/passwd") == ".._.._etc_passwd.log"
    assert log_name("web-2", ["web.log", "web-2.log"]) == "web-2-2.log"
    assert log_name("API", ["api.log", "api-2.log"]) == "API-3.log"
    assert len(log_name("x" * 500)) < 120


@given(st.lists(st.text(min_size=1, max_size=6), max_size=12))
def test_log_names_lie_in_the_folder_and_none_is_taken_twice(services: list[str]) -> None:
    names: list[str] = []
    for service in services:
        names.append(log_name(service, names))
    assert len({name.casefold() for name in names}) == len(services)
    assert all(Path(name).name == name for name in names)


def test_short_log_is_kept_as_it_is(tmp_path: Path) -> None:
    keep_end([b"one\n", b"two\n"], tmp_path / "log", limit=100)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"
    keep_end([], tmp_path / "log")
    assert (tmp_path / "log").read_bytes() == b""


def test_a_last_piece_that_is_too_long_by_itself_is_kept(tmp_path: Path) -> None:
    keep_end([b"one\n", b"x" * 99], tmp_path / "log", limit=10)
    assert (tmp_path / "log").read_bytes() == b"(the first 4 bytes were left out)\n" + b"x" * 99


def test_as_many_lines_as_were_asked_for_may_not_be_all(tmp_path: Path) -> None:
    keep_end([b"1\n2\n", b"3\n"], tmp_path / "log", asked_for=4)
    assert (tmp_path / "log").read_bytes() == b"1\n2\n3\n"
    keep_end([b"1\n2\n", b"3\n"], tmp_path / "log", asked_for=3)
    assert (tmp_path / "log").read_bytes() == b"(only the last 3 lines were read)\n1\n2\n3\n"


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=30), st.integers(30, 100))
def test_of_a_long_log_the_end_is_kept(tmp_path_factory: object, chunks: list[bytes], limit: int) -> None:
    path = Path(tmp_path_factory.mktemp("log")) / "log"  # type: ignore[attr-defined]
    keep_end(iter(chunks), path, limit=limit)
    kept, whole = path.read_bytes(), b"".join(chunks)
    if len(whole) <= limit:
        assert kept == whole
        return
    head, _, end = kept.partition(b" bytes were left out)\n")
    assert len(end) <= limit
    assert whole.endswith(end)
    assert int(head.removeprefix(b"(the first ")) + len(end) == len(whole)
