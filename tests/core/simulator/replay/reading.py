"""Recorded answers to public questions, asked again."""

from __future__ import annotations

from tests.core.simulator.replay.scenes import Pair, Scene, body, lines, provokes
from tests.shared_data import shared

PERPETUAL = "BTC-PERPETUAL"
HOUR_MS = 3_600_000


@provokes("qkt/public_get_book_summary_option.json")
def linear_summary(scene: Scene) -> list[Pair]:
    name = scene.linear_option().name
    ours = scene.line.get("public/get_book_summary_by_instrument", instrument_name=name)
    return [(body("qkt/public_get_book_summary_option.json"), ours)]


@provokes("qkt/public_ticker_option_linear.json")
def linear_ticker(scene: Scene) -> list[Pair]:
    ours = scene.line.get("public/ticker", instrument_name=scene.linear_option().name)
    return [(body("qkt/public_ticker_option_linear.json"), ours)]


@provokes("qkt/public_get_order_book_option_no_bids.json")
def book_without_bids(scene: Scene) -> list[Pair]:
    like = scene.linear_option().instrument
    worthless = min(
        (m for m in scene.desk.exchange.floor.markets
         if m.instrument.is_option and m.instrument.settlement == like.settlement
         and not m.instrument.is_call and m.instrument.base == like.base),
        key=lambda m: (m.instrument.expiry_ms, m.instrument.strike),
    )  # fmt: skip
    ours = scene.line.get("public/get_order_book", instrument_name=worthless.name)
    theirs = body("qkt/public_get_order_book_option_no_bids.json")
    if not ours["result"]["bids"]:
        assert ours["result"]["best_bid_price"] == ours["result"]["best_bid_amount"] == 0.0
        assert ours["result"]["bid_iv"] == 0.0
    return [({**theirs, "result": {**theirs["result"], "bids": []}}, _no_bids(ours))]


def _no_bids(answer: dict[str, object]) -> dict[str, object]:
    result = answer["result"]
    assert isinstance(result, dict)
    return {**answer, "result": {**result, "bids": []}}


@provokes("qkt/public_get_instrument_option_btc_usdc.json")
def linear_instrument(scene: Scene) -> list[Pair]:
    ours = scene.line.get("public/get_instrument", instrument_name=scene.linear_option().name)
    return [(body("qkt/public_get_instrument_option_btc_usdc.json"), ours)]


@provokes(
    "qkt/public_get_instrument_option_trx_expired.json",
    "qkt/public_get_instrument_option_avax_inactive.json",
)
def expired_instruments(scene: Scene) -> list[Pair]:
    fresh = scene.fresh()
    chain = fresh.desk.exchange.floor.options_of("BTC")
    first = min(chain, key=lambda m: m.instrument.expiry_ms)
    fresh.to_the_morning()
    ours = fresh.line.get("public/get_instrument", instrument_name=first.name)
    assert ours["result"]["is_active"] is False
    files = ("qkt/public_get_instrument_option_trx_expired.json",
             "qkt/public_get_instrument_option_avax_inactive.json")  # fmt: skip
    return [(body(file), ours) for file in files]


@provokes("qkt/public_get_tradingview_chart_data_1m.json")
def candles(scene: Scene) -> list[Pair]:
    now = scene.now_ms()
    ours = scene.line.get(
        "public/get_tradingview_chart_data", instrument_name="BTC_USDC-PERPETUAL", resolution="1",
        start_timestamp=now - 300_000, end_timestamp=now,
    )  # fmt: skip
    return [(body("qkt/public_get_tradingview_chart_data_1m.json"), ours)]


@provokes("nautilus/http_get_tradingview_chart_data.json")
def candles_by_socket(scene: Scene) -> list[Pair]:
    now = scene.now_ms()
    ours = scene.line.ask(
        "public/get_tradingview_chart_data", instrument_name=PERPETUAL, resolution="1",
        start_timestamp=now - 300_000, end_timestamp=now,
    )  # fmt: skip
    return [(body("nautilus/http_get_tradingview_chart_data.json"), ours)]


@provokes("qkt/public_get_funding_rate_history.json")
def funding_history(scene: Scene) -> list[Pair]:
    now = scene.now_ms()
    ours = scene.line.get(
        "public/get_funding_rate_history", instrument_name="SOL_USDC-PERPETUAL",
        start_timestamp=now - 3 * HOUR_MS, end_timestamp=now,
    )  # fmt: skip
    return [(body("qkt/public_get_funding_rate_history.json"), ours)]


@provokes("qkt/public_error_count_too_high.json")
def count_too_high(scene: Scene) -> list[Pair]:
    ours = scene.line.get(
        "public/get_last_trades_by_instrument", instrument_name=PERPETUAL, count=1001
    )
    theirs = body("qkt/public_error_count_too_high.json")
    assert ours["error"] == theirs["error"]
    return [(theirs, ours)]


