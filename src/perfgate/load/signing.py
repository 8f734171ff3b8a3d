"""Signatures as webhooks carry them: HMAC over the exact bytes of the body, and the JSON those bytes are.

A scheme is written with templates: what is signed, as `{timestamp}.{body}`, and which headers say so, as
`t={timestamp},v1={signature}`. Secrets are arguments, and in nobody's `repr`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ALGORITHMS: Final = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}

# As published: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries,
# https://docs.stripe.com/webhooks (verify manually), https://api.slack.com/authentication/verifying-requests-from-slack,
# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
PUBLISHED: Final[Mapping[str, Mapping[str, Any]]] = {
    "github": {"headers": {"X-Hub-Signature-256": "sha256={signature}"}},
    "stripe": {"headers": {"Stripe-Signature": "t={timestamp},v1={signature}"}, "over": "{timestamp}.{body}"},
    "slack": {
        "headers": {"X-Slack-Signature": "v0={signature}", "X-Slack-Request-Timestamp": "{timestamp}"},
        "over": "v0:{timestamp}:{body}",
    },
    "standard-webhooks": {
        "headers": {
            "webhook-id": "{id}",
            "webhook-timestamp": "{timestamp}",
            "webhook-signature": "v1,{signature}",
        },
        "over": "{id}.{timestamp}.{body}",
        "encoding": "base64",
        "secret_encoding": "base64",
    },
}
_PLACEHOLDER: Final = re.compile(r"\{(signature|timestamp|id|body)\}")


class SigningMistakeError(ValueError):
    """The scheme cannot be used so, or the secret is not written as the scheme has it."""


@dataclass(frozen=True)
class Scheme:
    """What is signed (`over`) and which headers carry it; `{timestamp}` is in whole seconds since 1970."""

    headers: Mapping[str, str]
    over: str = "{body}"
    algorithm: str = "sha256"
    encoding: str = "hex"  # or base64
    secret_encoding: str = "text"  # or base64, whose prefix `whsec_` is left out  # noqa: S105 - no secret

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Scheme:
        """From `settings.traffic.Signing` as JSON: what it does not say comes from the scheme that it is like."""
        own = {name: value for name, value in described.items() if name in cls.__dataclass_fields__ and value}
        parts = {**PUBLISHED.get(described.get("like") or "", {}), **own}
        if not any("{signature}" in value for value in parts.get("headers", {}).values()):
            raise SigningMistakeError("no header holds {signature}: give `headers`, or a scheme with `like`")
        if "{body}" not in parts.get("over", "{body}"):
            raise SigningMistakeError("what is signed (`over`) does not hold {body}, so any body would do")
        return cls(**parts)


@dataclass(frozen=True)
class Signer:
    scheme: Scheme
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, scheme: Scheme, secret: str) -> Signer:
        """`secret` as its environment variable has it."""
        if scheme.secret_encoding == "text":  # noqa: S105 - how it is written, not what it is
            return cls(scheme, secret.encode())
        try:
            return cls(scheme, base64.b64decode(secret.removeprefix("whsec_"), validate=True))
        except binascii.Error:
            raise SigningMistakeError("the secret is not in base64, as this scheme has it") from None

    def headers(self, body: bytes, *, timestamp: int, id: str = "") -> dict[str, str]:  # noqa: A002 - as in headers
        said = {"timestamp": str(timestamp), "id": id}
        digest = hmac.new(self.key, _signed(self.scheme, body, said), ALGORITHMS[self.scheme.algorithm]).digest()
        said["signature"] = digest.hex() if self.scheme.encoding == "hex" else base64.b64encode(digest).decode()
        return {name: _filled(value, said) for name, value in self.scheme.headers.items()}

    def verifies(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether `headers` sign these bytes, worked out anew from what would be on the wire: the values are read back
        from the headers, and the digest comes from the definition (RFC 2104), not from what made it.
        """
        given = {name.lower(): value for name, value in headers.items()}
        said: dict[str, str] = {"id": "", "timestamp": ""}
        for name, template in self.scheme.headers.items():
            found = re.fullmatch(_reading(template), given.get(name.lower(), ""))
            if found is None:
                return False
            said |= found.groupdict()
        digest = _by_definition(self.key, _signed(self.scheme, body, said), self.scheme.algorithm)
        signature = said["signature"].encode("utf-8", "replace")
        if self.scheme.encoding == "hex":
            return hmac.compare_digest(signature.lower(), digest.hex().encode())
        return hmac.compare_digest(signature, base64.b64encode(digest))


def _signed(scheme: Scheme, body: bytes, said: Mapping[str, str]) -> bytes:
    before, _, after = scheme.over.partition("{body}")
    return _filled(before, said).encode() + body + _filled(after, said).encode()


def _filled(template: str, said: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: said.get(found[1], found[0]), template)


def _reading(template: str) -> str:
    """A pattern for what the template makes."""
    pieces = _PLACEHOLDER.split(template)
    return "".join(f"(?P<{piece}>.*?)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))


def _by_definition(key: bytes, text: bytes, algorithm: str) -> bytes:
    """H(K xor opad, H(K xor ipad, text)), RFC 2104, section 2."""
    made = ALGORITHMS[algorithm]
    block = made().block_size
    key = (made(key).digest() if len(key) > block else key).ljust(block, b"\0")
    inner = made(bytes(each ^ 0x36 for each in key) + text).digest()
    return made(bytes(each ^ 0x5C for each in key) + inner).digest()


@dataclass(frozen=True)
class JsonStyle:
    """How a body's JSON is written. The default has no blanks and nothing but ASCII."""

    spaces: bool = False
    sort_keys: bool = False
    ascii: bool = True

    def write(self, value: Any) -> bytes:
        separators = (", ", ": ") if self.spaces else (",", ":")
        return json.dumps(value, separators=separators, sort_keys=self.sort_keys, ensure_ascii=self.ascii).encode()
