from __future__ import annotations

import json
from typing import Any

import pytest

from core.venues.deribit.account.limits import take_limits
from core.venues.deribit.limits import Limits
from tests.core.venues.recorded import documents


def test_the_accounts_own_limits_take_over() -> None:
    name = "nautilus/http_get_account_summaries.json"
    document = next(document for found, document in documents() if found == name)
    limits = Limits()
    take_limits(json.dumps(document["result"]).encode(), limits)
    assert (limits.orders.size, limits.orders.per_s) == (225, 180)
    assert (limits.queries.size, limits.queries.per_s) == (675_000, 450_000)


@pytest.mark.parametrize("result", [[], {}, {"limits": None}, {"summaries": [{"limits": {}}]}])
def test_what_is_not_said_stays_as_it_was(result: Any) -> None:
    limits = Limits()
    take_limits(json.dumps(result).encode(), limits)
    assert limits.orders.size == 18
