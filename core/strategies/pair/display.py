"""The pair as the screen shows it."""

from __future__ import annotations

from math import nan

from core.market.board import Board
from core.settings import PairSettings
from core.strategies.pair.history import PairFit
from core.strategies.pair.model import PairReading
from core.strategies.views import PairView


def pair_view(
    settings: PairSettings,
    reading: PairReading,
    fit: PairFit | None,
    history: tuple[float, ...],
    edge_bp: float,
    is_on: bool,
    position: int,
    status: str,
) -> PairView:
    """The last reading, what history says, and what is held, in one value."""
    return PairView(
        settings.leg_z,
        settings.leg_h,
        is_on,
        reading.bars,
        settings.warmup_bars,
        reading.z,
        reading.beta,
        reading.beta_sd,
        reading.alpha,
        reading.innovation,
        reading.sigma,
        reading.threshold,
        nan if fit is None else fit.half_life_s,
        nan if fit is None else fit.coint_p,
        reading.regime,
        reading.regime_p,
        edge_bp,
        position,
        history,
        status,
    )


def edge_bp(board: Board, settings: PairSettings, reading: PairReading) -> float:
    """Threshold x sigma less the taker fees of both legs in and out, basis points of leg z."""
    z, h = board.instrument(settings.leg_z), board.instrument(settings.leg_h)
    if z is None or h is None:
        return nan
    fees = 2 * (float(z.taker_fee) + abs(reading.beta) * float(h.taker_fee))
    return (reading.threshold * reading.sigma - fees) * 1e4
