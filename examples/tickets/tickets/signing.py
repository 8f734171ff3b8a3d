"""Webhook signatures: `X-Signature: sha256=<hex>`, HMAC-SHA256 over the body exactly as it was sent."""

from __future__ import annotations

import hashlib
import hmac

HEADER = "X-Signature"
PREFIX = "sha256="


def sign(secret: bytes, body: bytes) -> str:
    return PREFIX + hmac.new(secret, body, hashlib.sha256).hexdigest()


def refusal(secret: bytes, body: bytes, signature: str | None) -> str | None:
    """Why the signature is refused; None where it is right."""
    if signature is None:
        return f"no {HEADER} header"
    if not signature.startswith(PREFIX):
        return f"{HEADER} is not of the form {PREFIX}<hex>"
    if not hmac.compare_digest(sign(secret, body).encode(), signature.encode()):
        return "signature does not match the body"
    return None
