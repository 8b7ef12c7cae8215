"""Asks the gate."""

from __future__ import annotations

from core.domain.order import NewOrder
from tests.core.trading.rig import Rig


def refusal(rig: Rig, order: NewOrder) -> str:
    """What the gate says; empty when the order passes."""
    return rig.engine.parts.gate.refusal(order, rig.clock.now_ns()) or ""
