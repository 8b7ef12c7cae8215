"""The venue's error codes in words, and which of them prove that an order was not taken."""

from __future__ import annotations

from typing import Final

from core.venues.deribit.wire import ErrorData

UNPROVEN: Final = frozenset({10001, 11094, 13888})
"""General failures and late processing: the order may exist."""
NOT_OPEN: Final = frozenset({10004, 10010, 11008, 11044})
"""The order is finished or was never there."""

_INVALID_PARAMS: Final = -32602
"""Its reason names the parameter and the rule: nothing to add."""
_SENTENCES: Final = {
    10000: "the venue wants a login with a valid signature",
    10001: "the venue failed without saying what became of it",
    10002: "the amount is below the smallest allowed",
    10003: "it would trade with an order of your own",
    10004: "the venue knows no such order",
    10005: "the price is below the lowest allowed",
    10006: "the price is below the lowest the index allows",
    10007: "the price is above the highest allowed",
    10009: "the account has not enough margin or balance",
    10010: "the order is already finished",
    10011: "the price is not allowed",
    10012: "the instrument no longer trades",
    10013: "it would exceed a position limit of portfolio margin",
    10014: "it would exceed an open-order limit of portfolio margin",
    10015: "it would exceed a position limit of portfolio margin",
    10016: "it would exceed a position limit of the account",
    10017: "it would exceed a position limit of the account",
    10018: "it would exceed a position limit of the account",
    10019: "trading is locked by the venue",
    10020: "the instrument is unknown or not supported",
    10021: "the amount is not valid",
    10023: "the price is not valid",
    10025: "the order id is not valid",
    10026: "the price has too many decimals",
    10027: "the amount is no whole number of contracts",
    10028: "too many requests",
    10029: "the order belongs to somebody else",
    10031: "these order options do not fit the instrument",
    10034: "the stop lies beyond its trigger and would fire at once",
    10035: "the stop lies beyond its trigger and would fire at once",
    10036: "the visible amount exceeds its limit",
    10037: "it would exceed a position limit",
    10038: "it would exceed a position limit",
    10039: "there is not enough balance in this currency",
    10040: "the venue is busy, try again",
    10041: "settlement is in progress, try again in a few seconds",
    10043: "the price is not on the tick",
    10044: "the trigger price is not on the tick",
    10045: "a liquidation order cannot be cancelled",
    10046: "a liquidation order cannot be changed",
    10047: "the venue's queue for this account is full, try again",
    10066: "too many requests at the same time",
    10072: "the position is locked",
    11008: "the order is already filled",
    11021: "a post-only price cannot be changed so",
    11029: "an argument is not valid",
    11030: "refused",
    11031: "refused",
    11035: "there are too many stop orders",
    11036: "the trigger price is not valid",
    11037: "the option expires too soon for this order",
    11038: "futures cannot be priced so",
    11039: "such a price cannot be post-only",
    11041: "the order is not priced in USD or volatility",
    11042: "the key may not do this",
    11043: "an argument is not valid",
    11044: "the order is no longer open",
    11046: "the instrument expires too soon",
    11047: "these arguments do not go together",
    11048: "the visible amount does not fit an option",
    11049: "the arguments are not valid",
    11050: "the request could not be read",
    11051: "the venue is under maintenance",
    11054: "it would have traded at once and is post-only",
    11055: "post-only is not allowed here",
    11094: "the venue had an internal error",
    11098: "the account is locked",
    13004: "the client id or the secret is wrong",
    13009: "the login has expired or is not valid",
    13010: "a value is missing",
    13019: "the order book is closed",
    13020: "the venue does not know this",
    13021: "the key's scope does not allow this",
    13025: "the venue has switched this off",
    13028: "the venue cannot do this at the moment",
    13403: "the key's scope does not allow this",
    13503: "the venue cannot do this at the moment",
    13666: "the request was cancelled",
    13668: "the account wants its security key",
    13777: "the order was replaced meanwhile",
    13778: "raw channels need a login",
    13888: "the venue handled it too late",
    -32600: "the request could not be read",
    -32601: "the venue does not know this request",
    -32602: "an argument is not valid",
    -32700: "the request could not be read",
    -32000: "an argument is missing",
}
_REASONS: Final = {
    "invalid_reduce_only_order": "reduce-only, but there is no position to reduce",
}


def sentence(error: ErrorData) -> str:
    """One clear sentence for an error, with the limit or the parameter it names."""
    if error.code == _INVALID_PARAMS and error.reason:
        return error.reason
    words = _SENTENCES.get(error.code)
    if words is None:
        words = error.message.replace("_", " ") or "the venue refused without a reason"
        words = f"{words} ({error.code})"
    detail = ", ".join(part for part in (_detail(error.message), error.reason) if part)
    return f"{words}: {detail}" if detail else words


def _detail(message: str) -> str:
    """What follows the word of the error: "43666.4288" of "price_too_high 43666.4288"."""
    detail = message.partition(" ")[2].strip() if "_" in message.partition(" ")[0] else ""
    return _REASONS.get(detail, detail.replace("_", " "))
