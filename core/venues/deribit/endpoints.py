"""Where each mode connects to, and the key it logs in with."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.errors import StartError
from core.venues.deribit.keys import PrivateKey, private_key

log = logging.getLogger(__name__)

_PATH: Final = "/api/v2"
_HOSTS: Final = {"test": "test.deribit.com", "live": "www.deribit.com"}
_LOOPBACK: Final = ("127.0.0.1", "localhost")
_SERVICE: Final = "voldesk"
SIM_CLIENT: Final = "demo"


class Secret:
    """A text that never shows itself: only `reveal` gives it, where it is signed or sent."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client id, and what proves that it is ours: its secret or a private key."""

    client_id: str
    secret: Secret
    """Empty when there is a private key."""
    private_key: PrivateKey | None = None


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one venue."""

    socket_url: str
    http_url: str
    """Base of the HTTP methods, without a slash at the end."""


def endpoints(mode: str, sim_port: int = 0) -> Endpoints:
    """The addresses of `mode` (sim, test or live); the simulator's port is known once it runs.

    Raises:
        StartError: no such mode, or the simulator has no port yet.
    """
    if mode == "sim":
        if not 0 < sim_port < 65_536:
            raise StartError(f"the simulator's port is {sim_port}, must be from 1 to 65535")
        host = f"127.0.0.1:{sim_port}"
        return Endpoints(f"ws://{host}/ws{_PATH}", f"http://{host}{_PATH}")
    if mode not in _HOSTS:
        raise StartError(f"venue mode is {mode!r}, must be sim, test or live to connect")
    host = _HOSTS[mode]
    return Endpoints(f"wss://{host}/ws{_PATH}", f"https://{host}{_PATH}")


def public_endpoints(data: str, local: str = "") -> Endpoints:
    """Where paper hears prices: the venue `data` (live or test), or a simulator on this machine.

    No key is ever loaded for these: what speaks to them can only read.

    Raises:
        StartError: `local` is not HOST:PORT of this machine.
    """
    if not local:
        return endpoints(data)
    host, _, port = local.rpartition(":")
    if host not in _LOOPBACK or not (port.isdecimal() and 0 < int(port) < 65_536):
        raise StartError(f"--at is {local!r}, must be 127.0.0.1:PORT: a simulator on this machine")
    return endpoints("sim", int(port))


def credentials(mode: str, environment: Mapping[str, str] | None = None) -> Credentials | None:
    """The key for `mode`: the simulator's own, else environment, else key ring; None without.

    Reads VOLDESK_CLIENT_ID with VOLDESK_PRIVATE_KEY (a PEM file or its text, and
    VOLDESK_PRIVATE_KEY_PASSWORD if it has one) or VOLDESK_CLIENT_SECRET; what is missing, from
    the key ring's service `voldesk` under `MODE_client_id` and so on. A private key goes first.

    Raises:
        StartError: the private key cannot be read.
    """
    if mode == "sim":
        return Credentials(SIM_CLIENT, Secret(SIM_CLIENT))
    if mode not in _HOSTS:
        return None
    found = os.environ if environment is None else environment

    def value(name: str) -> str:
        return found.get(f"VOLDESK_{name.upper()}") or _from_key_ring(f"{mode}_{name}")

    client_id = value("client_id")
    if not client_id:
        return None
    if key := value("private_key"):
        return Credentials(client_id, Secret(""), private_key(key, value("private_key_password")))
    secret = value("client_secret")
    return Credentials(client_id, Secret(secret)) if secret else None


def forget_keys() -> None:
    """Take the secrets out of our environment once they are read: children would inherit them."""
    for name in ("CLIENT_SECRET", "PRIVATE_KEY", "PRIVATE_KEY_PASSWORD"):
        os.environ.pop(f"VOLDESK_{name}", None)


def _from_key_ring(user: str) -> str:
    """A value of the system's key ring; empty when keyring is not installed or has none."""
    if importlib.util.find_spec("keyring") is None:
        return ""
    try:
        return importlib.import_module("keyring").get_password(_SERVICE, user) or ""
    except RuntimeError as error:  # its errors derive from this one
        log.info("the key ring cannot be asked: %s", error)
        return ""
