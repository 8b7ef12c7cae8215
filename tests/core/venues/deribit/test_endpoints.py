from __future__ import annotations

import pickle

import pytest

from core.errors import StartError
from core.venues.deribit.endpoints import Secret, credentials, endpoints


def test_each_mode_has_its_own_addresses() -> None:
    assert endpoints("sim", 4321).socket_url == "ws://127.0.0.1:4321/ws/api/v2"
    assert endpoints("sim", 4321).http_url == "http://127.0.0.1:4321/api/v2"
    assert endpoints("test").socket_url == "wss://test.deribit.com/ws/api/v2"
    assert endpoints("live").http_url == "https://www.deribit.com/api/v2"


@pytest.mark.parametrize("mode", ["tape", "LIVE", ""])
def test_other_modes_connect_to_nothing(mode: str) -> None:
    with pytest.raises(StartError, match="must be sim, test or live"):
        endpoints(mode)


def test_the_simulator_needs_its_port() -> None:
    with pytest.raises(StartError, match="port is 0"):
        endpoints("sim")


def test_the_key_comes_from_the_environment() -> None:
    found = credentials("live", {"VOLDESK_CLIENT_ID": "me", "VOLDESK_CLIENT_SECRET": "hush"})
    assert found is not None
    assert (found.client_id, found.secret.reveal()) == ("me", "hush")
    assert "hush" not in repr(found)


def test_half_a_key_is_none() -> None:
    assert credentials("live", {"VOLDESK_CLIENT_ID": "me"}) is None
    assert credentials("tape", {}) is None


def test_the_simulator_has_a_key_of_its_own_whatever_the_environment_says() -> None:
    found = credentials("sim", {"VOLDESK_CLIENT_ID": "me", "VOLDESK_CLIENT_SECRET": "hush"})
    assert found is not None
    assert (found.client_id, found.secret.reveal()) == ("demo", "demo")


def test_a_secret_cannot_be_written_to_a_file() -> None:
    with pytest.raises(TypeError, match="not written"):
        pickle.dumps(Secret("hush"))
