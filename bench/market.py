"""The simulated market beside the recorded one: spreads, empty sides, smiles, strikes, sizes.

Run by hand: python -m bench.market
Each cell is `recorded / simulated`. Reads the recorded chains beside the repository; says so and
ends when they are absent.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

from core.simulator.markets.floor import Floor
from core.simulator.world.makers.options import OptionBoard
from core.simulator.world.prices.coins import YEAR_S, Coins
from core.simulator.world.prices.model import World
from core.simulator.world.size import FULL

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "deribit"
DELTAS = (-0.1, 0.002, 0.01, 0.03, 0.07, 0.15, 0.35, 0.65, 0.85, 0.97, 1.1)
DAYS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 40.0, 100.0, 200.0, 400.0)
LIVE_BIDS = {"BTC": 0.91, "ETH": 0.93, "SOL_USDC": 0.53, "AVAX_USDC": 0.50, "TRX_USDC": 0.38,
             "XRP_USDC": 0.37}  # fmt: skip
"""Share of options with a bid on the real venue, 22 September 2026."""
SEEDS = range(1, 9)
RECORDED_EVERY = 4
"""Every so many of the recorded snapshots are read."""
MINUTE_STEPS = 20 * 1_440
Column = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True, slots=True)
class Venue:
    """One side of the comparison."""

    quotes: pd.DataFrame
    """One row per option and snapshot: snapshot, chain, expiry, days, strike, forward, iv, call,
    bid, ask (fractions of the forward, NaN when absent), bid_size."""
    smiles: pd.DataFrame
    """One row per chain, expiry and snapshot."""


def main() -> int:
    """Print every table; 1 when nothing is recorded on this machine."""
    if not (DATA / "chains_6h.csv.gz").exists():
        print(f"no recorded chains at {DATA}: nothing to compare with")
        return 1
    recorded, simulated = venue(recorded_quotes()), venue(simulated_quotes())
    for chain in ("BTC", "ETH"):
        one, two = of(recorded, chain), of(simulated, chain)
        by_delta_and_days(f"{chain}: spread in vol points, median", one, two, spread_points)
        by_delta_and_days(f"{chain}: spread in 0.0001 coin, median", one, two, spread_coin)
        by_delta_and_days(f"{chain}: share with a bid", one, two, lambda q: q.bid.notna(), "mean")
        by_delta_and_days(f"{chain}: share with an ask", one, two, lambda q: q.ask.notna(), "mean")
        by_days(f"{chain}: smiles and strikes, median", one.smiles, two.smiles)
    sizes("BTC: size of the best bid in coins, quartiles", of(simulated, "BTC").quotes)
    live_bids(simulated.quotes)
    moves()
    return 0


def of(both: Venue, chain: str) -> Venue:
    """One chain of a venue."""
    return Venue(both.quotes[both.quotes.chain == chain], both.smiles[both.smiles.chain == chain])


# The two sides


def recorded_quotes() -> pd.DataFrame:
    """BTC and ETH, January and February 2026."""
    rows = pd.read_csv(DATA / "chains_6h.csv.gz")
    rows = rows[rows.ts_ms.isin(sorted(rows.ts_ms.unique())[::RECORDED_EVERY])]
    return pd.DataFrame({
        "snapshot": rows.ts_ms, "chain": rows.currency, "expiry": rows.expiry_ms,
        "days": (rows.expiry_ms - rows.ts_ms) / 86_400e3, "strike": rows.strike,
        "forward": rows.underlying_price, "iv": rows.mark_iv, "call": rows.option_type == "C",
        "bid": rows.bid, "ask": rows.ask, "bid_size": np.nan,
    })  # fmt: skip


def simulated_quotes() -> pd.DataFrame:
    """The full market on eight different days, each a day into its life."""
    return pd.concat([simulated_day(seed) for seed in SEEDS], ignore_index=True)


def simulated_day(seed: int) -> pd.DataFrame:
    """Every option of one world."""
    at = datetime(2026, 1, 5, 14, tzinfo=UTC) + timedelta(days=8.6 * seed)
    now_ms = int(at.timestamp()) * 1_000
    world = World(seed, FULL)
    for _ in range(24):
        world.step(3_600.0)
    floor = Floor(world)
    floor.open_first(now_ms)
    for _ in range(5):
        floor.reprice(now_ms, 0, 1)
    return board_rows(floor.options, seed)


def board_rows(board: OptionBoard, snapshot: int) -> pd.DataFrame:
    """A board as rows."""
    ticks, units = board.quotes.ticks[:, :, 0], board.quotes.units[:, :, 0]
    rows = np.arange(len(board))
    price = np.where(units > 0, ticks * board.tick[:, None], np.nan)
    price *= (board.unit(rows) / board.forward)[:, None]
    return pd.DataFrame({
        "snapshot": snapshot, "chain": [it.chain for it in board.instruments],
        "expiry": board.expiry_ms, "days": 365.0 * board.tau, "strike": board.strike,
        "forward": board.forward, "iv": board.iv / 100.0, "call": board.is_call,
        "bid": price[:, 0], "ask": price[:, 1], "bid_size": units[:, 0] * board.lot,
    })  # fmt: skip


def venue(quotes: pd.DataFrame) -> Venue:
    """Quotes with what follows from them, and the smiles."""
    v = quotes.iv * np.sqrt(quotes.days / 365.0)
    d1 = np.log(quotes.forward / quotes.strike) / v + 0.5 * v
    quotes = quotes.assign(
        call_delta=ndtr(d1),
        delta=np.where(quotes.call, ndtr(d1), ndtr(-d1)),
        vega=np.exp(-0.5 * d1 * d1) * np.sqrt(quotes.days / 365.0) * 0.3989422804014327,
    )
    calls = quotes[quotes.call].sort_values("strike")
    groups = calls.groupby(["chain", "snapshot", "expiry"], sort=False)
    smiles = [{"chain": key[0], **smile(group)} for key, group in groups if len(group) >= 6]
    return Venue(quotes, pd.DataFrame(smiles))


def smile(group: pd.DataFrame) -> dict[str, float]:
    """What a trader reads off one expiry, in percent."""
    delta, iv = group.call_delta.to_numpy()[::-1], 100.0 * group.iv.to_numpy()[::-1]
    at = {d: float(np.interp(d, delta, iv)) if delta[0] < d < delta[-1] else np.nan
          for d in (0.1, 0.25, 0.5, 0.75, 0.9)}  # fmt: skip
    forward = group.forward.iloc[0]
    near = np.searchsorted(group.strike.to_numpy(), forward)
    gaps = np.diff(group.strike.to_numpy()[max(0, near - 3) : near + 3])
    return {
        "days": group.days.iloc[0],
        "atm": at[0.5],
        "rr25": at[0.25] - at[0.75],
        "bf25": (at[0.25] + at[0.75]) / 2.0 - at[0.5],
        "rr10": at[0.1] - at[0.9],
        "bf10": (at[0.1] + at[0.9]) / 2.0 - at[0.5],
        "strikes": len(group),
        "gap%": 100.0 * float(np.median(gaps)) / forward,
        "low%": 100.0 * np.log(group.strike.iloc[0] / forward),
        "high%": 100.0 * np.log(group.strike.iloc[-1] / forward),
    }


# Columns


def spread_points(quotes: pd.DataFrame) -> pd.Series:
    """Ask less bid in volatility points, by vega."""
    return 100.0 * (quotes.ask - quotes.bid) / quotes.vega


def spread_coin(quotes: pd.DataFrame) -> pd.Series:
    """Ask less bid in 0.0001 of the forward."""
    return 1e4 * (quotes.ask - quotes.bid)


# Tables


def by_delta_and_days(
    title: str, one: Venue, two: Venue, column: Column, how: str = "median"
) -> None:
    """Rows by |delta|, columns by days to expiry."""
    tables = [
        column(side.quotes).astype(float).groupby(
            [pd.cut(side.quotes.delta, DELTAS), pd.cut(side.quotes.days, DAYS)], observed=False
        ).agg(how).unstack()
        for side in (one, two)
    ]  # fmt: skip
    heading(title, [f"{low:g}-{high:g}d" for low, high in pairwise(DAYS)])
    for low, high in pairwise(DELTAS):
        label = f"{max(low, 0.0):.3f}-{min(high, 1.0):.3f}"
        row = DELTAS.index(low)
        line(label, list(zip(*(t.iloc[row].tolist() for t in tables), strict=True)))


def by_days(title: str, one: pd.DataFrame, two: pd.DataFrame) -> None:
    """Rows by days to expiry, columns by what a smile says."""
    names = [name for name in one.columns if name not in ("chain", "days")]
    tables = [
        side.groupby(pd.cut(side.days, DAYS), observed=False)[names].median() for side in (one, two)
    ]
    heading(title, names)
    for row, (low, high) in enumerate(pairwise(DAYS)):
        cells = zip(*(t.iloc[row].tolist() for t in tables), strict=True)
        line(f"{low:g}-{high:g} days", list(cells))


def sizes(title: str, quotes: pd.DataFrame) -> None:
    """Quartiles by |delta|, from the recorded tickers of January 2026."""
    rows = pd.read_csv(DATA / "ticker_snapshots_btc_options_2026-01.csv.gz")
    rows = rows[rows.best_bid_amount > 0.0]
    ours = quotes[quotes.bid_size > 0.0]
    left = rows.groupby(pd.cut(rows.greeks_delta.abs(), DELTAS), observed=False).best_bid_amount
    right = ours.groupby(pd.cut(ours.delta, DELTAS), observed=False).bid_size
    heading(title, ["25 %", "50 %", "75 %"])
    quartiles = [(left.quantile(q).tolist(), right.quantile(q).tolist()) for q in (0.25, 0.5, 0.75)]
    for row, low in enumerate(DELTAS[:-1]):
        label = f"{max(low, 0.0):.3f}-{min(DELTAS[row + 1], 1.0):.3f}"
        line(label, [(one[row], two[row]) for one, two in quartiles])


def live_bids(quotes: pd.DataFrame) -> None:
    """Share of options with a bid, by chain."""
    heading("share of options with a bid", ["bid"])
    for chain, share in quotes.groupby("chain").bid.agg(lambda bid: bid.notna().mean()).items():
        line(str(chain), [(LIVE_BIDS.get(str(chain), np.nan), float(share))])


def moves() -> None:
    """Realised volatility of minutes beside the implied one, percent per sqrt(year)."""
    world, path = World(1, FULL), minutes()
    heading("volatility in percent: 30-day implied / realised by the minute", ["implied/real."])
    for coin, surface in world.surfaces.items():
        implied = 100.0 * float(np.sqrt(surface.atm_variance(30 / 365.0) / (30 / 365.0)))
        returns = np.diff(path[:, world.coins.row[coin]])
        line(coin, [(implied, 100.0 * float(np.sqrt(np.mean(returns**2) * YEAR_S / 60.0)))])


def minutes() -> np.ndarray:
    """Log prices of all coins, minute by minute over twenty days."""
    coins = Coins(np.random.default_rng(7), FULL.coins)
    path = np.empty((MINUTE_STEPS, len(FULL.coins)))
    for row in range(MINUTE_STEPS):
        coins.step(60.0)
        path[row] = coins.log_price
    return path


def heading(title: str, columns: list[str]) -> None:
    """A title and the names of the columns."""
    print(f"\n{title}\n{'':14}" + "".join(f"{name:>17}" for name in columns))


def line(label: str, cells: list[tuple[float, float]]) -> None:
    """One row of pairs."""
    print(f"{label:14}" + "".join(f"{f'{one:.4g} / {two:.4g}':>17}" for one, two in cells))


if __name__ == "__main__":
    sys.exit(main())
