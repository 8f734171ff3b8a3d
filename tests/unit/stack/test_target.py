from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.errors import StackError
from perfgate.stack.target import Target, parse_target


@pytest.mark.parametrize(
    ("url", "wanted", "authority"),
    [
        ("http://api:8000", Target("http://api:8000", "http", "api", 8000, ""), "api:8000"),
        ("http://api:80/", Target("http://api:80", "http", "api", 80, ""), "api"),
        ("https://api", Target("https://api", "https", "api", 443, ""), "api"),
        ("HTTP://API/v1//", Target("HTTP://API/v1", "http", "api", 80, "/v1"), "api"),
        ("https://[::1]:80", Target("https://[::1]:80", "https", "::1", 80, ""), "[::1]:80"),
    ],
)
def test_url_is_taken_apart(url: str, wanted: Target, authority: str) -> None:
    assert parse_target(url) == wanted
    assert parse_target(url).authority == authority


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"])
def test_this_machine(host: str) -> None:
    assert parse_target(f"http://{host}:1").is_this_machine
    assert not parse_target("http://web").is_this_machine


@pytest.mark.parametrize(
    "url",
    [None, "", "api:8000", "//api", "ftp://api", "http://", "http://:80", "http://a:b", "http://a:0", "http://a:70000", "http://[::1",
     "http://u@a", "http://u:p@a", "http://:@a", "http://a?x=1", "http://a#x"],
)  # fmt: skip
def test_what_is_no_base_url(url: str | None) -> None:
    with pytest.raises(StackError) as caught:
        parse_target(url)
    assert caught.value.remedy


@given(st.text(max_size=40))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    try:
        found = parse_target(f"http://{text}")
    except StackError:
        return
    assert found.host
    assert 0 < found.port < 65536
    assert found.path == "" or found.path.startswith("/")


@given(
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True),
    st.integers(1, 65535),
    st.sampled_from(["", "/a", "/a/b"]),
)
def test_same_under_another_address(scheme: str, host: str, port: int, path: str) -> None:
    found = parse_target(f"{scheme}://elsewhere:1{path}").at(host, port)
    assert (found.scheme, found.host, found.port, found.path) == (scheme, host, port, path)
