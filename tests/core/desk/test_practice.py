"""The practice ground: what is served, what is armed, what is said when it is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from core.clock import ManualClock
from core.desk.practice import Practice, no_practice
from core.venues.practice import Fault, FaultParam, PracticeGround, Rehearsal
from tests.eventually import eventually

SERVED = [
    {"kind": "cut", "params": [], "says": "Every socket drops."},
    {
        "kind": "silent",
        "params": [{"name": "seconds", "default": 5, "says": "How long."}],
        "says": "Nothing is sent.",
    },
]


class Exchange:
    """The two methods of an exchange that can be played with."""

    def __init__(self) -> None:
        self.is_ready = True
        self.asked: list[dict[str, object]] = []

    def answer(self, request: dict[str, object]) -> tuple[int, dict[str, object]]:
        """Status and body."""
        self.asked.append(request)
        if not self.is_ready:
            return 503, {"nothing": "yet"}
        if request["method"] == "simulator/faults":
            return 200, {"result": SERVED}
        params = request["params"]
        assert isinstance(params, dict)
        if params["kind"] == "cut":
            return 200, {"result": "ok"}
        data = {"param": "seconds", "reason": "value is too high"}
        return 400, {"error": {"code": -32602, "message": "Invalid params", "data": data}}

    @contextmanager
    def served(self) -> Iterator[str]:
        """Its address while it runs."""
        exchange = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the library's name
                size = int(self.headers["Content-Length"])
                status, body = exchange.answer(json.loads(self.rfile.read(size)))
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}/api/v2"
            server.shutdown()
            thread.join(5)


@contextmanager
def practising(url: str) -> Iterator[Practice]:
    """A practice ground that has started."""
    practice = Practice(PracticeGround(url), ManualClock(7))
    practice.start()
    try:
        yield practice
    finally:
        assert practice.stop()


def test_the_list_is_the_exchanges_own() -> None:
    with Exchange().served() as url, practising(url) as practice:
        eventually(lambda: practice.view.faults)
        assert practice.view.faults == (
            Fault("cut", (), "Every socket drops."),
            Fault("silent", (FaultParam("seconds", 5, "How long."),), "Nothing is sent."),
        )


def test_an_exchange_that_is_not_up_yet_is_asked_again() -> None:
    exchange = Exchange()
    exchange.is_ready = False
    with exchange.served() as url, practising(url) as practice:
        eventually(lambda: exchange.asked)
        assert practice.view.faults == ()
        exchange.is_ready = True
        eventually(lambda: practice.view.faults)


def test_what_came_of_a_fault_is_a_reply_in_words() -> None:
    exchange = Exchange()
    with exchange.served() as url, practising(url) as practice:
        practice.post(3, Rehearsal("cut"))
        practice.post(4, Rehearsal("silent", (("seconds", 99),)))
        eventually(lambda: len(practice.view.replies) == 2)
        done, refused = practice.view.replies
        assert (done.number, done.is_ok, done.text) == (3, True, "rehearsing cut")
        assert (refused.number, refused.is_ok) == (4, False)
        assert refused.text == "silent seconds 99 is not rehearsed: seconds value is too high"
        assert exchange.asked[-1]["params"] == {"kind": "silent", "seconds": 99}


def test_an_exchange_that_is_gone_is_said_so() -> None:
    with Exchange().served() as url:
        practice = Practice(PracticeGround(url), ManualClock(7))
        practice.start()
        eventually(lambda: practice.view.faults)
    practice.post(1, Rehearsal("cut"))
    eventually(lambda: practice.view.replies)
    assert "the simulator did not answer" in practice.view.replies[0].text
    assert practice.stop()
    assert practice.stop()


def test_another_venue_says_why_nothing_can_be_rehearsed() -> None:
    assert no_practice("tape").why_not == (
        "practice works on the simulator only: this desk is on tape"
    )
