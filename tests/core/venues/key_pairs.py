"""Key pairs made for a test."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


@dataclass(frozen=True)
class KeyPair:
    """Both halves as PEM text."""

    private: str
    public: str


def key_pair(kind: str, password: str = "", bits: int = 2_048) -> KeyPair:
    """A new one of `kind` ed25519, rsa or ec."""
    key = (
        Ed25519PrivateKey.generate()
        if kind == "ed25519"
        else generate_rsa(65_537, bits)
        if kind == "rsa"
        else generate_private_key(SECP256R1())
    )
    lock: KeySerializationEncryption = NoEncryption()
    if password:
        lock = BestAvailableEncryption(password.encode())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private.decode(), public.decode())
