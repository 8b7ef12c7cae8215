"""`greeks` tells everything that is priced of the chosen option."""

from __future__ import annotations

from dataclasses import replace

from core.commands.answers import answer
from core.commands.context import Context
from core.pricing.service import Pricer
from core.settings import PricingSettings
from tests.core.pricing.market import HandMarket, skewed


def a_context(strike: int = 110_000, is_call: bool = True) -> Context:
    market = HandMarket()
    market.list_chain([30])
    market.quote_chain(skewed)
    pricing = Pricer(market.board, market.clock, PricingSettings()).turn()
    name = market.option(30, strike, is_call)
    return Context(board=market.board, selected=name, pricing=pricing)


def test_it_tells_volatilities_and_greeks_in_usd_and_coin() -> None:
    context = a_context()
    own = context.pricing.options[context.selected]
    head, usd, coin, known = answer("greeks", context)
    assert head.startswith(f"{own.name} iv bid {own.bid_iv * 100:.2f} · mid")
    assert f"net {own.net_delta:+.4f}" in head
    assert f"vanna {own.vanna:.4f} · volga {own.volga:.1f}" in usd
    assert coin.startswith(f"  BTC: gamma {own.gamma_coin:.3g} · vega {own.vega_coin:.6f}")
    assert known == "  both sides quoted · priced by own"


def test_it_says_what_to_know_of_them() -> None:
    lines = answer("greeks", a_context(strike=80_000))
    assert "(other side)" in lines[0]
    assert lines[-1].startswith("  in the money, low confidence")


def test_without_a_figure_it_says_none_and_no_number() -> None:
    context = a_context()
    board = context.board
    book = board.book(context.selected)
    assert book is not None
    book.drop()
    pricing = Pricer(board, board._clock, PricingSettings()).turn()
    lines = answer("greeks", replace(context, pricing=pricing))
    assert "iv bid none · mid none · ask none" in lines[0]
    assert "(venue)" in lines[0]


def test_what_is_no_option_has_none() -> None:
    context = replace(a_context(), selected="BTC-PERPETUAL")
    assert answer("greeks", context) == (
        "BTC-PERPETUAL is no option: choose one to see its greeks",
    )
