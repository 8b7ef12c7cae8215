"""The second line of the header: money, margin, greeks, the next hedge, what is closed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import nan

from core.commands.context import Context
from core.commands.exposure import Exposure, exposures
from core.desk.desk import Desk
from core.domain.position import AccountFigures
from core.strategies.views import HedgeView
from tui.selection import Selection
from tui.views import figures
from tui.views.header import LARGE, MIDDLE
from tui.views.spans import Item, Span, fact, filled, item
from tui.views.store import store_items

STABLE = ("USDC", "USDT", "USD")


@dataclass(frozen=True, slots=True)
class Margin:
    """A margin bar: what part of the equity is used, and how the bar is called."""

    label: str
    part: float
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """Items of the second line, with two margins to be drawn as bars after `money`."""

    warnings: tuple[Item, ...]
    money: tuple[Item, ...]
    margins: tuple[Margin, ...]
    risk: tuple[Item, ...]


def account_view(desk: Desk, selection: Selection, open_profit: float, width: int) -> AccountView:
    """The second line for the coin of the selected chain; `open_profit` in its currency."""
    coin, currency = selection.chain.partition("_")[0], currency_of(selection.chain)
    figures_now = next((one for one in desk.trading.accounts if one.currency == currency), None)
    risk = exposures(_context(desk)).get(coin, Exposure())
    warnings = _warnings(desk, width)
    if figures_now is None:
        words = f"no {currency} account figures yet" if currency else "waiting for the venue"
        return AccountView(warnings, (item(1, Span(words, "mid")),), (), store_items(desk))
    index = 1.0 if currency in STABLE else desk.board.index_price(f"{coin.lower()}_usd")
    return AccountView(
        warnings,
        _money(figures_now, open_profit, index),
        _margins(figures_now),
        (*_greeks(figures_now, risk), *_hedge(desk, coin), *store_items(desk)),
    )


def currency_of(chain: str) -> str:
    """What a chain is settled in: BTC for BTC, USDC for BTC_USDC."""
    coin, _, linear = chain.partition("_")
    return linear or coin


def _context(desk: Desk) -> Context:
    return Context(desk.board, desk.trading, pricing=desk.pricing)


def _warnings(desk: Desk, width: int) -> tuple[Item, ...]:
    room = 60 if width >= LARGE else 40 if width >= MIDDLE else 24
    gate = desk.trading.gate
    if gate.is_open:
        return ()
    if lock := desk.trading.risk.lock:
        return (item(0, filled(f"LOCKED: {figures.cut(figures.plain(lock), room)}", "down")),)
    words = figures.cut(figures.plain(gate.reason) or "no reason given", room)
    return (item(0, filled(f"CLOSED: {words}", "warn")),)


def _money(figures_now: AccountFigures, open_profit: float, index: float) -> tuple[Item, ...]:
    currency = figures_now.currency
    decimals = 2 if currency in STABLE else 4
    equity = float(figures_now.equity)
    day = figures.signed(float(figures_now.session_rpl + figures_now.session_upl), decimals)
    upnl = figures.signed(open_profit, decimals)
    return (
        fact(0, "equity", f"{figures.fixed(equity, decimals)} {currency}", "bright", True),
        item(5, Span(f"{figures.fixed(equity * index, 0)} USD", "mid")),
        fact(2, "day", day, figures.sign_tone(day), True),
        fact(1, "upnl", upnl, figures.sign_tone(upnl)),
    )


def _margins(figures_now: AccountFigures) -> tuple[Margin, ...]:
    equity = figures_now.equity
    return (
        _margin("im", figures_now.initial_margin, equity),
        _margin("mm", figures_now.maintenance_margin, equity),
    )


def _margin(label: str, used: Decimal, equity: Decimal) -> Margin:
    part = float(used / equity) if equity > 0 else nan
    tone = "down" if part >= 0.8 else "warn" if part >= 0.6 else "info"
    return Margin(label, part, f"{figures.percent(part, 0):>3}%", tone)


def _greeks(figures_now: AccountFigures, risk: Exposure) -> tuple[Item, ...]:
    free = figures.fixed(float(figures_now.available), 2)
    return (
        fact(4, "free", free),
        fact(1, "Δ", figures.signed(risk.delta, 2), "bright", True),
        fact(5, "Γ", figures.ratio(risk.gamma, 5)),
        fact(3, "v", figures.signed(risk.vega, 1)),
        fact(3, "Θ", figures.signed(risk.theta, 1)),
    )


def _hedge(desk: Desk, coin: str) -> tuple[Item, ...]:
    hedge = next((one for one in desk.hedges if one.currency == coin), None)
    if hedge is None:
        return ()
    return fact(7, "band", f"±{figures.fixed(hedge.band, _band_decimals(hedge.band))}"), _next(
        hedge
    )


def _band_decimals(band: float) -> int:
    return 4 if band < 0.1 else 2


def _next(hedge: HedgeView) -> Item:
    """The order the hedger would send now, in words."""
    if not hedge.next_order:
        return fact(8, "next", "none", "dim")
    side, tone = ("BUY", "up") if hedge.next_order > 0 else ("SELL", "down")
    size = figures.fixed(abs(hedge.next_order), 0 if abs(hedge.next_order) >= 10 else 2)
    return fact(6, "next", f"{side} {size} {hedge.instrument.rpartition('-')[2][:4]}", tone)
