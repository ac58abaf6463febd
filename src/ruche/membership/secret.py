"""Tokens: what a link, a cookie and a client program prove themselves by.

256 bits from the system's source of randomness, so that nobody guesses one, and a plain SHA-256 is
enough to keep: there is nothing to search through. Only the hash is stored; looking a hash up by an
index tells an attacker's stopwatch nothing about the token.
"""

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32
# Far above any token of ours: longer texts are not worth hashing.
_LONGEST: Final = 200


def fresh(prefix: str = "") -> str:
    """A new token of 64 hexadecimal digits after the prefix: nothing in it breaks where a link is copied."""
    return prefix + secrets.token_hex(_BYTES)


def digest(token: str) -> bytes:
    """The 32 bytes that the database keeps in the token's place."""
    return hashlib.sha256(token[:_LONGEST].encode("utf-8", "surrogatepass")).digest()
