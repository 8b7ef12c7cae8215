"""Questions: every topic of core.commands.answers, as typed."""

from __future__ import annotations

import re

from core.commands.context import Context
from core.commands.grammar import controls
from core.commands.reading import Reading
from core.commands.table.entry import Entry, Words


def _question(topic: str, usage: str, help_: str, title: str = "") -> Entry:
    words = usage if usage.startswith("show") else f"show {usage}"

    def reader(_match: Words, _context: Context) -> Reading:
        return controls.show(topic, words)

    pattern = re.compile(re.escape(usage))
    return Entry(f"ask.{topic}", "ask", help_, (usage,), pattern, reader, title=title, text=usage)


QUESTIONS: tuple[Entry, ...] = (
    _question("orders", "orders", "List the working orders.", "Orders"),
    _question("positions", "positions", "List the open positions.", "Positions"),
    _question("work", "works", "List what is being worked, and how far it is.", "Worked amounts"),
    _question("stops", "stops", "List the stops, the desk's and the venue's.", "Stops"),
    _question("funds", "funds", "Equity, free funds, margin and profit.", "Funds"),
    _question("pnl", "pnl", "What each sleeve made: open, realised, funding, fees.", "Profit"),
    _question("price", "price", "Bid, ask, mark and index of the chosen instrument.", "Price"),
    _question("greeks", "greeks", "All greeks of the chosen option, in USD and coin.", "Greeks"),
    _question("exposure", "exposure", "Greeks of everything held, per coin.", "Exposure"),
    _question("risk", "risk", "The gate, losses, and every limit with its use.", "Risk limits"),
    _question("surface", "surface", "Volatilities per expiry of the chosen underlying.", "Surface"),
    _question("multiplier", "show size multiplier", "What N stands for.", "Size multiplier"),
    _question("connection", "connection status", "Every link: age, latency, gaps.", "Connections"),
    _question("hedging", "delta hedging status", "What the delta hedger sees.", "Hedger status"),
    _question("pair", "pair status", "What the pair strategy sees.", "Pair status"),
)
