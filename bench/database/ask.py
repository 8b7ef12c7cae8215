"""How long the screens of the past wait for their answers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median

from bench.database.past import CHAINS, EXPIRY_NS, FIRST_NS, Month
from core.clock import NS_PER_MINUTE
from core.store.queries.pages import Filter
from core.store.queries.queries import Queries
from core.store.queries.series import Span
from core.store.server.postgres import Database

ROUNDS = 15
GOAL_MS = 100.0


def ask(database: Database, month: Month) -> bool:
    """Print what every query takes over random moments; True when all reach the goal."""
    queries, chance = Queries(database, timeout_s=60.0), random.Random(7)
    print(f"\nqueries over {month.days} days of minutes, median of {ROUNDS} ms, goal {GOAL_MS:.0f}")
    is_reached = True
    for name, one in _questions(queries, month, chance).items():
        took_ms, answer = [], 0
        for _ in range(ROUNDS):
            began_s = time.perf_counter()
            answer = one()
            took_ms.append((time.perf_counter() - began_s) * 1e3)
        middle = median(took_ms)
        is_reached &= middle < GOAL_MS
        mark = "" if middle < GOAL_MS else "  MISSED"
        print(f"  {name:34} {middle:7.1f}  worst {max(took_ms):7.1f}  {answer:6,} values{mark}")
    queries.close()
    return is_reached


def _questions(
    queries: Queries, month: Month, chance: random.Random
) -> dict[str, Callable[[], int]]:
    """Each with the number of values it answered with."""
    whole = Span(FIRST_NS, month.until_ns)
    day = Span(month.until_ns - 1440 * NS_PER_MINUTE, month.until_ns)

    def moment(days: int = month.days) -> int:
        back = chance.randrange(1, days * 1440)
        return month.until_ns - back * NS_PER_MINUTE

    def chain() -> str:
        return chance.choice(CHAINS)

    def surface(grid: str) -> int:
        found = queries.surface_at(chain(), moment(), grid)
        assert found is not None
        return found.iv.size

    def option() -> str:
        return f"BTC-10DEC26-{chance.randrange(51, 81)}000-C"

    return {
        "surface, classic": lambda: surface("classic"),
        "surface, wide": lambda: surface("wide"),
        "smiles and their curves": lambda: len(queries.smiles_at(chain(), moment())),
        "quotes of a chain at a minute": lambda: len(queries.quotes_at("BTC", moment(1))),
        "minutes around": lambda: len(queries.minutes_around(chain(), moment())),
        "first and last minute": lambda: len(queries.first_and_last_minute(chain())),
        "index, 30 days": lambda: 3 * len(queries.index_history(chain(), whole).at_ns),
        "index, 1 day": lambda: 3 * len(queries.index_history(chain(), day).at_ns),
        "realised, 30 days": lambda: 5 * len(queries.realised_history(chain(), 30, whole).at_ns),
        "smile, 30 days": lambda: 5 * len(queries.smile_history(chain(), EXPIRY_NS, whole).at_ns),
        "one option, 30 days": lambda: 2 * len(queries.option_history(option(), whole).at_ns),
        "one option, 1 day": lambda: 2 * len(queries.option_history(option(), day).at_ns),
        "equity, 30 days": lambda: len(queries.equity_history("BTC", whole).at_ns),
        "trades, newest page": lambda: len(queries.trades(Filter()).rows),
        "trades of a sleeve before a moment": lambda: len(
            queries.trades(Filter(sleeve="hedger", until_ns=moment())).rows
        ),
        "trades of a coin there is none of": lambda: len(
            queries.trades(Filter(instrument="ETH")).rows
        ),
        "orders before a moment": lambda: len(queries.orders(Filter(until_ns=moment())).rows),
        "commands before a moment": lambda: len(queries.commands(Filter(until_ns=moment())).rows),
    }
