"""Logins by a key pair: the venue knows the public half, only the private half can sign.

What is signed and how stands at https://docs.deribit.com/articles/asymmetric-api-keys: the same
three lines as for a secret; Ed25519 as it is, RSA with PKCS #1 v1.5 and SHA-256; base64 in its
URL alphabet, without padding.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import StartError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_BEGIN: Final = "-----BEGIN "
_VARIABLE: Final = "VOLDESK_PRIVATE_KEY"
_LEAST_RSA_BITS: Final = 2_048


class PrivateKey:
    """Signs; it shows itself nowhere and is written nowhere."""

    __slots__ = ("_key",)

    def __init__(self, pem: bytes, password: str = "", origin: str = _VARIABLE) -> None:
        """Read a PEM text; `origin` names it in errors.

        Raises:
            StartError: it is no Ed25519 or RSA key, too short, or the password does not open it.
        """
        self._key = _loaded(pem, password, origin)

    def sign(self, text: str) -> str:
        """The signature of `text` as public/auth takes it."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.hashes import SHA256

        key, data = self._key, text.encode()
        if isinstance(key, RSAPrivateKey):
            signed = key.sign(data, PKCS1v15(), SHA256())
        else:
            signed = key.sign(data)
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")

    def __repr__(self) -> str:
        return "PrivateKey(...)"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not written anywhere")


def private_key(text: str, password: str = "") -> PrivateKey:
    """The key that `text` is, or that the file it names holds.

    Raises:
        StartError: no such file, or nothing in it that can sign.
    """
    if text.lstrip().startswith(_BEGIN):
        return PrivateKey(text.strip().replace("\\n", "\n").encode(), password)
    path = Path(text).expanduser()
    try:
        pem = path.read_bytes()
    except (OSError, ValueError) as error:
        # What is no path may be the key itself, badly quoted: it is not repeated.
        why = getattr(error, "strerror", None) or "no path"
        raise StartError(f"{_VARIABLE} names no file that can be read: {why}") from None
    return PrivateKey(pem, password, str(path))


def _loaded(pem: bytes, password: str, origin: str) -> Ed25519PrivateKey | RSAPrivateKey:
    # Imported only by who has such a key: the first picture must be fast.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password.encode() if password else None)
    except TypeError:
        word = "is not encrypted, but a password is set" if password else "needs a password"
        raise StartError(f"the private key in {origin} {word} ({_VARIABLE}_PASSWORD)") from None
    except (ValueError, UnsupportedAlgorithm):
        word = "or its password is wrong" if password else "in PEM form"
        raise StartError(f"{origin} holds no private key {word}") from None
    if isinstance(key, RSAPrivateKey) and key.key_size < _LEAST_RSA_BITS:
        raise StartError(
            f"the RSA key in {origin} has {key.key_size} bits, must have {_LEAST_RSA_BITS} or more"
        )
    if not isinstance(key, Ed25519PrivateKey | RSAPrivateKey):
        raise StartError(f"the private key in {origin} is neither Ed25519 nor RSA")
    return key
