"""Answers to questions, in lines of text: the command line, the log and other screens show them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isnan

from core.commands.context import Context
from core.commands.exposure import exposures
from core.commands.grammar.amounts import plain
from core.commands.grammar.controls import order_line
from core.commands.grammar.working import stop_line
from core.commands.greeks import greeks_of_chosen
from core.domain.instrument import expiry_label
from core.domain.label import MANUAL
from core.domain.position import Position, Result
from core.market.quote import Quote
from core.trading.execution.parents import words as parent_words
from core.trading.ledger.profits import STABLE, Standing, open_profit, standings, usd_rate
from core.venues.base import LinkState

Lines = tuple[str, ...]
_QUIET_MS = 15_000.0
"""The trading link hears a heartbeat more often than this."""


def answer(topic: str, context: Context) -> Lines:
    """At least one line; every topic of a `Show` has one."""
    return ANSWERS[topic](context)


def _orders(context: Context) -> Lines:
    working = context.trading.working
    if not working:
        return ("no order works",)
    lines = [f"{i}  {order_line(one, context)}" for i, one in enumerate(working, 1)]
    return (f"{len(working)} working", *lines)


def _positions(context: Context) -> Lines:
    trading = context.trading
    if not trading.positions:
        return ("no position is open",)
    lines = [f"{len(trading.positions)} open"]
    for one in trading.positions:
        lines.append(_position_line(one.instrument, one, context))
        parts = [
            (sleeve, lot) for sleeve, lot in trading.sleeves if lot.instrument == one.instrument
        ]
        if [sleeve for sleeve, _ in parts] not in ([], [MANUAL]):
            lines += [f"  {_position_line(sleeve, lot, context)}" for sleeve, lot in parts]
    return (*lines, *trading.checks)


def _position_line(name: str, position: Position, context: Context) -> str:
    """Amount, average, open profit in coin and USD, at the exit, then what was earned."""
    instrument = context.board.instrument(position.instrument)
    head = f"{name} {position.amount:+f} at {_price_text(position.average_price)}"
    if position.found:
        head += f" · {position.found.normalize():+f} found"
    if instrument is None:
        return f"{head} · not listed"
    quote = context.quote(instrument)
    found, currency = open_profit(position, instrument, quote), instrument.settlement
    return (
        f"{head} · mark {_number(quote.mark, instrument.price_decimals)} · "
        f"upnl {_money(found.at_mark, currency, context)} · "
        f"at exit {_plain_money(found.at_exit, currency)} · {_earned(position, currency)}"
    )


def _earned(earned: Position | Result, currency: str) -> str:
    return (
        f"realised {_plain_money(earned.realised, currency)} · "
        f"funding {_plain_money(earned.funding, currency)} · "
        f"fees {_plain_money(-earned.fees, currency)}"
    )


def _work(context: Context) -> Lines:
    parents = context.trading.parents
    return tuple(parent_words(one) for one in parents) or ("nothing is being worked",)


def _stops(context: Context) -> Lines:
    trading = context.trading
    own = [
        f"{one.name}  {stop_line(one, context)}" + (f"  BLIND: {one.blind}" if one.blind else "")
        for one in trading.stops
    ]
    resting = [one for one in trading.working if one.type.is_stop]
    venue = [f"at the venue  {order_line(one, context)}" for one in resting]
    return (*own, *venue) or ("no stop stands",)


def _funds(context: Context) -> Lines:
    accounts = context.trading.accounts
    if not accounts:
        return ("no account figures yet",)
    lines = [
        f"{one.currency} equity {plain(one.equity)} · free {plain(one.available)} · "
        f"im {plain(one.initial_margin)} · mm {plain(one.maintenance_margin)} · "
        f"session {one.session_upl + one.session_rpl:+f} · total {one.total_pl:+f}"
        for one in accounts
    ]
    lines += [
        f"{one.currency} since this start {one.change:+f}, "
        f"unexplained {round(one.unexplained, 8):+f}"
        for one in context.trading.explained
        if one.change
    ]
    return tuple(lines)


def _pnl(context: Context) -> Lines:
    """Per sleeve and currency, then the whole; since the journal began."""
    trading = context.trading
    if not trading.results:
        return ("nothing was traded yet",)
    everything = [("", one) for one in trading.positions]
    found = (
        *standings(trading.results, trading.sleeves, context.board),
        *standings(trading.totals, everything, context.board),
    )
    return tuple(_standing_line(one, context) for one in found)


def _standing_line(one: Standing, context: Context) -> str:
    currency = one.result.currency
    return (
        f"{one.result.sleeve or 'all'} {currency or 'unlisted'} "
        f"{_money(one.net, currency, context)} · open {_plain_money(one.open, currency)} · "
        f"{_earned(one.result, currency)}"
    )


def _price(context: Context) -> Lines:
    instrument = context.chosen()
    quote = context.quote(instrument)
    places = instrument.price_decimals
    parts = [
        f"bid {_number(quote.bid, places)}",
        f"ask {_number(quote.ask, places)}",
        f"mark {_number(quote.mark, max(places, 4))}",
    ]
    if instrument.is_option:
        parts.append(f"iv {_number(quote.mark_iv * 100, 1)}")
    parts.append(f"index {_number(quote.index, 2)}")
    parts.append("STALE" if quote.is_stale else _age(quote))
    return (f"{instrument.name} " + " · ".join(parts),)


def _multiplier(context: Context) -> Lines:
    value = plain(context.multiplier)
    return (f"size multiplier {value}: a2 sends {plain(context.multiplier * 2)}",)


def _connection(context: Context) -> Lines:
    trading = "up" if context.trading.is_link_up else "down"
    links = [
        f"{one.name} {one.status} · {_delays(one)} · "
        f"{_number(one.messages_per_s, 0)} messages/s · {_number(one.bytes_per_s / 1e3, 0)} kB/s · "
        f"{one.messages:,} messages · {one.gaps} gaps · {one.resyncs} resyncs · "
        f"{one.reconnects} reconnects"
        for one in context.links
    ]
    if words := context.board.platform.words:
        links.insert(0, f"the venue is {words}")
    gate = context.trading.gate
    opening = "pass" if gate.is_open else f"are held: {gate.reason}"
    return (f"trading link {trading} · opening orders {opening}", *links)


def _delays(link: LinkState) -> str:
    """How late frames come; of the trading link, which speaks seldom, how long requests take."""
    delay = f"{_number(link.latency_ms, 1)} ms, p99 {_number(link.latency_p99_ms, 1)}"
    age = f"age {_number(link.age_ms, 0)} ms"
    if link.name != "trading":
        return f"{age} · latency {delay}"
    return f"round trip {delay}" + (f" · {age}" if link.age_ms > _QUIET_MS else "")


def _hedging(context: Context) -> Lines:
    state = context.trading.automation("hedger")
    head = "delta hedging " + ("unknown" if state is None else "ON" if state.is_on else "OFF")
    lines = [
        f"{one.currency} {one.instrument}: options {_signed(one.option_delta, 4)} · "
        f"hedge {_signed(one.hedge_delta, 4)} · mismatch {_signed(one.mismatch, 4)} · "
        f"band ±{_number(one.band, 4)} · {one.status}"
        for one in context.hedges
    ]
    return (head, *lines)


def _pair(context: Context) -> Lines:
    pair = context.pair
    if pair is None:
        return ("no pair is configured",)
    state = context.trading.automation("pair")
    is_on = pair.is_on if state is None else state.is_on
    return (
        f"pair {pair.leg_z} / {pair.leg_h} {'ON' if is_on else 'OFF'} · z {_signed(pair.z, 2)} · "
        f"beta {_number(pair.beta, 4)} · {pair.regime or 'no regime yet'} · "
        f"bars {pair.bars} of {pair.warmup} · {pair.status}",
    )


def _risk(context: Context) -> Lines:
    """The gate, what was lost, every limit with its use, the alarms."""
    trading, risk = context.trading, context.trading.risk
    gate = "open" if trading.gate.is_open else f"closed: {trading.gate.reason}"
    lost = f"profit of the day {_signed(risk.profit_usd, 0)} USD"
    head = f"gate {gate} · {lost} · drawdown {_number(risk.drawdown_usd, 0)} USD"
    uses = [
        f"risk.{one.name} {_number(one.used, 0)} of {one.cap:,.0f} {one.unit} {one.what}".rstrip()
        for one in risk.uses
    ]
    return (head, *uses, *(trading.alarms or ("no alarm",)))


def _exposure(context: Context) -> Lines:
    found = exposures(context)
    if not found:
        return ("nothing is held: no exposure",)
    return tuple(
        f"{coin} delta {_signed(one.delta, 4)} · gamma {_signed(one.gamma, 6)} · "
        f"vega {_signed(one.vega, 1)} $ · theta {_signed(one.theta, 1)} $/day"
        for coin, one in sorted(found.items())
    )


def _surface(context: Context) -> Lines:
    chosen = context.board.instrument(context.selected)
    chains = context.board.catalog.chains
    chain = chosen.chain if chosen else (chains[0] if chains else "")
    smiles = [one for key, one in sorted(context.pricing.smiles.items()) if key[0] == chain]
    if not smiles:
        return (f"no volatility surface of {chain or 'anything'} yet",)
    return tuple(
        f"{chain} {expiry_label(one.expiry_ns)} atm {_number(one.atm * 100, 1)} · "
        f"rr25 {_signed(one.risk_reversal_25 * 100, 2)} · "
        f"bf25 {_signed(one.butterfly_25 * 100, 2)} · "
        + (one.reason or f"fit rmse {_number(one.fit_rmse, 2)}")
        for one in smiles
    )


ANSWERS: dict[str, Callable[[Context], Lines]] = {
    "orders": _orders,
    "positions": _positions,
    "work": _work,
    "stops": _stops,
    "funds": _funds,
    "pnl": _pnl,
    "price": _price,
    "greeks": greeks_of_chosen,
    "multiplier": _multiplier,
    "connection": _connection,
    "hedging": _hedging,
    "pair": _pair,
    "risk": _risk,
    "exposure": _exposure,
    "surface": _surface,
}


def _age(quote: Quote) -> str:
    return f"age {_number(quote.age_ms, 0)} ms"


def _number(value: float | Decimal, places: int) -> str:
    return "none" if isnan(value) else f"{value:,.{places}f}"


def _signed(value: float, places: int) -> str:
    return "none" if isnan(value) else f"{value:+,.{places}f}"


def _price_text(value: Decimal) -> str:
    return f"{round(value, 4).normalize():f}"


def _plain_money(value: Decimal | None, currency: str) -> str:
    places = 2 if currency in STABLE else 6
    return "none" if value is None else f"{value:+,.{places}f}"


def _money(value: Decimal | None, currency: str, context: Context) -> str:
    """In the currency, and in USD where that is another one."""
    text = f"{_plain_money(value, currency)} {currency}"
    rate = usd_rate(context.board, currency)
    if value is None or rate is None or currency in STABLE:
        return text
    return f"{text} (${value * rate:+,.2f})"
