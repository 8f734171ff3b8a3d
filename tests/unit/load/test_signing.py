"""Signatures, held to what their makers publish."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.load.signing import ALGORITHMS, PUBLISHED, JsonStyle, Scheme, Signer, SigningMistakeError

SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
    b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
    b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
    b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
# scheme, secret, body, timestamp, id, headers
KNOWN = {
    # https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries, "Testing the webhook payload"
    "github": (
        ("It's a Secret to Everybody", b"Hello, World!", 0, ""),
        {"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
    ),
    # https://api.slack.com/authentication/verifying-requests-from-slack
    "slack": (
        ("8f742231b10e8888abcd99yyyzzz85a5", SLACK_BODY, 1531420618, ""),
        {
            "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            "X-Slack-Request-Timestamp": "1531420618",
        },
    ),
    # https://github.com/standard-webhooks/standard-webhooks, the vector that its libraries are tested with
    "standard-webhooks": (
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            b'{"test": 2432232314}',
            1614265330,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
        ),
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
    ),
    # https://docs.stripe.com/webhooks, "Verify webhook signatures manually", publishes the scheme and no whole example;
    # the digest is openssl's: printf '1492774577.{"id":"evt_1","object":"event"}' | openssl dgst -sha256 -hmac SECRET
    "stripe": (
        ("whsec_test_secret", b'{"id":"evt_1","object":"event"}', 1492774577, ""),
        {"Stripe-Signature": "t=1492774577,v1=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543"},
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_signatures_come_out_and_verify(name: str) -> None:
    (secret, body, timestamp, message), headers = KNOWN[name]
    signer = Signer.of(Scheme.of({"like": name}), secret)
    assert signer.headers(body, timestamp=timestamp, id=message) == headers
    assert signer.verifies(body, {name.upper(): value for name, value in headers.items()})
    assert not signer.verifies(body + b" ", headers)
    assert not signer.verifies(body, {**headers, next(iter(headers)): "x"})
    assert not signer.verifies(body, {})
    assert not Signer.of(signer.scheme, f"{secret}BBBB").verifies(body, headers)
    assert secret not in repr(signer)


def test_each_part_of_a_scheme_may_be_given() -> None:
    described = {"headers": {"X-Sum": "{signature}"}, "algorithm": "sha1", "encoding": "base64", "over": None}
    signer = Signer.of(Scheme.of(described), "k")  # printf '{"id":1}' | openssl dgst -sha1 -hmac k -binary | base64
    assert signer.headers(b'{"id":1}', timestamp=7) == {"X-Sum": "nAZz5wh9ixoifla48AGIw7q4SZg="}
    moved = Scheme.of({"like": "github", "headers": {"X-Other": "{signature}"}})
    assert list(Signer.of(moved, "k").headers(b"", timestamp=0)) == ["X-Other"]


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"headers": {"X-Sum": "sha256=signature"}}, "no header holds"),
        ({}, "no header holds"),
        ({"like": "github", "over": "{timestamp}"}, "does not hold {body}"),
    ],
)
def test_a_scheme_that_signs_nothing_is_refused(described: dict[str, object], said: str) -> None:
    with pytest.raises(SigningMistakeError, match=said):
        Scheme.of(described)


def test_a_secret_that_is_not_base64_where_it_should_be_is_refused_without_being_shown() -> None:
    with pytest.raises(SigningMistakeError) as caught:
        Signer.of(Scheme.of({"like": "standard-webhooks"}), "whsec_not!base64")
    assert "not!base64" not in str(caught.value)


@given(
    st.binary(max_size=300),
    st.text(min_size=1, max_size=200),
    st.sampled_from(sorted(ALGORITHMS)),
    st.sampled_from(["hex", "base64"]),
    st.sampled_from(["{body}", "{timestamp}.{body}", "v0:{timestamp}:{id}:{body}."]),
    st.integers(0, 2**40),
)
def test_what_is_signed_verifies_and_nothing_else_does(
    body: bytes, secret: str, algorithm: str, encoding: str, over: str, timestamp: int
) -> None:
    described = {
        "headers": {"X-Sum": "t={timestamp},i={id},v={signature}"},
        "algorithm": algorithm,
        "encoding": encoding,
        "over": over,
    }
    signer = Signer.of(Scheme.of(described), secret)
    headers = signer.headers(body, timestamp=timestamp, id="m1")
    assert signer.verifies(body, headers)
    assert not signer.verifies(body + b"\n", headers)
    assert not Signer.of(signer.scheme, secret + "x").verifies(body, headers)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.booleans(), st.booleans(), st.booleans())
def test_every_style_says_the_same(value: object, spaces: bool, sort_keys: bool, ascii_only: bool) -> None:
    written = JsonStyle(spaces=spaces, sort_keys=sort_keys, ascii=ascii_only).write(value)
    assert json.loads(written) == value
    assert not ascii_only or written.isascii()


def test_styles() -> None:
    value = {"b": "é", "a": [1, 2]}
    assert JsonStyle().write(value) == b'{"b":"\\u00e9","a":[1,2]}'
    assert JsonStyle(spaces=True, sort_keys=True, ascii=False).write(value) == '{"a": [1, 2], "b": "é"}'.encode()
