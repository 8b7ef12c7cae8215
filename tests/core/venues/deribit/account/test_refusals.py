from __future__ import annotations

from typing import Any

import pytest

from core.venues.deribit.account.refusals import sentence
from core.venues.deribit.wire import ErrorData


@pytest.mark.parametrize(
    ("code", "message", "data", "expected"),
    [
        (10009, "not_enough_funds", None, "the account has not enough margin or balance"),
        (10007, "price_too_high 4366.4", None, "the price is above the highest allowed: 4366.4"),
        (
            -32602,
            "Invalid params",
            {"reason": "must be a multiple of contract size", "param": "amount"},
            "amount: must be a multiple of contract size",
        ),
        (
            11030,
            "other_reject invalid_reduce_only_order",
            None,
            "refused: reduce-only, but there is no position to reduce",
        ),
        (11043, "bad_argument", "price", "an argument is not valid: price"),
        (99999, "some_new_rule", None, "some new rule (99999)"),
        (99999, "", None, "the venue refused without a reason (99999)"),
    ],
)  # fmt: skip
def test_every_error_is_one_clear_sentence(
    code: int, message: str, data: Any, expected: str
) -> None:
    assert sentence(ErrorData(code, message, data)) == expected
