"""Recorded notifications, provoked again."""

from __future__ import annotations

from typing import Any

from tests.core.simulator.indoors import Indoors
from tests.core.simulator.replay.reading import PERPETUAL, older_answers
from tests.core.simulator.replay.scenes import Pair, Scene, body, lines, provokes


def heard(scene: Scene, channel: str, seconds: float = 1.1) -> list[dict[str, Any]]:
    """Subscribe and listen; the frames of the channel."""
    assert scene.line.subscribe(channel)["result"] == [channel]
    scene.line.run(seconds)
    return scene.line.seen(channel)


def like_frame(scene: Scene, file: str, seconds: float = 1.1) -> list[Pair]:
    """The recorded frame and our first of the same channel."""
    theirs = body(file)
    return [(theirs, heard(scene, theirs["params"]["channel"], seconds)[0])]


@provokes(
    "nautilus/ws_book_grouped_snapshot.json", "nautilus/ws_quote.json",
    "nautilus/ws_volatility_index.json", "gocryptotrader/ws_incremental_ticker_2023.json",
    "nautilus/ws_portfolio.json",
)  # fmt: skip
def frames(scene: Scene) -> list[Pair]:
    files = [
        "nautilus/ws_book_grouped_snapshot.json", "nautilus/ws_quote.json",
        "nautilus/ws_volatility_index.json", "gocryptotrader/ws_incremental_ticker_2023.json",
        "nautilus/ws_portfolio.json",
    ]  # fmt: skip
    return [pair for file in files for pair in like_frame(scene, file)]


@provokes("nautilus/ws_chart.json")
def chart(scene: Scene) -> list[Pair]:
    scene.line.subscribe("chart.trades.BTC-PERPETUAL.1")
    scene.trade(PERPETUAL)
    return like_frame(scene, "nautilus/ws_chart.json")


@provokes("ccxt/ws_ticker_2026.jsonl", "ccxt/ws_book_100ms_2026.jsonl")
def subscriptions(scene: Scene) -> list[Pair]:
    pairs: list[Pair] = []
    for file in ("ccxt/ws_ticker_2026.jsonl", "ccxt/ws_book_100ms_2026.jsonl"):
        _, ack, *theirs = lines(file)
        channel = theirs[0]["params"]["channel"]
        pairs.append((ack, scene.line.subscribe(channel)))
        scene.line.run(0.5)
        pairs += zip(theirs, scene.line.seen(channel), strict=False)
    return pairs


@provokes("ssc2ce/deribit_dump.jsonl")
def old_book(scene: Scene) -> list[Pair]:
    ack, *theirs = lines("ssc2ce/deribit_dump.jsonl")
    channel = theirs[0]["params"]["channel"]
    pairs: list[Pair] = [(ack, scene.line.subscribe(channel))]
    scene.line.run(0.5)
    ours = [f for f in scene.line.seen(channel) if all(sides_of(f))]
    both = [f for f in theirs if all(sides_of(f))]
    return pairs + list(zip(both, ours, strict=False))


