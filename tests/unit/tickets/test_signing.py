import pytest

from tickets.signing import refusal, sign

# RFC 4231, test case 2
KEY, BODY = b"Jefe", b"what do ya want for nothing?"
SIGNATURE = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_signature_is_the_published_one() -> None:
    assert sign(KEY, BODY) == SIGNATURE
    assert refusal(KEY, BODY, SIGNATURE) is None


@pytest.mark.parametrize(
    ("secret", "body", "signature", "reason"),
    [
        (KEY, BODY, None, "no X-Signature header"),
        (KEY, BODY, SIGNATURE.removeprefix("sha256="), "not of the form"),
        (b"Jeff", BODY, SIGNATURE, "does not match"),
        (KEY, BODY + b" ", SIGNATURE, "does not match"),
        (KEY, BODY, "sha256=\xfc", "does not match"),
    ],
)
def test_a_refusal_says_why(secret: bytes, body: bytes, signature: str | None, reason: str) -> None:
    assert reason in str(refusal(secret, body, signature))
