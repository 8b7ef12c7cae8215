from __future__ import annotations

import base64
import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from core.errors import StartError
from core.venues.deribit.endpoints import credentials
from core.venues.deribit.keys import private_key
from core.venues.deribit.login import signed_login
from tests.core.venues.key_pairs import KeyPair, key_pair

STAMP_MS = 1_576_074_319_000
SIGNED = b"1576074319000\n1iqt2wls\n"


def from_environment(pair: KeyPair, **more: str) -> dict[str, object]:
    found = credentials(
        "live", {"VOLDESK_CLIENT_ID": "me", "VOLDESK_PRIVATE_KEY": pair.private, **more}
    )
    assert found is not None
    return signed_login(found, STAMP_MS, "1iqt2wls")


def raw(signature: object) -> bytes:
    """The signature out of base64 in the URL alphabet; the venue takes no padding."""
    assert isinstance(signature, str)
    assert "=" not in signature
    return base64.b64decode(signature + "=" * (-len(signature) % 4), b"-_", validate=True)


def test_an_ed25519_key_signs_the_three_lines() -> None:
    pair = key_pair("ed25519")
    login = from_environment(pair)
    public = load_pem_public_key(pair.public.encode())
    assert isinstance(public, Ed25519PublicKey)
    public.verify(raw(login["signature"]), SIGNED)
    assert (login["grant_type"], login["client_id"]) == ("client_signature", "me")


def test_an_rsa_key_signs_with_pkcs1_and_sha256() -> None:
    pair = key_pair("rsa")
    login = from_environment(pair)
    public = load_pem_public_key(pair.public.encode())
    assert isinstance(public, RSAPublicKey)
    public.verify(raw(login["signature"]), SIGNED, PKCS1v15(), SHA256())


def test_a_file_and_a_password_do_as_well(tmp_path: Path) -> None:
    pair = key_pair("ed25519", password="sesame")
    file = tmp_path / "private.pem"
    file.write_text(pair.private)
    named = KeyPair(str(file), pair.public)
    assert from_environment(named, VOLDESK_PRIVATE_KEY_PASSWORD="sesame")["signature"]


def test_a_key_in_one_line_is_read() -> None:
    pair = key_pair("ed25519")
    assert from_environment(KeyPair(pair.private.replace("\n", "\\n"), ""))["signature"]


def test_a_private_key_goes_before_a_secret() -> None:
    pair = key_pair("ed25519")
    login = from_environment(pair, VOLDESK_CLIENT_SECRET="hush")
    assert len(raw(login["signature"])) == 64


@pytest.mark.parametrize(
    ("kind", "made_with", "given", "words"),
    [
        ("ed25519", "sesame", "", "needs a password"),
        ("ed25519", "sesame", "wrong", "or its password is wrong"),
        ("ed25519", "", "sesame", "is not encrypted, but a password is set"),
        ("ec", "", "", "neither Ed25519 nor RSA"),
    ],
)
def test_a_bad_key_is_one_sentence(kind: str, made_with: str, given: str, words: str) -> None:
    pair = key_pair(kind, password=made_with)
    with pytest.raises(StartError, match=words) as caught:
        private_key(pair.private, given)
    assert "\n" not in str(caught.value)
    assert pair.private.splitlines()[1] not in str(caught.value)


def test_a_short_rsa_key_is_refused_with_both_numbers() -> None:
    with pytest.raises(StartError, match="has 1024 bits, must have 2048"):
        private_key(key_pair("rsa", bits=1_024).private)


def test_what_is_no_key_is_said_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="names no file that can be read") as caught:
        private_key("MC4CAQAwBQYDK2VwBCIEIsecret")
    assert "MC4CAQ" not in str(caught.value)
    file = tmp_path / "note.txt"
    file.write_text("hello")
    with pytest.raises(StartError, match="holds no private key in PEM form"):
        private_key(str(file))


def test_a_private_key_shows_itself_nowhere() -> None:
    pair = key_pair("ed25519")
    key = private_key(pair.private)
    body = pair.private.splitlines()[1]
    found = credentials("live", {"VOLDESK_CLIENT_ID": "me", "VOLDESK_PRIVATE_KEY": pair.private})
    assert body not in repr(key) + repr(found)
    with pytest.raises(TypeError, match="not written"):
        pickle.dumps(key)