def sides_of(frame: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Bids and asks of a book frame."""
    data = frame["params"]["data"]
    return data["bids"], data["asks"]


@provokes("cryptofeed/ws_raw_options_2021.part.jsonl")
def old_options(scene: Scene) -> list[Pair]:
    sent, ack, *theirs = (row["msg"] for row in lines("cryptofeed/ws_raw_options_2021.part.jsonl"))
    assert sent["method"] == "public/subscribe"
    name = scene.desk.option().name
    channels = [f"{kind}.{name}.raw" for kind in ("ticker", "book", "trades")]
    pairs: list[Pair] = [(ack, scene.line.subscribe(*channels))]
    scene.line.run(3.0)
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for frame in (f for name in channels for f in scene.line.seen(name)):
        by_kind.setdefault(shape_of(frame), []).append(frame)
    return pairs + [(f, by_kind[shape_of(f)][0]) for f in theirs if all_or_ticker(f)]


def shape_of(frame: dict[str, Any]) -> str:
    """The channel's head and the type of a book frame."""
    data = frame["params"]["data"]
    kind = data.get("type", "") if isinstance(data, dict) else ""
    if kind:
        kind += f" {bool(data.get('bids'))} {bool(data.get('asks'))}"
    return f"{frame['params']['channel'].split('.')[0]} {kind}"


def all_or_ticker(frame: dict[str, Any]) -> bool:
    """Book frames that show both sides, and every ticker."""
    data = frame["params"]["data"]
    return "bids" not in data or bool(data["bids"] and data["asks"])


@provokes("gocryptotrader/ws_trades_agg2_2025.jsonl")
def trades(scene: Scene) -> list[Pair]:
    theirs = lines("gocryptotrader/ws_trades_agg2_2025.jsonl")
    channel = theirs[0]["params"]["channel"]
    scene.line.subscribe(channel)
    scene.trade(PERPETUAL)
    scene.line.run(1.1)
    return [(frame, scene.line.seen(channel)[0]) for frame in theirs]


@provokes("crypto-msg-parser/recorded_2021_2023.part.jsonl")
def older_frames(scene: Scene) -> list[Pair]:
    theirs = lines("crypto-msg-parser/recorded_2021_2023.part.jsonl")[:7]
    option, dated = scene.desk.option().name, "BTC-25DEC26"
    ours = {
        "trades.BTC-26MAR21.raw": f"trades.{dated}.raw",
        "book.BTC-25JUN21.100ms": f"book.{dated}.100ms",
        "chart.trades.BTC-25MAR23-26500-P.3": f"chart.trades.{option}.3",
        "ticker.BTC-30SEP22.100ms": f"ticker.{dated}.100ms",
    }
    channels = [f["params"]["channel"] for f in theirs]
    scene.line.subscribe(*(ours.get(name, name) for name in channels))
    scene.trade(option)
    scene.trade(dated)
    scene.line.run(1.1)
    return [
        (frame, best_of(frame, scene.line.seen(ours.get(name, name))))
        for name, frame in zip(channels, theirs, strict=True)
    ] + older_answers(scene)


def best_of(frame: dict[str, Any], ours: list[dict[str, Any]]) -> dict[str, Any]:
    """The first of ours, of the same type when frames have one."""
    data = frame["params"]["data"]
    if isinstance(data, dict) and "type" in data:
        ours = [f for f in ours if shape_of(f) == shape_of(frame)]
    return ours[0]


@provokes("qkt/ws_heartbeat.json", "nautilus/ws_test_request.json")
def heartbeats(scene: Scene) -> list[Pair]:
    quiet = Indoors(scene.desk)
    quiet.call("public/set_heartbeat", interval=10)
    quiet.turn(lambda: quiet.session.tick(1e12))
    theirs = body("qkt/ws_heartbeat.json")["notifications"]
    pairs: list[Pair] = list(zip(theirs, quiet.frames, strict=True))
    assert all(one == other for one, other in pairs)
    pairs.append((body("nautilus/ws_test_request.json"), quiet.frames[1]))
    quiet.close()
    return pairs


@provokes("nautilus/ws_error.json")
def flood(scene: Scene) -> list[Pair]:
    eager = Indoors(scene.desk, "ben", is_limited=True)
    ours = next(
        frame for frame in (eager.ask("public/test") for _ in range(1_000)) if "error" in frame
    )
    eager.close()
    assert ours["error"]["code"] == 10028
    return [(body("nautilus/ws_error.json"), ours)]


@provokes("gocryptotrader/doc_examples.part.jsonl")
def documented(scene: Scene) -> list[Pair]:
    theirs = [row["msg"] for row in lines("gocryptotrader/doc_examples.part.jsonl")]
    fresh = scene.fresh()
    channels = [frame["params"]["channel"] for frame in theirs]
    assert set(fresh.line.subscribe(*channels)["result"]) == set(channels)
    fresh.line.call("private/buy", instrument_name=PERPETUAL, amount=10, type="market")
    size = 10 * round(fresh.line.call("public/get_order_book", instrument_name=PERPETUAL,
                                      depth=1000)["asks"][-1][1])  # fmt: skip
    assert size
    fresh.line.call("private/sell", instrument_name=PERPETUAL, amount=10, type="market")
    fresh.to_the_morning()
    return [(frame, fresh.line.seen(name)[0]) for name, frame in zip(channels, theirs, strict=True)]
