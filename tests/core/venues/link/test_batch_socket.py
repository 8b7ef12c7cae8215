from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import websocket

from core.venues.link.batch_socket import BatchSocket

PING, PONG, CLOSE, TEXT, BINARY, CONT = 0x9, 0xA, 0x8, 0x1, 0x2, 0x0


def wire(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    """One server frame, unmasked."""
    head = bytes([opcode | (0x80 if fin else 0)])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65_536:
        return head + b"\x7e" + struct.pack("!H", len(payload)) + payload
    return head + b"\x7f" + struct.pack("!Q", len(payload)) + payload


@dataclass
class Pair:
    """A socket of each kind under test, and the server's end."""

    ours: BatchSocket
    server: socket.socket


@contextmanager
def connected(cls: type[websocket.WebSocket] = BatchSocket) -> Iterator[Pair]:
    """A websocket of class `cls` joined to a plain socket, as after the upgrade."""
    ours, server = socket.socketpair()
    ws = cls(skip_utf8_validation=True)
    ws.sock = ours
    ws.connected = True
    ws.settimeout(0.05)
    try:
        yield Pair(ws, server)
    finally:
        ws.shutdown()
        server.close()


def batches(pair: Pair, count: int) -> list[bytes]:
    """The next `count` messages, however they are batched."""
    found: list[bytes] = []
    for _ in range(200):
        found += pair.ours.recv_batch()
        if len(found) >= count:
            break
    return found


def test_all_complete_messages_of_a_read_come_at_once() -> None:
    with connected() as pair:
        pair.server.sendall(wire(TEXT, b"one") + wire(TEXT, b"two") + wire(TEXT, b"x" * 300))
        assert pair.ours.recv_batch() == [b"one", b"two", b"x" * 300]


def test_a_quiet_socket_gives_an_empty_batch_and_stays_usable() -> None:
    with connected() as pair:
        assert pair.ours.recv_batch() == []
        pair.server.sendall(wire(TEXT, b"late"))
        assert pair.ours.recv_batch() == [b"late"]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
def test_messages_of_every_length_form_arrive_whole(size: int) -> None:
    payload = random.Random(size).randbytes(size)
    with connected() as pair:
        sender = threading.Thread(target=pair.server.sendall, args=(wire(TEXT, payload),))
        sender.start()
        assert batches(pair, 1) == [payload]
        sender.join()


def test_a_time_out_in_the_middle_of_any_frame_loses_nothing() -> None:
    stream = (
        wire(TEXT, b"a" * 200)
        + wire(PING, b"hello")
        + wire(TEXT, b"first ", fin=False)
        + wire(PING, b"inside")
        + wire(CONT, b"second")
        + wire(TEXT, b"b")
    )
    with connected() as pair:
        pair.ours.settimeout(0.0005)
        found = []
        for byte in stream:
            pair.server.sendall(bytes([byte]))
            found += pair.ours.recv_batch()
        assert found == [b"a" * 200, b"first second", b"b"]


def test_a_ping_is_answered_with_its_own_words() -> None:
    with connected() as pair:
        pair.server.sendall(wire(PING, b"hello") + wire(TEXT, b"after"))
        assert batches(pair, 1) == [b"after"]
        answer = pair.server.recv(100)
        assert answer[0] == 0x80 | PONG
        mask, masked = answer[2:6], answer[6:]
        assert bytes(b ^ mask[i % 4] for i, b in enumerate(masked)) == b"hello"


def test_fragments_with_a_ping_between_them_are_joined() -> None:
    with connected() as pair:
        pair.server.sendall(
            wire(TEXT, b"snap", fin=False)
            + wire(PING, b"")
            + wire(CONT, b"shot")
            + wire(TEXT, b"x")
        )
        assert batches(pair, 2) == [b"snapshot", b"x"]


def test_a_new_message_inside_a_fragmented_one_breaks_the_protocol() -> None:
    with connected() as pair:
        pair.server.sendall(wire(TEXT, b"half", fin=False) + wire(TEXT, b"whole"))
        with pytest.raises(websocket.WebSocketProtocolException):
            batches(pair, 1)


def test_binary_messages_are_skipped() -> None:
    with connected() as pair:
        pair.server.sendall(wire(BINARY, b"\x00\x01") + wire(TEXT, b"text"))
        assert batches(pair, 1) == [b"text"]


def test_messages_before_a_close_arrive_and_the_close_says_why() -> None:
    with connected() as pair:
        close = wire(CLOSE, struct.pack("!H", 4000) + b"heartbeat close")
        pair.server.sendall(wire(TEXT, b"last") + close)
        assert pair.ours.recv_batch() == [b"last"]
        with pytest.raises(websocket.WebSocketConnectionClosedException, match="4000: heartbeat"):
            pair.ours.recv_batch()


def test_a_dropped_connection_raises() -> None:
    with connected() as pair:
        pair.server.close()
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            pair.ours.recv_batch()


def test_it_can_be_ended_twice() -> None:
    with connected() as pair:
        pair.ours.end()
        pair.ours.end()
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            pair.ours.recv_batch()


@dataclass
class Stream:
    """Random frames and the text messages a right parser finds in them."""

    data: bytes = b""
    pings: int = 0
    sizes: tuple[int, ...] = field(default=(0, 1, 5, 125, 126, 300, 4_000, 65_536, 65_600))


def random_stream(seed: int) -> Stream:
    dice = random.Random(seed)
    stream = Stream()
    for _ in range(dice.randrange(1, 15)):
        payload = dice.randbytes(dice.choice(stream.sizes))
        kind = dice.random()
        if kind < 0.6:
            stream.data += wire(TEXT, payload)
        elif kind < 0.7:
            stream.data += wire(dice.choice([PING, PONG]), payload[:100])
        elif kind < 0.75:
            stream.data += wire(BINARY, payload)
        else:
            stream.data += _fragmented(dice, payload)
    stream.data += wire(TEXT, b"the end")
    return stream


def _fragmented(dice: random.Random, payload: bytes) -> bytes:
    cut = dice.randrange(len(payload) + 1)
    parts = wire(TEXT, payload[:cut], fin=False)
    if dice.random() < 0.5:
        parts += wire(PING, b"between")
    if dice.random() < 0.3:
        parts += wire(CONT, b"", fin=False)
    return parts + wire(CONT, payload[cut:])


def stock_messages(data: bytes) -> list[bytes]:
    """What websocket-client's own reader finds."""
    found: list[bytes] = []
    with connected(websocket.WebSocket) as pair:
        sender = threading.Thread(target=pair.server.sendall, args=(data,))
        sender.start()
        pair.ours.settimeout(5)
        while not found or found[-1] != b"the end":
            opcode, payload = pair.ours.recv_data()
            if opcode == TEXT:
                found.append(payload)
        sender.join()
    return found


@pytest.mark.parametrize("block", range(10))
def test_random_streams_in_random_pieces_equal_the_stock_parser(block: int) -> None:
    for seed in range(block * 12, block * 12 + 12):
        data = random_stream(seed).data
        dice = random.Random(seed)
        found: list[bytes] = []
        with connected() as pair:
            sender = threading.Thread(target=_send_in_pieces, args=(pair.server, data, dice))
            sender.start()
            while not found or found[-1] != b"the end":
                found += pair.ours.recv_batch()
            sender.join()
        assert found == stock_messages(data)


def _send_in_pieces(server: socket.socket, data: bytes, dice: random.Random) -> None:
    at = 0
    while at < len(data):
        size = dice.choice([1, 2, 3, 7, 100, 5_000, 70_000])
        server.sendall(data[at : at + size])
        at += size
