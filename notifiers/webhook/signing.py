"""Signatures of Standard Webhooks 1.0.0: who sent it, when, and that nothing was changed."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from hashlib import sha256

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret. (Standard Webhooks 1.0.0, "Signature scheme".)"""


class BadSecret(ValueError):
    """A secret that is no signing secret; the text does not hold it."""


def signatures(secrets: Sequence[str], message: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature per secret, so that one can be replaced.

    `timestamp` is seconds since 1970, of this try. Raises BadSecret.
    """
    signed = f"{message}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_sign(_key(secret), signed)}" for secret in secrets)


def _sign(key: bytes, signed: bytes) -> str:
    return b64encode(hmac.digest(key, signed, sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (Error, ValueError):
        raise BadSecret("a signing secret is whsec_ and base64") from None
    if not SHORTEST <= len(key) <= LONGEST:
        raise BadSecret(f"a signing secret has {SHORTEST} to {LONGEST} bytes")
    return key
