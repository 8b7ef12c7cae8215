"""A trading link and the facts it told, for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from core.clock import SystemClock
from core.domain.events import Fact, OutcomeArrived, TradingLinkChanged
from core.domain.outcome import Outcome
from core.settings import VenueSettings
from core.venues.deribit.endpoints import Credentials
from core.venues.deribit.trading_link import DeribitTrading
from tests.eventually import eventually

T = TypeVar("T")


class TradingDesk:
    """Starts the link and waits until it is up; stops it at the end of the block."""

    def __init__(self, url: str, key: Credentials | None, **settings: Any) -> None:
        self.told: list[Fact] = []
        chosen = replace(VenueSettings(request_timeout_s=1.0), **settings)
        self.link = DeribitTrading(url, chosen, key, SystemClock(), self.told.append)

    def __enter__(self) -> TradingDesk:
        self.link.start()
        self.wait_up()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.link.stop()

    def facts(self, kind: type[T]) -> list[T]:
        """Every fact of one kind so far."""
        return [one for one in list(self.told) if isinstance(one, kind)]

    def wait_up(self, times: int = 1) -> None:
        """Wait until the link went up for the `times`-th time."""
        eventually(
            lambda: self.facts(TradingLinkChanged).count(TradingLinkChanged(True)) >= times, 8.0
        )

    def outcome(self, label: str) -> Outcome:
        """The one outcome of a label; waits for it."""
        eventually(lambda: self._outcomes(label))
        (found,) = self._outcomes(label)
        return found

    def _outcomes(self, label: str) -> list[Outcome]:
        outcomes = [one.outcome for one in self.facts(OutcomeArrived)]
        return [one for one in outcomes if one.label == label]
