"""Orders and fills as the short sentences of the log and of replies."""

from __future__ import annotations

from decimal import Decimal

from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.order import OrderReport, OrderState, OrderType, TimeInForce


def order_text(report: OrderReport, instrument: Instrument | None) -> str:
    """`BUY 4.0 BTC-25DEC26-64000-P @ 0.0305 post-only`: what was asked for."""
    words = [f"{report.side.value.upper()} {_amount(report.amount, instrument)}", report.instrument]
    if report.type.is_stop and report.trigger_price is not None:
        words.append(f"stop {_price(report.trigger_price, instrument)}")
    if report.price is not None:
        words.append(f"@ {_price(report.price, instrument)}")
    elif report.type is OrderType.MARKET:
        words.append("at market")
    if report.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        words.append(report.time_in_force.name)
    words += ["post-only"] * report.post_only + ["reduce-only"] * report.reduce_only
    return " ".join(words)


def state_text(report: OrderReport, instrument: Instrument | None) -> str:
    """What became of it: `open`, `filled at 0.0305`, `cancelled after 1.0: user_request`."""
    words = report.state.value
    if report.state is OrderState.FILLED and report.average_price is not None:
        words += f" at {report.average_price.normalize():f}"
    elif report.filled:
        words += f" after {_amount(report.filled, instrument)}"
    if report.reason.startswith(words):
        return report.reason
    return f"{words}: {report.reason}" if report.reason else words


def fill_text(fill: Fill, instrument: Instrument | None) -> str:
    """`BUY 4.0 BTC-25DEC26-64000-P @ 0.0305  maker  fee 0.00012`."""
    side = "BUY" if fill.amount > 0 else "SELL"
    amount, price = _amount(abs(fill.amount), instrument), _price(fill.price, instrument)
    liquidity = "maker" if fill.is_maker else "taker"
    fee = fill.fee.normalize()
    return f"{side} {amount} {fill.instrument} @ {price}  {liquidity}  fee {fee:f}"


def _amount(value: Decimal, instrument: Instrument | None) -> str:
    if instrument is None:
        return f"{value.normalize():f}"
    return f"{value:.{max(instrument.amount_decimals, _decimals(value))}f}"


def _price(value: Decimal, instrument: Instrument | None) -> str:
    if instrument is None:
        return f"{value.normalize():f}"
    return f"{value:.{max(instrument.price_decimals, _decimals(value))}f}"


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
