from __future__ import annotations

import pytest

from core.venues.tape.lines import (
    Batch,
    Marked,
    Recorded,
    frame_lines,
    frames_of,
    mark_line,
    records_of,
)
from core.venues.tape.marks import Lost, text_of

FRAME = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"x","data":{}}}'
OTHER_ORDER = b'{"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"}'
AT_NS = 1_626_993_723_804_318_000


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (FRAME + b"\n", [Recorded(FRAME, None)]),
        (OTHER_ORDER, [Recorded(OTHER_ORDER, None)]),
        (b"1626993723.804318: " + FRAME + b"\r\n", [Recorded(FRAME, AT_NS)]),
        (b"1626993723: " + FRAME, [Recorded(FRAME, 1_626_993_723_000_000_000)]),
        (b"1626993723.8043180001: " + FRAME, [Recorded(FRAME, AT_NS)]),
        (b"https://x/api?currency=BTC -> 1626993723.804318: " + FRAME, [Recorded(FRAME, AT_NS)]),
        (b'{"recv":1626993723.804318,"dir":"in","msg":' + FRAME + b"}", [Recorded(FRAME, AT_NS)]),
        (b'{"kind":"User Trades","msg":' + FRAME + b"}", [Recorded(FRAME, None)]),
        (b'{"method":"m","params":{},"response":' + FRAME + b"}", [Recorded(FRAME, None)]),
        (
            b'{"recorded":"2026","notifications":[' + FRAME + b"," + OTHER_ORDER + b"]}",
            [Recorded(FRAME, None), Recorded(OTHER_ORDER, None)],
        ),
    ],
)
def test_a_frame_is_found_in_every_wrapping(line: bytes, expected: list[Recorded]) -> None:
    assert list(frames_of(line)) == expected


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"wss://www.deribit.com/ws/api/v2 <-> 1626993723.424371",
        b"wss://www.deribit.com/ws/api/v2 <- 1626993723.7145221: " + FRAME,
        b'{"recv":1.0,"dir":"out","msg":' + FRAME + b"}",
        b"a remark with {braces}",
        b'{"broken',
    ],
)
def test_requests_remarks_and_damage_hold_no_frame(line: bytes) -> None:
    assert list(frames_of(line)) == []


def test_our_own_lines_keep_every_nanosecond_and_the_link() -> None:
    at_ns = 1_790_000_000_000_000_007
    text = frame_lines("market 2", [FRAME, FRAME], at_ns) + frame_lines("a", [FRAME], at_ns + 1)
    assert list(records_of(text)) == [
        Batch(at_ns, "market 2", [FRAME, FRAME]),
        Batch(at_ns + 1, "a", [FRAME]),
    ]


def test_a_mark_stands_between_the_frames_where_it_was_made() -> None:
    at_ns = 1_790_000_000_000_000_000
    frame = frame_lines("market 1", [FRAME], at_ns)
    text = frame + mark_line("market 1", text_of(Lost(3)), at_ns) + frame
    batch = Batch(at_ns, "market 1", [FRAME])
    assert list(records_of(text)) == [batch, Marked(at_ns, "market 1", Lost(3)), batch]


def test_a_frame_of_several_lines_becomes_one_line() -> None:
    text = frame_lines("market 1", [b'{"a":\n1}'], 0)
    assert text.count(b"\n") == 1
    assert list(records_of(text)) == [Batch(0, "market 1", [b'{"a": 1}'])]
