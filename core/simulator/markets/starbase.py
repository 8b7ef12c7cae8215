"""Numbers of the venue's newer matching core, printed beside the ids since 2026.

Clients do not need them, but they are large: above 2^53, where a reader that turns every number
into a double loses digits.
"""

from __future__ import annotations

_BASE = 231_430_243_032_760_320
_STRIDE = 8_192
NS_PER_MS = 1_000_000


def number_of(public_id: str) -> int:
    """The number behind an order or trade id such as `USDC-55455987`."""
    return _BASE + int(public_id.rpartition("-")[2]) * _STRIDE


def nanoseconds(at_ms: int, public_id: str) -> int:
    """A time with the digits the millisecond stamp lacks, the same for one id every time."""
    return at_ms * NS_PER_MS + int(public_id.rpartition("-")[2]) * 104_729 % NS_PER_MS
