"""Logins by a key pair: an account may have a public key where others have a secret."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

from core.errors import StartError

_BEGIN = "-----BEGIN PUBLIC KEY-----"
Check = Callable[[bytes, bytes], bool]
"""From a signature and a text to whether it is one."""


def public_key_in(file: str) -> str:
    """The PEM text in `file`.

    Raises:
        StartError: no such file, or no Ed25519 or RSA public key in it.
    """
    try:
        pem = Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"simulator: the public key {file} cannot be read") from error
    if not is_public_key(pem) or _checker(pem) is None:
        raise StartError(f"simulator: {file} holds no Ed25519 or RSA public key in PEM form")
    return pem


def is_public_key(secret: str) -> bool:
    """True when an account's secret is a public key: it opens nothing by being said."""
    return secret.lstrip().startswith(_BEGIN)


def is_signed(pem: str, signature: str, text: bytes) -> bool:
    """True when `signature`, base64 in the URL alphabet without padding, signs `text`."""
    check = _checker(pem)
    try:
        raw = base64.b64decode(signature + "=" * (-len(signature) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return check is not None and check(raw, text)


def _checker(pem: str) -> Check | None:
    """What verifies signatures of this key; None when it is no key that can sign."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, Ed25519PublicKey | RSAPublicKey):
        return None

    def check(signature: bytes, text: bytes) -> bool:
        try:
            if isinstance(key, Ed25519PublicKey):
                key.verify(signature, text)
            else:
                key.verify(signature, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    return check
