"""The answer to `greeks`: everything priced of the chosen option, in USD and in coin."""

from __future__ import annotations

from math import isnan

from core.commands.context import Context
from core.pricing.view import OptionPricing


def greeks_of_chosen(context: Context) -> tuple[str, ...]:
    """Volatilities and deltas, greeks in USD, greeks in coin, and what to know of them."""
    chosen = context.chosen()
    if not chosen.is_option:
        return (f"{chosen.name} is no option: choose one to see its greeks",)
    own = context.pricing.options.get(chosen.name)
    if own is None:
        return (f"{chosen.name} is not priced yet",)
    return (
        f"{own.name} {_volatilities(own)} · delta {_text(own.delta, '+.4f')} · "
        f"net {_text(own.net_delta, '+.4f')}",
        f"  USD: gamma {_text(own.gamma, '.3g')} · vega {_text(own.vega, '.2f')} a point · "
        f"theta {_text(own.theta, '.2f')} a day, {_text(own.theta_raw, '.2f')} uncapped · "
        f"rho {_text(own.rho, '.2f')} · vanna {_text(own.vanna, '.4f')} · "
        f"volga {_text(own.volga, '.1f')}",
        f"  {chosen.base}: gamma {_text(own.gamma_coin, '.3g')} · "
        f"vega {_text(own.vega_coin, '.6f')} · theta {_text(own.theta_coin, '.6f')} · "
        f"vanna {_text(own.vanna_coin, '.4f')} · volga {_text(own.volga_coin, '.5f')}",
        f"  {_known(own, context.pricing.engine)}",
    )


def _volatilities(own: OptionPricing) -> str:
    bid, ask, mid = (_text(one * 100, ".2f") for one in (own.bid_iv, own.ask_iv, own.mid_iv))
    source = f" ({own.iv_source})" if own.iv_source else ""
    return f"iv bid {bid} · mid {mid} · ask {ask} · greeks at {_text(own.iv * 100, '.2f')}{source}"


def _known(own: OptionPricing, engine: str) -> str:
    said = own.status or "both sides quoted"
    return f"{said} · priced by {engine}" if engine else said


def _text(value: float, form: str) -> str:
    return "none" if isnan(value) else f"{value:{form}}"
