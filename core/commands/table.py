"""The one table of commands. Parser, help, keys, palette and key line are read from it.

Entries are tried in order and each pattern must fit the whole text, lower case, single blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.commands.context import Context
from core.commands.grammar import controls, practice, shorthand
from core.commands.grammar.amounts import NUMBER, PRICE
from core.commands.grammar.sentence import sentence
from core.commands.reading import Reading

Words = re.Match[str]
Reader = Callable[[Words, Context], Reading]
GROUPS = ("trade", "cancel", "exit", "automation", "ask", "choose", "go", "practice", "desk")
"""In the order of the help."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be asked for: by text, by key, from the palette, or by several of them."""

    id: str
    """What settings and bindings call it: trade.buy."""
    group: str
    help: str
    """One sentence."""
    usages: tuple[str, ...] = ()
    """What to type; N amount, P P1 P2 prices, K count, the other words in capitals as they say."""
    pattern: re.Pattern[str] | None = None
    """The texts it reads; None for what has keys only."""
    reader: Reader | None = None
    key: str = ""
    """Default keys, comma separated, in the screen's spelling."""
    label: str = ""
    """One word for the key line; empty keeps it off the line."""
    title: str = ""
    """Its line in the palette; empty keeps it out."""
    text: str = ""
    """What key and palette run as if typed; empty when the screen does the work itself."""
    is_priority: bool = False
    """The key works above dialogs and fields; only for the kill switch."""


def _trade(letters: str = "(?P<side>[ad])", tail: str = "") -> re.Pattern[str]:
    """A short order: letters, amount, what follows, and the `c` that makes it dry."""
    return re.compile(rf"{letters} ?(?P<amount>{NUMBER}){tail} ?(?P<dry>c)?")


def _question(topic: str, usage: str, help_: str, title: str = "") -> Entry:
    words = usage if usage.startswith("show") else f"show {usage}"

    def reader(_match: Words, _context: Context) -> Reading:
        return controls.show(topic, words)

    pattern = re.compile(re.escape(usage))
    return Entry(f"ask.{topic}", "ask", help_, (usage,), pattern, reader, title=title, text=usage)


def _cancel(scope: str, text: str, help_: str, title: str, key: str = "", label: str = "") -> Entry:
    pattern = re.compile(rf"(?P<scope>{text})")
    reader = controls.cancel_set
    return Entry(
        f"cancel.{scope}",
        "cancel",
        help_,
        (text,),
        pattern,
        reader,
        key=key,
        label=label,
        title=title,
        text=text,
    )


def _switch(id_: str, verb: str, what: str, help_: str) -> Entry:
    usage = f"{verb} {what}"
    pattern = re.compile(rf"(?P<verb>{verb}) (?P<what>{what})")
    title = usage.capitalize()
    return Entry(
        id_, "automation", help_, (usage,), pattern, controls.switch, title=title, text=usage
    )


def _go(name: str, key: str, help_: str, label: str = "") -> Entry:
    return Entry(f"go.{name}", "go", help_, key=key, label=label)


_AT = rf" (?P<price>{PRICE})"
_REST = "(?: (?P<rest>.+))?"
PANES = (
    "chain",
    "ladder",
    "futures",
    "surface",
    "smile",
    "term",
    "pair",
    "positions",
    "orders",
    "log",
)
"""The panes in the order of their number keys 1 to 9 and 0."""

