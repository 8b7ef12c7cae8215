"""A venue that cannot be reached is one sentence, whatever stands in the way."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from core.desk.reach import check_reach
from core.errors import StartError
from core.venues.deribit.endpoints import Endpoints

PATH = "/ws/api/v2"


def said(url: str, patience_s: float = 5.0) -> str:
    with pytest.raises(StartError) as caught:
        check_reach(Endpoints(url, ""), patience_s)
    text = str(caught.value)
    assert "\n" not in text
    return text


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on a free port that gives each client `answer`."""

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                answer(client)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def http(status: str) -> Callable[[socket.socket], None]:
    def answer(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return answer


def test_a_name_nobody_knows() -> None:
    text = said(f"wss://no-such-host.invalid{PATH}", 30.0)
    assert text.startswith("no-such-host.invalid cannot be reached: ")
    assert "its name is not known here" in text or "in time" in text


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = said(f"ws://127.0.0.1:{port}{PATH}")
    assert text == f"127.0.0.1:{port} cannot be reached: nobody listens at the venue's address"


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "503 Unavailable"])
def test_an_answer_that_is_no_socket(status: str) -> None:
    with listening(http(status)) as port:
        text = said(f"ws://127.0.0.1:{port}{PATH}")
    assert f"it answered HTTP {status[:3]} where a socket was asked for" in text


def test_a_server_without_tls() -> None:
    with listening(http("400 Bad Request")) as port:
        text = said(f"wss://127.0.0.1:{port}{PATH}")
    assert "TLS failed" in text or "hung up" in text


def test_a_venue_that_says_nothing() -> None:
    hold = threading.Event()

    def keep(_client: socket.socket) -> None:
        hold.wait(5)

    with listening(keep) as port:
        text = said(f"ws://127.0.0.1:{port}{PATH}", 0.3)
        hold.set()
    assert "did not answer" in text


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(http("407 Proxy Authentication Required")) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        text = said(f"wss://www.example.invalid{PATH}")
    assert "proxy" in text
