"""Order labels: which sleeve an order belongs to, and a part that makes it unique."""

from __future__ import annotations

import itertools
import re
import secrets

MANUAL = "manual"
HEDGER = "hedger"
_RUN = secrets.token_hex(3)
_COUNT = itertools.count(1)


_OURS = re.compile(r"[^:]+:[0-9a-f]{6}-[0-9A-Za-z]+")


def is_ours(label: str) -> bool:
    """True for labels this program made, in this run or an earlier one."""
    return _OURS.fullmatch(label) is not None


def new_label(sleeve: str) -> str:
    """A label no other order has: `sleeve:run-count`, at most 64 characters."""
    return f"{sleeve}:{_RUN}-{next(_COUNT)}"


def sleeve_of(label: str) -> str:
    """The sleeve in a label of ours, of whatever run; orders made elsewhere belong to `manual`.

    A colon is not enough: who labels an order `hedger:x` by hand must not move the hedger's lot.
    """
    return label.partition(":")[0] if is_ours(label) else MANUAL
