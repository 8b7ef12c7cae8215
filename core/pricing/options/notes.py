"""What a trader should know of an option's volatilities: one note per row."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from core.pricing.quotes import QuoteColumns
from core.pricing.rows import OptionRows
from core.quant.implied import ImpliedVol, IvStatus
from core.quant.types import BoolArray, CodeArray, FloatArray

NEAR_MONEY = 0.02
"""Within this share of the forward both sides of a strike are worth the same confidence."""


SETTLING = "settling: part of the delivery price is known"


class Note(IntEnum):
    """The most basic thing to say of a row; later ones hide earlier ones."""

    NONE = 0
    IN_THE_MONEY = 1
    NO_BID = 2
    NO_ASK = 3
    BID_AT_INTRINSIC = 4
    ASK_AT_BOUND = 5
    AT_INTRINSIC = 6
    AT_BOUND = 7
    NO_CONVERGENCE = 8
    CROSSED = 9
    NO_QUOTE = 10
    NO_FORWARD = 11
    EXPIRED = 12

    @property
    def text(self) -> str:
        """In the words a trader reads; empty when there is nothing to say."""
        return _TEXTS[self]


_TEXTS = {
    Note.NONE: "",
    Note.IN_THE_MONEY: "in the money, low confidence: the strike's other side says more",
    Note.NO_BID: "no bid: the volatility is at most the ask's",
    Note.NO_ASK: "no ask: the volatility is at least the bid's",
    Note.BID_AT_INTRINSIC: "bid at or below intrinsic: the volatility is at most the ask's",
    Note.ASK_AT_BOUND: "ask at or above the upper bound: the volatility is at least the bid's",
    Note.AT_INTRINSIC: "quoted at or below intrinsic",
    Note.AT_BOUND: "quoted at or above the upper bound",
    Note.NO_CONVERGENCE: "no convergence",
    Note.CROSSED: "bid and ask are crossed",
    Note.NO_QUOTE: "no quote",
    Note.NO_FORWARD: "no forward",
    Note.EXPIRED: "expired",
}


def notes_of(
    rows: OptionRows, quotes: QuoteColumns, forward: FloatArray, tau: FloatArray, three: ImpliedVol
) -> CodeArray:
    """The note of each row; `three` has the volatilities of mid, bid and ask, shape (3, n)."""
    mid, bid, ask = three.status
    has_bid, has_ask = quotes.bid > 0.0, quotes.ask > 0.0
    found = np.full(forward.shape, Note.NONE, np.int8)
    # Last assignment wins, so the most basic note stands last.
    found[is_low_confidence(rows, forward)] = Note.IN_THE_MONEY
    found[~has_bid] = Note.NO_BID
    found[~has_ask] = Note.NO_ASK
    found[bid == IvStatus.BELOW_INTRINSIC] = Note.BID_AT_INTRINSIC
    found[ask == IvStatus.ABOVE_MAX] = Note.ASK_AT_BOUND
    found[_either(mid, ask, IvStatus.BELOW_INTRINSIC) & has_ask] = Note.AT_INTRINSIC
    found[_either(mid, bid, IvStatus.ABOVE_MAX) & has_bid] = Note.AT_BOUND
    found[(three.status == IvStatus.NO_CONVERGENCE).any(axis=0)] = Note.NO_CONVERGENCE
    found[quotes.ask <= quotes.bid] = Note.CROSSED
    found[~(has_bid | has_ask)] = Note.NO_QUOTE
    found[~(forward > 0.0)] = Note.NO_FORWARD
    found[~(tau > 0.0)] = Note.EXPIRED
    return found


def is_low_confidence(rows: OptionRows, forward: FloatArray) -> BoolArray:
    """In the money by more than a little: the price's tick outweighs its time value."""
    depth = np.where(rows.is_call, forward - rows.strike, rows.strike - forward)
    return np.asarray(depth > NEAR_MONEY * forward)


def _either(first: CodeArray, second: CodeArray, code: IvStatus) -> BoolArray:
    return np.asarray((first == code) | (second == code))