_TRADES = (
    Entry(
        "trade.buy",
        "trade",
        "Open the ticket to buy the chosen instrument.",
        key="b",
        label="buy",
        title="Buy ticket",
    ),
    Entry(
        "trade.sell",
        "trade",
        "Open the ticket to sell the chosen instrument.",
        key="s",
        label="sell",
        title="Sell ticket",
    ),
    Entry(
        "trade.once",
        "trade",
        "Buy or sell at once: limit 0.1 % beyond the touch, what is not filled is cancelled.",
        ("aN", "dN"),
        _trade(),
        shorthand.at_once,
    ),
    Entry(
        "trade.join",
        "trade",
        "Post-only: buy at the bid, sell at the ask.",
        ("asN", "dwN"),
        _trade("(?P<side>a(?=s)|d(?=w))[sw]"),
        shorthand.join,
    ),
    Entry(
        "trade.cross",
        "trade",
        "Buy at the ask, sell at the bid; what is not filled rests there.",
        ("awN", "dsN"),
        _trade("(?P<side>a(?=w)|d(?=s))[sw]"),
        shorthand.cross,
    ),
    Entry(
        "trade.limit",
        "trade",
        "Post-only limit at P; options take a price in coin, $USD or a volatility such as 55v.",
        ("aN P", "dN P"),
        _trade(tail=_AT),
        shorthand.at_price,
    ),
    Entry(
        "trade.stop",
        "trade",
        "Reduce-only stop-market when mark reaches P; refused when it would fire at once.",
        ("aN Ps", "dN Ps"),
        _trade(tail=rf"{_AT}s"),
        shorthand.stop_at,
    ),
    Entry(
        "trade.ladder",
        "trade",
        "K post-only orders of N each, the first and the last exactly on the two bounds.",
        ("aN P1 P2 K", "dN P1 P2 K"),
        _trade(tail=rf"{_AT} (?P<other>{PRICE}) (?P<count>[0-9]{{1,4}})"),
        shorthand.ladder,
    ),
    Entry(
        "trade.words",
        "trade",
        "The same in words, in any order; post, reduce, ioc, fok, day, market, stop P may follow;"
        " without a price it acts at once as aN does.",
        (
            "buy N NAME @ P",
            "sell N NAME @ P",
            "buy 5 25dec 70000c @ .0375 post",
            "sell 5 25dec 70000c @ $1200",
            "buy 5 25dec 70000p @ 55v",
        ),
        re.compile("(?P<side>buy|sell) (?P<rest>.+)"),
        sentence,
    ),
    Entry(
        "trade.dry",
        "trade",
        "Any order text that ends in c sends nothing: it only shows what it means (ioc and gtc are"
        " words of their own).",
        ("aNc", "dN P c", "aN P1 P2 Kc", "buy N NAME @ P c"),
    ),
    Entry(
        "order.amend",
        "trade",
        "Change amount and price of a working order; ID is its line in the orders pane or its id.",
        ("amend ID AMOUNT", "amend ID AMOUNT P"),
        re.compile(rf"amend (?P<id>\S+) (?P<amount>{NUMBER})(?: @? ?(?P<price>{PRICE}))?"),
        controls.amend,
        key="e",
        label="edit",
        title="Edit the chosen order",
    ),
)
_CANCELS = (
    Entry(
        "order.cancel",
        "cancel",
        "Cancel one order: the chosen one by key, by line or id as text.",
        ("cancel ID",),
        re.compile(r"cancel (?P<id>\S+)"),
        controls.cancel_one,
        key="x",
        label="cancel",
        title="Cancel the chosen order",
    ),
    _cancel("all", "ca", "Cancel all orders.", "Cancel all orders", "X", "cancel all"),
    _cancel("last", "cc", "Cancel the newest own order that still works.", "Cancel the last order"),
    _cancel("buys", "cb", "Cancel all buys.", "Cancel all buys"),
    _cancel("sells", "cs", "Cancel all sells.", "Cancel all sells"),
    _cancel("stops", "cstops", "Cancel all stops.", "Cancel all stops"),
)
_EXITS = (
    Entry(
        "position.flatten",
        "exit",
        "Close a position after a question: the row of the positions pane when it has the keys,"
        " elsewhere the chosen instrument's.",
        key="f",
        title="Close the chosen position",
    ),
    Entry(
        "position.close_all",
        "exit",
        "Bring every position to zero.",
        ("close all",),
        re.compile("close all"),
        controls.close_all,
        title="Close all positions",
        text="close all",
    ),
    Entry(
        "position.close",
        "exit",
        "Bring one position to zero with a reduce-only order that crosses; without NAME the chosen"
        " instrument's.",
        ("close", "close NAME"),
        re.compile(f"close{_REST}"),
        controls.close,
    ),
    Entry(
        "desk.kill",
        "exit",
        "Automation off and everything cancelled, at once and from anywhere; the same key again"
        " after 1 to 5 s also closes every position.",
        ("kill", "kill flatten"),
        re.compile("kill(?P<flatten> flatten)?"),
        controls.kill,
        key="ctrl+k",
        label="KILL",
        title="KILL: automation off, cancel everything",
        is_priority=True,
    ),
)
_AUTOMATIONS = (
    Entry(
        "automation.hedger",
        "automation",
        "Turn the delta hedger on or off.",
        key="d",
        label="hedger",
        title="Delta hedging on or off",
    ),
    Entry(
        "automation.pair",
        "automation",
        "Turn the pair strategy on or off.",
        key="p",
        label="pair",
        title="Pair strategy on or off",
    ),
    _switch("hedger.on", "activate", "delta hedging", "Turn the delta hedger on."),
    _switch("hedger.off", "deactivate", "delta hedging", "Turn the delta hedger off."),
    _switch("pair.on", "activate", "pair", "Turn the pair strategy on."),
    _switch("pair.off", "deactivate", "pair", "Turn the pair strategy off."),
)
_QUESTIONS = (
    _question("orders", "orders", "List the working orders.", "Orders"),
    _question("positions", "positions", "List the open positions.", "Positions"),
    _question("funds", "funds", "Equity, free funds, margin and profit.", "Funds"),
    _question("price", "price", "Bid, ask, mark and index of the chosen instrument.", "Price"),
    _question("exposure", "exposure", "Greeks of everything held, per coin.", "Exposure"),
    _question("risk", "risk", "The limits every order passes, and the alarms.", "Risk limits"),
    _question("surface", "surface", "Volatilities per expiry of the chosen underlying.", "Surface"),
    _question("multiplier", "show size multiplier", "What N stands for.", "Size multiplier"),
    _question("connection", "connection status", "Every link: age, latency, gaps.", "Connections"),
    _question("hedging", "delta hedging status", "What the delta hedger sees.", "Hedger status"),
    _question("pair", "pair status", "What the pair strategy sees.", "Pair status"),
)
_CHOICES = (
    Entry(
        "instrument.change",
        "choose",
        "Choose the instrument to trade; without NAME a search opens.",
        ("change instrument", "change instrument NAME"),
        re.compile(f"change instrument{_REST}"),
        controls.choose,
        key="i",
        title="Choose an instrument",
        text="change instrument",
    ),
    Entry(
        "size.set",
        "choose",
        "From now on N means N times this.",
        ("size multiplier N",),
        re.compile(f"size multiplier (?P<amount>{NUMBER})"),
        controls.set_multiplier,
    ),
    Entry(
        "size.reset",
        "choose",
        "Back to the multiplier of the settings.",
        ("reset size multiplier",),
        re.compile("reset size multiplier"),
        controls.reset_multiplier,
        title="Reset the size multiplier",
        text="reset size multiplier",
    ),
    Entry(
        "screen.theme",
        "choose",
        "Change the colours: desk, desk-light, desk-blue-orange; without a name the next.",
        ("theme", "theme desk-blue-orange"),
        re.compile(f"theme{_REST}"),
        controls.set_theme,
        title="Next theme",
        text="theme",
    ),
)
_MOVES = (
    Entry("screen.zoom", "go", "Let the pane fill the screen, or back.", key="z", label="zoom"),
    _go("next", "tab", "To the next pane.", "next"),
    _go("previous", "shift+tab", "To the previous pane."),
    *(
        _go(name, str((i + 1) % 10), f"To the {name} pane.", "pane" if i == 0 else "")
        for i, name in enumerate(PANES)
    ),
    _go("up", "up,k", "Cursor up in the focused pane."),
    _go("down", "down,j", "Cursor down in the focused pane."),
    _go("left", "left", "To the calls; in the smile and the term structure an expiry back."),
    _go("right", "right", "To the puts; in the smile and the term structure an expiry on."),
    _go("page_up", "pageup", "Ten lines up."),
    _go("page_down", "pagedown", "Ten lines down."),
    _go("money", "home", "Cursor to the money, the ladder back to the middle."),
    _go("pick", "enter", "Choose what the cursor is on: its instrument goes to the ladder."),
    _go("expiry_back", "comma,less_than_sign", "The expiry before."),
    _go("expiry_on", "full_stop,greater_than_sign", "The expiry after."),
    _go("turn", "c", "From the call to the put, or back."),
    _go("underlying", "u", "The next underlying."),
    _go("columns", "o", "The next set of columns of the chain."),
    _go("finer", "left_square_bracket", "Fewer ticks per line of the ladder."),
    _go("coarser", "right_square_bracket", "More ticks per line of the ladder."),
    _go("filter", "l", "Show only one kind of log line, then the next, then all."),
)
_PRACTICE = (
    Entry(
        "practice.list",
        "practice",
        "List the trouble that can be rehearsed; only on the simulator, as all of this.",
        ("practice",),
        re.compile("practice|pr"),
        practice.listed,
        title="Practice: what can be rehearsed",
        text="practice",
    ),
    Entry(
        "practice.fault",
        "practice",
        "Let the simulated exchange make this trouble now: practice cut, practice silent 5; values"
        " in the list's order or as name=value.",
        ("practice FAULT", "practice FAULT VALUE", "pr FAULT"),
        re.compile("(?:practice|pr) (?P<rest>.+)"),
        practice.rehearse,
    ),
)
_DESK = (
    Entry(
        "desk.command",
        "desk",
        "Type a command; what it means stands beside it before Enter.",
        key="colon",
        label="command",
    ),
    Entry(
        "desk.help",
        "desk",
        "This list; with a WORD only what speaks of it.",
        ("help", "help WORD"),
        re.compile(f"help{_REST}"),
        controls.show_help,
        key="question_mark",
        label="help",
        title="Help",
        text="help",
    ),
    Entry(
        "desk.palette",
        "desk",
        "Search every command by its name.",
        key="ctrl+p",
        label="palette",
    ),
    Entry(
        "desk.quit",
        "desk",
        "Leave; asks first when orders work or automation is on.",
        ("quit",),
        re.compile("(?P<verb>quit)"),
        controls.leave,
        key="ctrl+q",
        title="Quit",
        text="quit",
    ),
    Entry(
        "desk.shutdown",
        "desk",
        "Automation off, everything cancelled, then leave without a question.",
        ("shutdown",),
        re.compile("(?P<verb>shutdown)"),
        controls.leave,
        title="Shut down",
        text="shutdown",
    ),
)
TABLE: tuple[Entry, ...] = (
    *_TRADES,
    *_CANCELS,
    *_EXITS,
    *_AUTOMATIONS,
    *_QUESTIONS,
    *_CHOICES,
    *_MOVES,
    *_PRACTICE,
    *_DESK,
)


def entry(id_: str) -> Entry:
    """The entry called `id_`; KeyError when the table has none."""
    return _BY_ID[id_]


_BY_ID = {one.id: one for one in TABLE}
