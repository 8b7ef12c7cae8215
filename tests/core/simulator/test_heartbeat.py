"""A session's heartbeats, on a clock of the test's own."""

from __future__ import annotations

import asyncio
import time

import pytest

from core.simulator.server.access.credentials import Credentials
from core.simulator.server.dispatch import Dispatcher
from core.simulator.server.faults.desk import Faults
from core.simulator.server.session import Session
from core.simulator.server.timing import WallTiming
from tests.core.simulator.lines import Line
from tests.core.simulator.still import Desk


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def session(line: Line) -> Session:
    exchange = Desk().exchange
    timing = WallTiming()
    credentials = Credentials({}, timing.now_s, exchange.clock.now_ms)
    faults = Faults(exchange, credentials, timing, list)
    return Session(Dispatcher(exchange, credentials, faults, timing, True), line)


async def told(session: Session, line: Line, now_s: float) -> bytes:
    """What is written when the session looks at the clock."""
    before = len(line.written)
    session.tick(now_s)
    await asyncio.sleep(0)
    return line.written[before:]


def test_an_unanswered_test_request_closes_with_4000(session: Session, line: Line) -> None:
    async def scenario() -> None:
        session.heartbeat_s = 10
        now_s = time.monotonic()
        assert await told(session, line, now_s + 11.9) == b""
        first = await told(session, line, now_s + 12.1)
        assert b'"test_request"' in first
        assert b'"heartbeat"}' in first
        assert session.take_closing() is None
        await told(session, line, now_s + 22.2)
        assert session.take_closing() == (4000, b"heartbeat close")

    asyncio.run(scenario())


def test_any_request_answers_a_test_request(session: Session, line: Line) -> None:
    async def scenario() -> None:
        session.heartbeat_s = 10
        now_s = time.monotonic()
        for n in range(5):
            assert b"test_request" in await told(session, line, now_s + 12.1 + 10.7 * n)
            session.receive('{"jsonrpc":"2.0","id":1,"method":"public/test","params":{}}')
        assert session.take_closing() is None

    asyncio.run(scenario())


def test_a_silent_socket_without_subscriptions_is_cut_after_a_minute(
    session: Session, line: Line
) -> None:
    now_s = time.monotonic()
    session.tick(now_s + 59.0)
    assert not line.is_cut
    session.tick(now_s + 61.0)
    assert line.is_cut


def test_a_heartbeat_below_ten_seconds_is_refused(session: Session) -> None:
    async def scenario() -> None:
        session.receive(
            '{"jsonrpc":"2.0","id":1,"method":"public/set_heartbeat","params":{"interval":9}}'
        )

    asyncio.run(scenario())
    assert session.heartbeat_s == 0
