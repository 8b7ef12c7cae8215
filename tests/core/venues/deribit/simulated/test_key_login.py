"""Logins by a key pair over a wire, and sessions longer than their tokens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.outcome import Accepted
from core.venues.deribit.endpoints import Credentials, Secret
from core.venues.deribit.keys import private_key
from tests.core.venues.deribit.simulated.test_on_simulator import low_limit
from tests.core.venues.deribit.trading_desk import TradingDesk
from tests.core.venues.key_pairs import KeyPair, key_pair
from tests.core.venues.simulator_child import Simulator, running_simulator
from tests.eventually import eventually

PAIRS = {kind: key_pair(kind) for kind in ("ed25519", "rsa")}


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulated exchange that knows one account by each kind of key."""
    folder = tmp_path_factory.mktemp("keys")
    options = []
    for kind, pair in PAIRS.items():
        file: Path = folder / f"{kind}.pem"
        file.write_text(pair.public)
        options.append(f"--account={kind}:@{file}:BTC=10")
    with running_simulator(*options) as simulator:
        yield simulator


def login(client: str, pair: KeyPair) -> Credentials:
    return Credentials(client, Secret(""), private_key(pair.private))


@pytest.mark.parametrize("kind", PAIRS)
def test_an_account_is_opened_by_its_private_key(keyed: Simulator, kind: str) -> None:
    with TradingDesk(keyed.at.socket_url, login(kind, PAIRS[kind])) as desk:
        desk.link.place(low_limit("manual:k1"))
        assert isinstance(desk.outcome("manual:k1"), Accepted)
        state = desk.link.state()
        assert 0 < state.latency_ms <= state.latency_p99_ms


def test_another_private_key_is_refused_in_words(keyed: Simulator) -> None:
    desk = TradingDesk(keyed.at.socket_url, login("ed25519", key_pair("ed25519")))
    desk.link.start()
    eventually(lambda: "the login failed" in desk.link.state().status)
    assert desk.link.stop()


def test_the_public_key_is_no_secret_to_log_in_with(keyed: Simulator) -> None:
    key = Credentials("ed25519", Secret(PAIRS["ed25519"].public))
    desk = TradingDesk(keyed.at.socket_url, key)
    desk.link.start()
    eventually(lambda: "the login failed" in desk.link.state().status)
    assert desk.link.stop()
