"""The lines of a tape: recorded frames with the time they were received, in several wrappings.

Our own are `SECONDS.NANOSECONDS LINK: frame`, and `SECONDS.NANOSECONDS LINK! mark` for what is
no frame. In recordings of others a line is a frame as it came, or `SECONDS: frame`, or an object
that holds the frame: under `msg` with its time under `recv`, under `response`, or several under
`notifications`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from core.clock import NS_PER_S
from core.venues.tape.marks import Mark, mark_of

_STAMP: Final = re.compile(rb"(?P<out><- )?(?P<s>\d{9,11})(?:\.(?P<frac>\d{1,9})\d*)?: ?$")
_FRAME: Final = b'{"jsonrpc"'


class Recorded(NamedTuple):
    """One frame of a tape."""

    payload: bytes
    at_ns: int | None
    """When it was received; None where the tape does not say."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames one link received at one moment."""

    at_ns: int
    link: str
    payloads: list[bytes]


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark of one link at one moment."""

    at_ns: int
    link: str
    mark: Mark


class _Wrapper(msgspec.Struct, gc=False):
    recv: float | None = None
    dir: str = ""
    msg: msgspec.Raw = msgspec.Raw(b"")
    response: msgspec.Raw = msgspec.Raw(b"")
    notifications: list[msgspec.Raw] = []


_wrapper: Final = msgspec.json.Decoder(_Wrapper).decode


def frame_lines(link: str, payloads: Sequence[bytes], at_ns: int) -> bytes:
    """A batch as our own recordings keep it; no payloads, no lines."""
    head = _head(link, at_ns, b":")
    # A line ends where it should: between values JSON may break a line, within them never.
    return b"".join([b"%b%b\n" % (head, one.replace(b"\n", b" ")) for one in payloads])


def mark_line(link: str, text: bytes, at_ns: int) -> bytes:
    """A mark as our own recordings keep it."""
    return b"%b%b\n" % (_head(link, at_ns, b"!"), text)


def records_of(text: bytes) -> Iterator[Batch | Marked]:
    """What our own lines say; lines of one head are one batch, as they were received.

    Raises:
        msgspec.MsgspecError, ValueError: this is not what we write.
    """
    head, payloads = b"", list[bytes]()
    for line in text.split(b"\n")[:-1]:
        if head and line.startswith(head):
            payloads.append(line[len(head) :])
            continue
        start = line.index(b"{")
        if payloads:
            yield _batch(head, payloads)
        head, payloads = line[:start], []
        if line[start - 2 : start - 1] == b"!":
            yield Marked(_at_ns(head), _link(head), mark_of(line[start:]))
            head = b""
        else:
            payloads.append(line[start:])
    if payloads:
        yield _batch(head, payloads)


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


def _unwrapped(wrapper: _Wrapper, text: bytes, at_ns: int | None) -> Iterator[Recorded]:
    if wrapper.recv is not None:
        at_ns = int(wrapper.recv * 1e6) * 1_000
    found = [bytes(one) for one in (wrapper.msg, wrapper.response) if bytes(one)]
    found += [bytes(one) for one in wrapper.notifications]
    for payload in found or [text]:
        yield Recorded(payload, at_ns)


def _nanoseconds(stamp: re.Match[bytes]) -> int:
    return int(stamp["s"]) * NS_PER_S + int((stamp["frac"] or b"").ljust(9, b"0"))


def _head(link: str, at_ns: int, sign: bytes) -> bytes:
    seconds, nanoseconds = divmod(at_ns, NS_PER_S)
    return b"%010d.%09d %b%b " % (seconds, nanoseconds, link.encode(), sign)


def _batch(head: bytes, payloads: list[bytes]) -> Batch:
    return Batch(_at_ns(head), _link(head), payloads)


def _at_ns(head: bytes) -> int:
    return int(head[:10]) * NS_PER_S + int(head[11:20])


def _link(head: bytes) -> str:
    return head[21:-2].decode()