@provokes("qkt/public_get_last_trades_none.json")
def no_trades(scene: Scene) -> list[Pair]:
    ours = scene.line.get(
        "public/get_last_trades_by_instrument_and_time", instrument_name=PERPETUAL,
        start_timestamp=0, end_timestamp=1,
    )  # fmt: skip
    assert ours["result"] == {"trades": [], "has_more": False}
    return [(body("qkt/public_get_last_trades_none.json"), ours)]


@provokes("qkt/public_get_last_trades_liquidation.part.json")
def liquidation(scene: Scene) -> list[Pair]:
    theirs = body("qkt/public_get_last_trades_liquidation.part.json")
    forced = next(row for row in theirs["result"]["trades"] if "liquidation" in row)
    plain = next(row for row in theirs["result"]["trades"] if "liquidation" not in row)
    fresh = scene.fresh()
    market = fresh.desk.market("BTC_USDC-PERPETUAL")
    for _ in range(12):
        fresh.desk.send(fresh.desk.ann, market, "buy", 200_000, tif="immediate_or_cancel")
        fresh.line.run(0.3)
    fresh.desk.exchange.world.coins.jump("BTC", -0.08)
    fresh.line.run(2.5)
    ours = fresh.line.get(
        "public/get_last_trades_by_instrument", instrument_name=market.name, count=1000
    )
    rows = ours["result"]["trades"]
    mine = next(row for row in rows if "liquidation" in row)
    assert mine["liquidation"] == "T"
    other = next(row for row in rows if "liquidation" not in row)
    result = {"trades": [other], "has_more": True}
    return [
        ({**theirs, "result": {"trades": [plain], "has_more": True}}, {**ours, "result": result}),
        (forced, mine),
    ]


@provokes("nautilus/http_get_expirations_any.json")
def expirations(scene: Scene) -> list[Pair]:
    ours = scene.line.ask("public/get_expirations", currency="any", kind="any")
    return [(body("nautilus/http_get_expirations_any.json"), ours)]


@provokes("nautilus/http_get_instrument.json")
def perpetual(scene: Scene) -> list[Pair]:
    ours = scene.line.ask("public/get_instrument", instrument_name=PERPETUAL)
    return [(body("nautilus/http_get_instrument.json"), ours)]


@provokes("nautilus/http_get_last_trades.json")
def last_trades(scene: Scene) -> list[Pair]:
    for _ in range(11):
        scene.trade("ETH-PERPETUAL")
    ours = scene.line.ask("public/get_last_trades_by_instrument", instrument_name="ETH-PERPETUAL")
    assert len(ours["result"]["trades"]) == 10
    assert ours["result"]["has_more"] is True
    return [(body("nautilus/http_get_last_trades.json"), ours)]


@provokes("nautilus/http_get_order_book.json")
def order_book(scene: Scene) -> list[Pair]:
    ours = scene.line.ask("public/get_order_book", instrument_name=PERPETUAL, depth=20)
    assert len(ours["result"]["bids"]) == 20
    return [(body("nautilus/http_get_order_book.json"), ours)]


@provokes("cryptofeed/http_get_instruments_2021.part.json")
def instruments(scene: Scene) -> list[Pair]:
    theirs = body("cryptofeed/http_get_instruments_2021.part.json")
    option, dated = scene.desk.option().name, "BTC-25DEC26"
    names = [option, dated, PERPETUAL, scene.desk.option("ETH").name, "ETH-PERPETUAL", dated,
             "SOL_USDC-PERPETUAL"]  # fmt: skip
    listed = scene.line.call("public/get_instruments")
    rows = {row["instrument_name"]: row for row in listed}
    return [(row, rows[name]) for row, name in zip(theirs, names, strict=True)]


@provokes("xchange/example-orderbook.json")
def old_order_book(scene: Scene) -> list[Pair]:
    theirs = body("xchange/example-orderbook.json")
    ours = scene.line.call("public/get_order_book", instrument_name=PERPETUAL, depth=1)
    return [({**theirs, "asks": theirs["bids"]}, ours)]


@provokes("xchange/example-summary.json", "xchange/example-ticker.json")
def old_option(scene: Scene) -> list[Pair]:
    name = scene.desk.option().name
    summary = scene.line.call("public/get_book_summary_by_instrument", instrument_name=name)[0]
    ticker = scene.line.call("public/ticker", instrument_name=name)
    return [(body("xchange/example-summary.json"), summary),
            (body("xchange/example-ticker.json"), ticker)]  # fmt: skip


def older_answers(scene: Scene) -> list[Pair]:
    """An option's order book and a chain's summaries of 2022."""
    *_, theirs_book, theirs_rows = lines("crypto-msg-parser/recorded_2021_2023.part.jsonl")
    name = scene.desk.option("ETH").name
    book = scene.line.get("public/get_order_book", instrument_name=name)
    rows = scene.line.get("public/get_book_summary_by_currency", currency="BTC", kind="option")
    return [(theirs_book, book), (theirs_rows, rows)]


def files() -> list[str]:
    """Every recorded file, by folder and name."""
    folder = shared("fixtures/deribit")
    return sorted(str(p.relative_to(folder)) for p in folder.glob("*/*"))
