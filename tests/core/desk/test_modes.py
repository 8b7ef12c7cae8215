"""The locks before real money: what may form the live address, when keys are read, what is said."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.desk.build import build_desk
from core.desk.options import Options, read_options
from core.errors import StartError
from core.venues.deribit.endpoints import credentials, public_endpoints
from tests.shared_data import ROOT

CODE = [
    one
    for folder in ("core", "tui")
    for one in (ROOT / folder).rglob("*.py")
    if "simulator" not in one.relative_to(ROOT).parts
]


def options(tmp_path: Path, *words: str) -> Options:
    return read_options(["--data", str(tmp_path), *words], "voldesk")


def started(chosen: Options) -> None:
    with build_desk(chosen):
        pass


def files_with(text: str) -> list[str]:
    return sorted(str(one.relative_to(ROOT)) for one in CODE if text in one.read_text())


class Network:
    """Sees every attempt to leave this process by a socket, while it listens."""

    def __init__(self) -> None:
        self.is_listening = False
        self.attempts: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, details: tuple[object, ...]) -> None:
        if self.is_listening and event in ("socket.getaddrinfo", "socket.connect"):
            self.attempts.append(f"{event} {details[0]}")


NETWORK = Network()


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Attempts to reach anybody, in an environment without a key."""
    monkeypatch.delenv("VOLDESK_CLIENT_ID", raising=False)
    monkeypatch.delenv("VOLDESK_CLIENT_SECRET", raising=False)
    NETWORK.attempts.clear()
    NETWORK.is_listening = True
    yield NETWORK.attempts
    NETWORK.is_listening = False


def test_one_file_knows_the_live_address() -> None:
    assert files_with("www.deribit.com") == ["core/venues/deribit/endpoints.py"]
    callers = [one for one in files_with("endpoints(") if "endpoints.py" not in one]
    assert callers == ["core/desk/build.py", "core/desk/options.py"]
    assert files_with("DeribitTrading(") == ["core/desk/parts.py"]
    assert files_with("credentials(") == ["core/desk/build.py", "core/venues/deribit/endpoints.py"]


def test_live_asks_for_the_typed_word_before_a_key_and_meets_nobody(
    tmp_path: Path, attempts: list[str]
) -> None:
    with pytest.raises(StartError, match="the typed word before anything starts"):
        started(options(tmp_path, "--venue", "live", "--live"))
    assert attempts == []


def test_live_without_its_option_does_not_start_either(tmp_path: Path, attempts: list[str]) -> None:
    chosen = options(tmp_path, "--venue", "live", "--live")
    with pytest.raises(StartError, match="wants --live"):
        started(replace(chosen, is_live_allowed=False, is_live_confirmed=True))
    assert attempts == []


@pytest.mark.parametrize("mode", ["test", "live"])
def test_a_venue_that_wants_a_key_says_which(
    tmp_path: Path, attempts: list[str], mode: str
) -> None:
    words = ["--venue", mode, *(["--live"] if mode == "live" else [])]
    with pytest.raises(StartError) as caught:
        started(replace(options(tmp_path, *words), is_live_confirmed=True))
    assert "set VOLDESK_CLIENT_ID and VOLDESK_CLIENT_SECRET" in str(caught.value)
    assert attempts == []


def test_paper_never_has_a_key() -> None:
    given = {"VOLDESK_CLIENT_ID": "somebody", "VOLDESK_CLIENT_SECRET": "something"}
    assert credentials("test", given) is not None
    assert credentials("paper", given) is None


@pytest.mark.parametrize(
    "place", ["www.deribit.com:443", "10.0.0.1:80", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:0"]
)
def test_paper_may_be_pointed_at_this_machine_only(place: str) -> None:
    with pytest.raises(StartError, match=r"must be 127\.0\.0\.1:PORT"):
        read_options(["--venue", "paper", "--at", place], "voldesk")


def test_only_paper_may_be_pointed_elsewhere() -> None:
    for mode in ("sim", "test"):
        with pytest.raises(StartError, match="--at goes with the venue paper"):
            read_options(["--venue", mode, "--at", "127.0.0.1:1"], "voldesk")


def test_paper_hears_the_venue_it_is_told() -> None:
    assert public_endpoints("test").socket_url == "wss://test.deribit.com/ws/api/v2"
    assert public_endpoints("live", "localhost:8765").http_url == "http://127.0.0.1:8765/api/v2"
