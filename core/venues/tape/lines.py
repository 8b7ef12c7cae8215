"""The lines of a tape: recorded frames with the time they were received, in several wrappings.

A line is a frame as it came, or `SECONDS: frame`, or an object that holds the frame: under
`msg` with its time under `recv`, under `response`, or several under `notifications`. Our own
recordings are `SECONDS.NANOSECONDS: frame`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from core.clock import NS_PER_S

_STAMP: Final = re.compile(rb"(?P<out><- )?(?P<s>\d{9,11})(?:\.(?P<frac>\d{1,9})\d*)?: ?$")
_FRAME: Final = b'{"jsonrpc"'


class Recorded(NamedTuple):
    """One frame of a tape."""

    payload: bytes
    at_ns: int | None
    """When it was received; None where the tape does not say."""


class _Wrapper(msgspec.Struct, gc=False):
    recv: float | None = None
    dir: str = ""
    msg: msgspec.Raw = msgspec.Raw(b"")
    response: msgspec.Raw = msgspec.Raw(b"")
    notifications: list[msgspec.Raw] = []


_wrapper: Final = msgspec.json.Decoder(_Wrapper).decode


def frames_of(line: bytes) -> Iterator[Recorded]:
    """The received frames in one line; none when it is a request, a remark or damaged."""
    start = line.find(b"{")
    if start < 0:
        return
    stamp = _STAMP.search(line[:start])
    if start and (stamp is None or stamp["out"]):
        return
    at_ns = None if stamp is None else _nanoseconds(stamp)
    text = line[start:].rstrip()
    if text.startswith(_FRAME):
        yield Recorded(text, at_ns)
        return
    try:
        wrapper = _wrapper(text)
    except msgspec.MsgspecError:
        return
    if wrapper.dir != "out":
        yield from _unwrapped(wrapper, text, at_ns)


def line_of(payload: bytes, at_ns: int) -> bytes:
    """A frame as our own recordings keep it."""
    seconds, nanoseconds = divmod(at_ns, NS_PER_S)
    return b"%d.%09d: %s\n" % (seconds, nanoseconds, payload.replace(b"\n", b" "))


def _unwrapped(wrapper: _Wrapper, text: bytes, at_ns: int | None) -> Iterator[Recorded]:
    if wrapper.recv is not None:
        at_ns = int(wrapper.recv * 1e6) * 1_000
    found = [bytes(one) for one in (wrapper.msg, wrapper.response) if bytes(one)]
    found += [bytes(one) for one in wrapper.notifications]
    for payload in found or [text]:
        yield Recorded(payload, at_ns)


def _nanoseconds(stamp: re.Match[bytes]) -> int:
    return int(stamp["s"]) * NS_PER_S + int((stamp["frac"] or b"").ljust(9, b"0"))
