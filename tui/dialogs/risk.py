"""How hard a request must be confirmed: not in practice or on paper, by key or typing beyond."""

from __future__ import annotations

from decimal import Decimal

from core.commands.context import Context
from core.commands.preview import preview_of, usd_of
from core.errors import CommandError
from core.settings import Settings
from core.trading.commands import (
    AmendOrder,
    PlaceOrders,
    Request,
    ResetRisk,
    SwitchAutomation,
    WorkAmount,
)
from tui.dialogs.confirm import Question

_SAFE_MODES = frozenset({"sim", "tape", "paper"})


def question_for(
    request: Request, words: str, settings: Settings, context: Context
) -> Question | None:
    """What to ask before `request` is sent; None when nothing. Exits and cancels are never asked.

    On test one key above `screen.confirm_above_usd`; on live the amount must be typed above it,
    turning automation on takes a key. Lifting a lock takes one on both. An unknown value counts
    as above.
    """
    mode = settings.venue.mode
    if mode in _SAFE_MODES:
        return None
    if isinstance(request, SwitchAutomation):
        asks = request.is_on and mode == "live"
        return Question(f"{words} with real money?") if asks else None
    if isinstance(request, ResetRisk):
        return Question(f"{mode.upper()}: {words}?")
    if not isinstance(request, PlaceOrders | AmendOrder | WorkAmount):
        return None
    usd = _usd(request, context)
    if usd is not None and usd <= settings.screen.confirm_above_usd:
        return None
    typed = f"{_amount(request):f}" if mode == "live" else ""
    value = "value unknown" if usd is None else f"${usd:,.0f}"
    return Question(f"{mode.upper()}: {words} ({value})", typed)


def _amount(request: PlaceOrders | AmendOrder | WorkAmount) -> Decimal:
    """What must be typed: the sum of all amounts, as the venue takes it."""
    if isinstance(request, AmendOrder | WorkAmount):
        return request.amount
    return sum((order.amount for order in request.orders), Decimal(0))


def _usd(request: PlaceOrders | AmendOrder | WorkAmount, context: Context) -> Decimal | None:
    if isinstance(request, PlaceOrders):
        return preview_of(request.orders, context).notional_usd
    if isinstance(request, WorkAmount):
        return _usd_of(request.instrument, request.amount, None, context)
    order = next((o for o in context.trading.working if o.order_id == request.order_id), None)
    if order is None:
        return None
    return _usd_of(order.instrument, request.amount, request.price, context)


def _usd_of(name: str, amount: Decimal, price: Decimal | None, context: Context) -> Decimal | None:
    try:
        instrument = context.listed(name)
    except CommandError:
        return None
    return usd_of(instrument, amount, price, context.quote(instrument))
